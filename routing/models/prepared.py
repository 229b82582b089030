"""Values of many rows as the database's driver takes them, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeAlias

from django.db import connection, models

AnyField: TypeAlias = "models.Field[Any, Any]"

AS_THEY_ARE: tuple[tuple[type[models.Field[Any, Any]], type], ...] = (
    (models.IntegerField, int),
    (models.CharField, str),
    (models.TextField, str),
    (models.BinaryField, bytes),
    (models.BooleanField, bool),
)
"""What each driver takes as it is from fields of these kinds, primary keys included."""
_NOTHING = type(None)


def prepare(field: AnyField, values: Sequence[Any]) -> list[Any]:
    """What saving each value would hand to the driver; values that are the same are prepared once."""
    kind = _kind_that_stays(field)
    if kind is not None and set(map(type, values)) <= {kind, _NOTHING}:
        return list(values)
    if len(set(map(id, values))) == 1:
        return [_prepared(field, values[0], {})] * len(values)
    known: dict[int, Any] = {}
    return [_prepared(field, value, known) for value in values]


def _prepared(field: AnyField, value: Any, known: dict[int, Any]) -> Any:
    """By identity, as 1, 1.0 and True are equal, and JSON has no hash. The rows keep the values alive meanwhile."""
    place = id(value)
    if place not in known:
        known[place] = field.get_db_prep_save(value.value if isinstance(value, Enum) else value, connection)
    return known[place]


def _kind_that_stays(field: AnyField) -> type | None:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return next((kind for fields, kind in AS_THEY_ARE if isinstance(target, fields)), None)
