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
    schedule = Schedule(zone=ZoneInfo(published.rulebook.settings.timezone), blocks=published.company_blocks)
    span = timedelta(hours=published.hold_hours)
    weeks = 2
    while weeks <= HORIZON_WEEKS:
        due = deadline(start, published.hold_hours * 60, windows(schedule, start, start + timedelta(weeks=weeks)))
        if due is not None:
            return due
        weeks *= 3
    return start + span
