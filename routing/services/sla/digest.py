"""When the alerts leave that a rule wants in a digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings


def next_digest(when: datetime) -> datetime:
    """The next full multiple of DIGEST_MINUTES since midnight UTC; `when` itself if it is one."""
    midnight = _midnight(when)
    return midnight - (midnight - when) // _span() * _span()


def last_digest(when: datetime) -> datetime:
    """The one at or before an instant."""
    midnight = _midnight(when)
    return midnight + (when - midnight) // _span() * _span()


def _span() -> timedelta:
    return timedelta(minutes=max(1, settings.DIGEST_MINUTES))


def _midnight(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
