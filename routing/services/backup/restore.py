"""Read a backup into a database: all of it or nothing."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import Error as DatabaseError
from django.db import connection, models, transaction

from reps.models import Rep
from routing.models import Heartbeat, Lead, Pool, RoutingBatch, Rule, RulebookVersion
from routing.services.backup.content import (
    FORMAT,
    PRODUCT,
    CannotRestore,
    Content,
    Model,
    check_migrations,
    columns,
    stored,
    tables,
)
from routing.services.backup.settle import Settled, settle_restored
from routing.services.heartbeats import AUDITOR
from routing.services.privacy.suppression import file_all
from routing.services.time_limits import take_your_time

SAYS_THAT_IT_IS_USED: Sequence[type[models.Model]] = (Lead, Rep, Pool, Rule, RulebookVersion, User)
RUNNING = timedelta(seconds=30)
"""A process that was heard of so lately still runs."""
ROWS_AT_ONCE = 1_000
NOT_WHOLE = "The file is not a whole backup: {}. Take another copy of it."


def look_into(*, path: Path) -> Content:
    """What a backup holds, once every line of it was read and found to be as it was written."""
    for _ in (lines := _Lines(path)):
        pass
    return lines.content()


def restore(*, path: Path, replace: bool, now: datetime) -> tuple[Content, Settled]:
    """Put a backup's rows into this empty, migrated database, or in place of everything that is in it.

    Raises CannotRestore, and nothing has changed.
    """
    try:
        with transaction.atomic():
            take_your_time()
            _check_nobody_works(now)
            if not replace:
                _check_empty()
            lines = _Lines(path)
            check_migrations(lines.head["migrations"])
            file_all()  # who was erased since: the backup does not know
            _clear()
            for model, rows in _by_table(lines):
                _insert(model, rows)
            content = lines.content()
            _set_sequences()
            settled = settle_restored(taken_at=content.taken_at, now=now)
    except DatabaseError as error:
        raise CannotRestore(f"The database refused it, and nothing was restored: {error}") from error
    ContentType.objects.clear_cache()
    return content, settled


class _Lines:
    """The lines of a backup, decoded; raises CannotRestore as soon as one is not as it was written."""

    def __init__(self, path: Path) -> None:
        self._rows: dict[str, int] | None = None
        self._checksum = hashlib.sha256()
        self._lines = self._read(path)
        first: Any = next(self._lines, {})
        self.head: dict[str, Any] = first if isinstance(first, dict) else {}
        if self.head.get("product") != PRODUCT:
            raise CannotRestore(f"{path} is not a backup of this product.")
        if self.head.get("format") != FORMAT:
            raise CannotRestore(f"This version cannot read backups of format {self.head.get('format')}.")

    def __iter__(self) -> Iterator[Any]:
        return self._lines

    def content(self) -> Content:
        """After the last line: what it was."""
        if self._rows is None:
            raise CannotRestore(NOT_WHOLE.format("it ends too early"))
        return Content(datetime.fromisoformat(self.head["taken_at"]), self.head["database"], self._rows)

    def _read(self, path: Path) -> Iterator[Any]:
        try:
            with gzip.open(path, "rb") as packed:
                for text in packed:
                    line = json.loads(text)
                    if isinstance(line, dict) and "sha256" in line:
                        if line["sha256"] != self._checksum.hexdigest():
                            raise CannotRestore(NOT_WHOLE.format("its checksum is wrong"))
                        return
                    self._checksum.update(text)
                    if isinstance(line, dict) and "rows" in line:
                        self._rows = line["rows"]
                    else:
                        yield line
        except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
            raise CannotRestore(NOT_WHOLE.format(error)) from error
        except OSError as error:
            raise CannotRestore(f"{path} cannot be read: {error.strerror}.") from error
        raise CannotRestore(NOT_WHOLE.format("it ends too early"))


def _check_nobody_works(now: datetime) -> None:
    beats = Heartbeat.objects.filter(beat_at__gte=now - RUNNING).exclude(name=AUDITOR)  # which is no process
    if running := sorted(beats.values_list("name", flat=True)):
        raise CannotRestore(
            f"The product is running on this database ({', '.join(running)}). Stop all its processes first; "
            f"one that was killed is forgotten after {RUNNING.seconds} seconds."
        )


def _check_empty() -> None:
    used = [model._meta.verbose_name_plural for model in SAYS_THAT_IT_IS_USED if model._base_manager.exists()]
    if used:
        raise CannotRestore(
            f"This database is not empty: it has {', '.join(map(str, used))}. Restore into a new one, or say "
            "--replace: then everything that is in it now is deleted."
        )


def _clear() -> None:
    """Also what the migrations themselves have put in: the backup has it."""
    names = [*tables(), Heartbeat._meta.db_table, RoutingBatch._meta.db_table]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), names))


def _by_table(lines: _Lines) -> Iterator[tuple[Model, Iterator[list[Any]]]]:
    """Each table of the backup with its rows, which must be read before the next one is asked for."""
    known = tables()
    ahead = next(iter(lines), None)

    def rows_of_this_table() -> Iterator[list[Any]]:
        nonlocal ahead
        for line in lines:
            if isinstance(line, dict):
                ahead = line
                return
            yield line
        ahead = None

    while ahead is not None:
        model = known[ahead["table"]]
        if ahead["columns"] != [field.column for field in columns(model)]:
            raise CannotRestore(f"The table {ahead['table']} has other columns here than in the backup.")
        yield model, rows_of_this_table()


def _insert(model: Model, rows: Iterator[list[Any]]) -> None:
    fields = columns(model)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    values = ([stored(field, value) for field, value in zip(fields, row, strict=True)] for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
            return
        sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(fields))})"
        while some := list(islice(values, ROWS_AT_ONCE)):
            cursor.executemany(sql, some)


def _set_sequences() -> None:
    """New rows get keys after the restored ones."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables().values())):
            cursor.execute(statement)
