"""Many rows changed by one statement, each to values of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db import connection, models
from django.db.backends.utils import CursorWrapper


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Set `columns` (field names) of the rows of `model`; each of `rows` is the primary key, then the values.

    On PostgreSQL one UPDATE … FROM unnest, which costs half of bulk_update's CASE; on SQLite one prepared statement.
    """
    if not rows:
        return
    fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in columns]
    prepared = [
        (pk, *(field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)))
        for pk, *values in rows
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _update_from_arrays(cursor, model, fields, prepared)
        else:
            assignments = ", ".join(f'"{field.column}" = %s' for field in fields)
            cursor.executemany(
                f'UPDATE "{model._meta.db_table}" SET {assignments} WHERE "{model._meta.pk.column}" = %s',
                [(*values, pk) for pk, *values in prepared],
            )


def _update_from_arrays(
    cursor: CursorWrapper, model: type[models.Model], fields: Sequence[models.Field[Any, Any]], rows: list[Any]
) -> None:
    key = model._meta.pk
    names = ["pk", *(f"c{number}" for number in range(len(fields)))]
    types = [_array_type(field) for field in [key, *fields]]
    assignments = ", ".join(
        f'"{field.column}" = new.{name}{_cast(field)}' for field, name in zip(fields, names[1:], strict=True)
    )
    cursor.execute(
        f'UPDATE "{model._meta.db_table}" SET {assignments} '
        f"FROM unnest({', '.join(f'%s::{kind}[]' for kind in types)}) AS new({', '.join(names)}) "
        f'WHERE "{model._meta.db_table}"."{key.column}" = new.pk',
        [_text_of_json(field, column) for field, column in zip([key, *fields], zip(*rows, strict=True), strict=True)],
    )


def _array_type(field: Any) -> str:
    if isinstance(field, models.JSONField):
        return "text"
    kind = str(field.db_type(connection))
    return "text" if kind.startswith("varchar") else kind


def _cast(field: Any) -> str:
    return "::jsonb" if isinstance(field, models.JSONField) else ""


def _text_of_json(field: Any, column: Sequence[Any]) -> list[Any]:
    """Values ready for the array; JSON values as the text that the adapter would send."""
    if not isinstance(field, models.JSONField):
        return list(column)
    return [None if value is None else value.dumps(value.obj) for value in column]
