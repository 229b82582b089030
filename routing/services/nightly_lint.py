"""The check of the draft that runs by itself, once a night."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from routing.models import Work
from routing.services.work import start
from routing.snapshots.rulebook import current_rulebook

NIGHT = time(3)
"""By the clocks of the company."""


def lint_nightly(*, now: datetime) -> int:
    """Have the draft checked if this night's check was not begun yet; 1 if that was so. One look-up if not."""
    published = current_rulebook()
    if published is None:
        return 0
    zone = ZoneInfo(published.rulebook.settings.timezone)
    local = now.astimezone(zone)
    due = datetime.combine(local.date(), NIGHT, zone).astimezone(UTC)
    if now < due or Work.objects.filter(kind=Work.Kind.LINT, created_at__gte=due).exists():
        return 0
    start(kind=Work.Kind.LINT, params={}, user=None, now=now)
    return 1
