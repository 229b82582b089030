"""Databases only mark as free what is deleted: this rewrites the files, so that nothing of it is left in them."""

from __future__ import annotations

from django.db import connection

from routing.services.privacy.places import PLACES


def overwrite_free_space() -> None:
    """Outside of any transaction. Takes as long as copying the database takes."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        cursor.execute("SET statement_timeout = 0")
        connection.wait_for_answers(None)  # type: ignore[attr-defined]
        for table in sorted({place.model._meta.db_table for place in PLACES}):
            cursor.execute(f"VACUUM FULL {connection.ops.quote_name(table)}")
