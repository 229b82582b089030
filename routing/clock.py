"""The one clock: the database's on PostgreSQL, so that all hosts agree; this machine's on SQLite.

Only interfaces (views, commands, jobs) ask it, once a request or batch; everything below is handed `now`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone


def current_time() -> datetime:
    """The present instant, in UTC."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now
