"""When the alerts leave that a rule wants in a digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings


def next_digest(when: datetime) -> datetime:
    """The next full multiple of DIGEST_MINUTES since midnight UTC; `when` itself if it is one."""
    span = timedelta(minutes=max(1, settings.DIGEST_MINUTES))
    midnight = when.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - (midnight - when) // span * span
