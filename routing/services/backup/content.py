"""What a backup holds: which tables, how their values are written, and which state of the migrations they belong to."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from routing.services.time_limits import take_your_time

FORMAT = 1
PRODUCT = "leadrouting"
LEFT_OUT = frozenset({"sessions.session", "routing.heartbeat", "routing.routingbatch"})
"""Who is signed in, which processes run and what they are at: of this moment alone."""
MOST_NAMED = 5

Model: TypeAlias = type[models.Model]


class CannotRestore(Exception):
    """The backup cannot be used here. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a backup says of itself: when it was taken, of which kind of database, and how many rows it has."""

    taken_at: datetime
    database: str
    rows: Mapping[str, int]


def tables() -> dict[str, Model]:
    """Every table that is kept, by name."""
    kept = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    ]
    return {model._meta.db_table: model for model in sorted(kept, key=lambda model: model._meta.db_table)}


def columns(model: Model) -> list[models.Field[Any, Any]]:
    return list(model._meta.concrete_fields)


def encoded(value: Any) -> Any:
    """A value of a row as JSON has it."""
    match value:
        case bytes() | memoryview():
            return base64.b64encode(value).decode("ascii")
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
    return value


def stored(field: models.Field[Any, Any], value: Any) -> Any:
    """A value of a backup as the database takes it."""
    if isinstance(field, models.JSONField):
        if value is None and not field.null:
            return connection.ops.adapt_json_value(None, field.encoder)  # JSON's null, which is a value
    else:
        value = field.to_python(value)
    return field.get_db_prep_save(value, connection)


def migrations() -> list[str]:
    """Which migrations this database has had."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def check_migrations(theirs: list[str]) -> None:
    """Raises CannotRestore unless the backup has the tables of this version."""
    ours = migrations()
    if missing := sorted(set(theirs) - set(ours)):
        raise CannotRestore(
            f"The backup was made by a newer version, or this database is not migrated: {_some(missing)} is missing "
            "here. Install the version that made the backup, run `manage.py migrate`, and restore then."
        )
    if newer := sorted(set(ours) - set(theirs)):
        raise CannotRestore(
            f"The backup was made by an older version, without {_some(newer)}. Install that version, restore there, "
            "and upgrade afterwards."
        )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


@contextmanager
def one_snapshot() -> Iterator[None]:
    """All that is read inside is of one moment, while others go on writing."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            take_your_time()
            yield
        return
    connection.ensure_connection()
    connection.connection.execute("BEGIN DEFERRED")  # not by Django, which would wait in the line of writers
    try:
        yield
    finally:
        connection.connection.execute("ROLLBACK")
