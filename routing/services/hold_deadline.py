"""Until when somebody must take a waiting lead."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reps.schedules import Schedule, windows
from routing.engine.deadlines import deadline
from routing.snapshots.rulebook import Published

HORIZON_WEEKS = 60


def hold_deadline(start: datetime, published: Published) -> datetime:
    """`hold_hours` of the company's working hours after `start`; around the clock if it has too few."""
    return _after(start, timedelta(hours=published.hold_hours), published)


def deadline_after_pause(due: datetime, *, since: datetime, now: datetime, published: Published) -> datetime:
    """`due`, as if no time had passed from `since` to `now`: the working time that was left is counted from now."""
    if due <= since:
        return due
    left = sum((end - start for start, end in windows(_schedule(published), since, due)), timedelta())
    # a deadline with no working time before it was counted around the clock
    return _after(now, left, published) if left else due + (now - since)


def _after(start: datetime, span: timedelta, published: Published) -> datetime:
    schedule = _schedule(published)
    weeks = 2
    while weeks <= HORIZON_WEEKS:
        working = windows(schedule, start, start + timedelta(weeks=weeks))
        if (due := deadline(start, span / timedelta(minutes=1), working)) is not None:
            return due
        weeks *= 3
    return start + span


def _schedule(published: Published) -> Schedule:
    return Schedule(zone=ZoneInfo(published.rulebook.settings.timezone), blocks=published.company_blocks)
