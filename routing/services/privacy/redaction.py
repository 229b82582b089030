"""Take somebody out of texts that stay: what named them reads “[erased]” afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import JSONField, Model, QuerySet

from routing.models.reading import one_by_one
from routing.services.privacy.people import ERASED, Person
from routing.services.privacy.readings import is_in, replaced

AT_ONCE = 500
SHORTEST_CUT = 100
"""What a shorter column takes is no text that was cut: a code, a hash, a word."""


def without(value: Any, pattern: re.Pattern[str]) -> Any:
    """A text, or a document with texts in it, in which nothing of the pattern is left."""
    if isinstance(value, str):
        return replaced(value, pattern, ERASED)
    if isinstance(value, list):
        return [without(part, pattern) for part in value]
    if isinstance(value, dict):
        return {without(key, pattern): without(part, pattern) for key, part in value.items()}
    return value


def redact(rows: QuerySet[Any], columns: Collection[str], person: Person) -> int:
    """How many rows were changed: they name the person, so that names in them are theirs, too."""
    return _change(rows, columns, lambda row, column, value: _redacted(row, column, value, person))


def redact_ends(rows: QuerySet[Any], columns: Collection[str], person: Person) -> int:
    """How many rows were changed, of those that may only seem to name the person: no more than the end of a text."""
    return _change(rows, columns, lambda row, column, value: _without_end(row, column, value, person))


def is_cut(row: Model, column: str, value: Any, person: Person) -> bool:
    """Whether the text is as long as its column takes, and ends with the beginning of what names them."""
    return is_full(row, column, value) and is_in(value, person.cut)


def _change(rows: QuerySet[Any], columns: Collection[str], changed_to: Callable[[Any, str, Any], Any]) -> int:
    """Read and written beside the models' own saving: no history row tells what stood."""
    changed: list[Model] = []
    for row in one_by_one(rows.only("pk", *columns), AT_ONCE):
        before = [getattr(row, column) for column in columns]
        after = [changed_to(row, column, value) for column, value in zip(columns, before, strict=True)]
        if after != before:
            for column, value in zip(columns, after, strict=True):
                setattr(row, column, value)
            changed.append(row)
    rows.model._base_manager.bulk_update(changed, columns, batch_size=AT_ONCE)
    return len(changed)


def is_full(row: Model, column: str, value: Any) -> bool:
    """Whether the text is as long as its column takes, so that more of it may have been cut off."""
    return isinstance(value, str) and len(value) == longest(type(row), column)


def longest(model: type[Model], column: str) -> int | None:
    """How much a column takes, if it is of texts that may have been cut."""
    most = _takes(model, column)
    return most if most and most >= SHORTEST_CUT else None


def _takes(model: type[Model], column: str) -> int | None:
    field: Any = model._meta.get_field(column)
    return None if isinstance(field, JSONField) else field.max_length


def _redacted(row: Model, column: str, value: Any, person: Person) -> Any:
    end = _without_end(row, column, value, person)
    return _fitting(row, column, without(end, person.pattern))


def _without_end(row: Model, column: str, value: Any, person: Person) -> Any:
    return _fitting(row, column, without(value, person.cut)) if is_full(row, column, value) else value


def _fitting(row: Model, column: str, value: Any) -> Any:
    """Not longer than the column takes: what stands for a short name may be longer than it."""
    return value[: _takes(type(row), column)] if isinstance(value, str) else value
