"""Many new rows at once: the very rows that bulk_create would store, for a fraction of its time."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, TypeVar, cast

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from routing.models.arrays import unnested
from routing.models.prepared import AnyField, prepare

Row = TypeVar("Row", bound=models.Model)


def insert_rows(rows: Sequence[Row], *, with_keys: bool = False) -> list[Row]:
    """Store new rows of one model, in the caller's transaction: by COPY on PostgreSQL, else by one prepared statement.

    Defaults are the model's, and every constraint, foreign key and trigger holds as for any other INSERT. Rows that
    these refer to have been stored before. With keys, each gets its own, and they rise in the order of the rows.
    """
    if not rows:
        return []
    meta = rows[0]._meta
    fields, columns = _columns(rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            keys = _next_keys(cursor, meta, len(rows)) if with_keys else []
            names = [field.column for field in fields]
            _copy(cursor, meta, [meta.pk.column, *names] if keys else names, [keys, *columns] if keys else columns)
        else:
            _insert(cursor, meta, [field.column for field in fields], columns)
            keys = _last_keys(cursor, len(rows)) if with_keys else []
    for row, key in zip(rows, keys, strict=False):
        row.pk = key
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return list(rows)


def insert_new_rows(rows: Sequence[models.Model], *, twin: str) -> None:
    """The same, but a row whose `twin` (a unique field) is there already changes nothing. No two of these are twins."""
    # not DO NOTHING: on SQLite that would swallow every other broken constraint too
    store_rows(rows, unique=(twin,), changed=(twin,))


def store_rows(rows: Sequence[models.Model], *, unique: Sequence[str], changed: Sequence[str]) -> None:
    """New rows, or where one is there with the same values of the `unique` fields, its fields that have `changed`.

    One statement; the rows do not learn their keys. No two of them may be the same.
    """
    if not rows:
        return
    meta: Any = rows[0]._meta
    fields, columns = _columns(rows)
    names = [field.column for field in fields]
    places = _listed([meta.get_field(name).column for name in unique])
    news = [connection.ops.quote_name(meta.get_field(name).column) for name in changed]
    unless = f"ON CONFLICT ({places}) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in news)}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            values, source, parameters = unnested(fields, columns)
            cursor.execute(
                f"INSERT INTO {_table(meta)} ({_listed(names)}) SELECT {', '.join(values)} FROM {source} {unless}",
                parameters,
            )
        else:
            _insert(cursor, meta, names, columns, unless)


def _columns(rows: Sequence[models.Model]) -> tuple[list[AnyField], list[list[Any]]]:
    """The fields but the primary key, and what the rows hold of each."""
    fields = [field for field in rows[0]._meta.concrete_fields if not field.primary_key]
    contents = [vars(row) for row in rows]
    return fields, [prepare(field, list(map(itemgetter(field.attname), contents))) for field in fields]


def _next_keys(cursor: CursorWrapper, meta: Any, count: int) -> list[int]:
    cursor.execute(
        "SELECT nextval(keys) FROM (SELECT pg_get_serial_sequence(%s, %s)::regclass AS keys OFFSET 0) AS named, "
        "generate_series(1, %s)",
        [connection.ops.quote_name(meta.db_table), meta.pk.column, count],
    )
    return [key for (key,) in cursor.fetchall()]


def _copy(cursor: CursorWrapper, meta: Any, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    statement = f"COPY {_table(meta)} ({_listed(names)}) FROM STDIN"
    with connection.wrap_database_errors, cast("Any", cursor).copy(statement) as copy:
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def _insert(
    cursor: CursorWrapper, meta: Any, names: Sequence[str], columns: Sequence[Sequence[Any]], unless: str = ""
) -> None:
    marks = ", ".join(["%s"] * len(names))
    cursor.executemany(
        f"INSERT INTO {_table(meta)} ({_listed(names)}) VALUES ({marks}) {unless}", list(zip(*columns, strict=True))
    )


def _last_keys(cursor: CursorWrapper, count: int) -> list[int]:
    """Keys are given one after the other, and nobody else writes meanwhile."""
    cursor.execute("SELECT last_insert_rowid()")
    (last,) = cursor.fetchone()
    return list(range(last - count + 1, last + 1))


def _table(meta: Any) -> str:
    return connection.ops.quote_name(meta.db_table)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, names))
