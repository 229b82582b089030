"""Take somebody out of texts that stay: what named them reads “[erased]” afterwards."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.db.models import JSONField, Model, QuerySet

from routing.services.privacy.people import ERASED

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


def redact(rows: QuerySet[Any], columns: Collection[str], pattern: re.Pattern[str]) -> int:
    """How many rows were changed. Read and written beside the models' own saving: no history row tells what stood."""
    changed: list[Model] = []
    for row in rows.order_by("pk").only("pk", *columns).iterator(chunk_size=AT_ONCE):
        before = [getattr(row, column) for column in columns]
        after = [_fitting(row, column, without(value, pattern)) for column, value in zip(columns, before, strict=True)]
        if after != before:
            for column, value in zip(columns, after, strict=True):
                setattr(row, column, value)
            changed.append(row)
    rows.model._base_manager.bulk_update(changed, columns, batch_size=AT_ONCE)
    return len(changed)


def _fitting(row: Model, column: str, value: Any) -> Any:
    """Not longer than the column takes: what stands for a short name may be longer than it."""
    field: Any = row._meta.get_field(column)
    return value if isinstance(field, JSONField) or not field.max_length else value[: field.max_length]
