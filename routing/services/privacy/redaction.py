"""Take somebody out of texts that stay: what named them reads “[erased]” afterwards."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.db.models import JSONField, Model, QuerySet

from routing.services.privacy.people import ERASED, Person

AT_ONCE = 500


def without(value: Any, pattern: re.Pattern[str]) -> Any:
    """A text, or a document with texts in it, in which nothing of the pattern is left."""
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, list):
        return [without(part, pattern) for part in value]
    if isinstance(value, dict):
        return {without(key, pattern): without(part, pattern) for key, part in value.items()}
    return value


def redact(rows: QuerySet[Any], columns: Collection[str], person: Person) -> int:
    """How many rows were changed. Read and written beside the models' own saving: no history row tells what stood."""
    changed: list[Model] = []
    for row in rows.order_by("pk").only("pk", *columns).iterator(chunk_size=AT_ONCE):
        before = [getattr(row, column) for column in columns]
        after = [_redacted(row, column, value, person) for column, value in zip(columns, before, strict=True)]
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
    """How much a column takes, if it is of texts and has an end."""
    field: Any = model._meta.get_field(column)
    return None if isinstance(field, JSONField) else field.max_length


def _redacted(row: Model, column: str, value: Any, person: Person) -> Any:
    """Not longer than the column takes: what stands for a short name may be longer than it."""
    left = without(value, person.pattern)
    if is_full(row, column, value):
        left = person.cut.sub(ERASED, left)
    return left[: longest(type(row), column)] if isinstance(left, str) else left
