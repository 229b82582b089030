"""Many rows as the parameters of one PostgreSQL statement: an array a column, a plain value where all rows agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection, models

from routing.models.prepared import AnyField


class Unnested(NamedTuple):
    """`expressions` are each column's value in a row of `source`, a FROM item; `parameters` are for what they mark.

    Those of the expressions come first, in their order, and then those of the source.
    """

    expressions: list[str]
    source: str
    parameters: list[Any]


def unnested(fields: Sequence[AnyField], columns: Sequence[Sequence[Any]]) -> Unnested:
    """Prepared columns (models.prepared) of as many rows as the first one has, which is always an array."""
    expressions: list[str] = []
    alike: list[Any] = []
    arrays: list[Any] = []
    names: list[str] = []
    kinds: list[str] = []
    for number, (field, prepared) in enumerate(zip(fields, columns, strict=True)):
        kind, column = _array_type(field), _text_of_json(field, prepared)
        if number and column.count(column[0]) == len(column):
            expressions.append(f"%s::{kind}{_cast(field)}")
            alike.append(column[0])
        else:
            names.append(f"c{number}")
            expressions.append(f"new.c{number}{_cast(field)}")
            kinds.append(kind)
            arrays.append(_array(column))
    marks = ", ".join(f"%s::{kind}[]" for kind in kinds)
    return Unnested(expressions, f"unnest({marks}) AS new({', '.join(names)})", [*alike, *arrays])


def _array(column: list[Any]) -> Any:
    """Whole numbers as the text of an array, which is written sooner than the driver writes a list of them."""
    if set(map(type, column)) != {int}:
        return column
    return f"{{{','.join(map(str, column))}}}"


def _array_type(field: Any) -> str:
    if isinstance(field, models.JSONField):
        return "text"
    kind = str(field.db_type(connection))
    return "text" if kind.startswith("varchar") else kind


def _cast(field: Any) -> str:
    return "::jsonb" if isinstance(field, models.JSONField) else ""


def _text_of_json(field: Any, column: Sequence[Any]) -> list[Any]:
    """Values ready for the array; JSON values as the text that the adapter would send."""
    if not isinstance(field, models.JSONField):
        return list(column)
    return [None if value is None else value.dumps(value.obj) for value in column]
