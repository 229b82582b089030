"""Many rows changed by one statement, each to values of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db import connection, models

from routing.models.arrays import unnested
from routing.models.prepared import AnyField, prepare


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Set `columns` (field names) of the rows of `model`; each of `rows` is the primary key, then the values.

    On PostgreSQL one UPDATE … FROM unnest, which costs half of bulk_update's CASE; on SQLite one prepared statement.
    """
    if not rows:
        return
    key = model._meta.pk
    fields = [cast("AnyField", model._meta.get_field(name)) for name in columns]
    keys, *prepared = map(prepare, [key, *fields], map(list, zip(*rows, strict=True)))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            (pk, *values), source, parameters = unnested([key, *fields], [keys, *prepared])
            assignments = ", ".join(f'"{field.column}" = {value}' for field, value in zip(fields, values, strict=True))
            cursor.execute(
                f'UPDATE "{model._meta.db_table}" SET {assignments} FROM {source} '
                f'WHERE "{model._meta.db_table}"."{key.column}" = {pk}',
                parameters,
            )
        else:
            assignments = ", ".join(f'"{field.column}" = %s' for field in fields)
            cursor.executemany(
                f'UPDATE "{model._meta.db_table}" SET {assignments} WHERE "{key.column}" = %s',
                list(zip(*prepared, keys, strict=True)),
            )
