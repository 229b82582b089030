"""The one clock: the database's on PostgreSQL, so that all hosts agree; this machine's on SQLite.

Only interfaces (views, commands, jobs) ask it, once a request or batch; everything below is handed `now`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import InterfaceError, OperationalError, connection
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


def time_of_arrival() -> datetime:
    """The present instant, for what is taken in also while the database is away: then by this machine's clock."""
    try:
        return current_time()
    except (OperationalError, InterfaceError):
        return datetime.now(UTC)
