"""New rows by the thousand: as the model's own constructor makes them, which looks at every field of every row."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import models
from django.db.models.base import ModelState

Row = TypeVar("Row", bound=models.Model)


class _Defaults(NamedTuple):
    """Of a model: the names of its columns, what of them is the same for all rows, and what is made for each."""

    names: frozenset[str]
    alike: dict[str, Any]
    made: tuple[models.Field[Any, Any], ...]


def fresh_row(model: type[Row], /, **values: Any) -> Row:
    """What `model(**values)` makes. Of foreign keys the key is given (`rep_id`), not the row; no signal is sent.

    Raises TypeError for a name that is no column's.
    """
    names, alike, made = _defaults(model)
    if not values.keys() <= names:
        raise TypeError(f"{model.__name__} has no column {', '.join(sorted(values.keys() - names))}.")
    row = model.__new__(model)
    row._state = ModelState()
    contents = vars(row)
    contents.update(alike)
    contents.update(values)
    for field in made:
        if field.attname not in values:
            contents[field.attname] = field.get_default()
    return row


@cache
def _defaults(model: type[models.Model]) -> _Defaults:
    fields = model._meta.concrete_fields
    made = tuple(field for field in fields if callable(field.default) and field.default is not bytes)
    alike = {field.attname: field.get_default() for field in fields if field not in made}
    return _Defaults(frozenset(field.attname for field in fields), alike, made)
