"""Count what became of leads that go by results, and of control groups, once they are old enough: once and for all."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from routing.insights.control_groups import COUNTS_AFTER, count_days, counted_until, first_shared_out
from routing.models import ControlDay

AT_ONCE = timedelta(days=7)
"""So many days are counted in one go, so that a beginning with years of leads holds nothing up."""


def count_control_groups(*, now: datetime) -> int:
    """Count the next days whose leads are all old enough; how many days of pools. Two look-ups where none are.

    Counted twice at once, they are stored once.
    """
    old = datetime.combine((now - COUNTS_AFTER).astimezone(UTC).date(), time(), tzinfo=UTC)
    start = _next_day(after=counted_until(), before=old)
    if start is None:
        return 0
    days = count_days(start, min(start + AT_ONCE, old))
    rows = [
        ControlDay(
            pool_id=day.pool, day=day.day, version=day.version, control=day.control,
            leads=day.leads, wins=day.wins, by_turn=day.by_turn,
        )
        for day in days
    ]  # fmt: skip
    ControlDay.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _next_day(*, after: datetime | None, before: datetime) -> datetime | None:
    """The first midnight (UTC) of a day with leads to count."""
    rows = first_shared_out().filter(assigned_at__lt=before, pool__isnull=False)
    if after is not None:
        rows = rows.filter(assigned_at__gte=after)
    first = rows.order_by("assigned_at").values_list("assigned_at", flat=True).first()
    return datetime.combine(first.astimezone(UTC).date(), time(), tzinfo=UTC) if first else None
