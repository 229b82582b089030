"""A long history: the rows of a few thousand leads again and again, each copy further back and of other people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import F

from routing.models import Assignment, Decision, DecisionSnapshot, Identity, Lead, OutboxMessage, Posting

COPIED: tuple[type[models.Model], ...] = (
    Identity, Lead, DecisionSnapshot, Posting, Decision, Assignment, OutboxMessage,
)  # fmt: skip
"""In the order in which they refer to each other."""
TOLD_APART = {(Identity, "key"), (Lead, "email"), (Lead, "domain"), (OutboxMessage, "key")}
"""Text that differs from copy to copy: every one is of other people and companies."""


def settle(now: datetime) -> None:
    """What became of the leads that are there: told, answered, and all but one in ten closed."""
    OutboxMessage.objects.update(done_at=now, result=OutboxMessage.Result.SENT)
    Assignment.objects.update(alerted_at=now, due_at=now, accepted_at=now, responded_at=now, channel="call")
    closed = Lead.objects.annotate(tenth=F("id") % 10).exclude(tenth=0)
    closed.update(status=Lead.Status.CLOSED, outcome=Lead.Outcome.LOST, outcome_at=now, closed_at=now)


def copy_history(copies: int, *, within: timedelta, kinds: Sequence[type[models.Model]] = COPIED) -> None:
    """Copy every row of these kinds so often, spread over that time, by the database itself."""
    with connection.cursor() as cursor:
        spans = {model: _span(cursor, model) for model in kinds}
        for copy in range(1, copies + 1):
            for model in kinds:
                cursor.execute(_copying(model, copy, spans, back=within * copy / copies))
        if connection.vendor == "postgresql":
            for model in kinds:
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")  # or what was copied is still being written while routing is measured
        else:
            cursor.execute("ANALYZE")


def _span(cursor: Any, model: type[models.Model]) -> int:
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {model._meta.db_table}")
    return int(cursor.fetchone()[0])


def _copying(model: type[models.Model], copy: int, spans: dict[type[models.Model], int], *, back: timedelta) -> str:
    fields, table = model._meta.concrete_fields, model._meta.db_table
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(_value(field, copy, spans, back) for field in fields)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE id <= {spans[model]}"


def _value(field: Any, copy: int, spans: dict[type[models.Model], int], back: timedelta) -> str:
    column, whose = f'"{field.column}"', field.related_model if field.is_relation else field.model
    if (field.primary_key or field.is_relation) and whose in spans:
        return f"{column} + {copy * spans[whose]}"
    if isinstance(field, models.UUIDField):
        return "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    if (field.model, field.name) in TOLD_APART:
        return f"'c{copy}-' || {column}"
    if isinstance(field, models.DateTimeField):
        seconds = int(back.total_seconds())
        if connection.vendor == "postgresql":
            return f"{column} - interval '{seconds} seconds'"
        return f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{seconds} seconds')"
    return column
