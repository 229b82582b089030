"""Until when an owner must have answered a lead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from reps.schedules import HORIZON_DAYS, Window
from routing.engine.sla import SlaClock
from routing.models import SlaClock as Mode
from routing.snapshots.people import HoursSettings, load_windows_of
from routing.snapshots.rulebook import SlaTerms


def response_deadline(start: datetime, terms: SlaTerms, hours: Sequence[Window] | None) -> datetime:
    """When the owner, who works at these hours, must have answered; in real time if they do not work at all.

    For estimates; an assignment's own deadline is set by services.sla.clock, which knows the pool's hours too.
    """
    counted = hours if terms.clock == Mode.REP_HOURS else None
    return SlaClock(start, counted).passed(terms.first_response_minutes)


def load_hours(rep_ids: Collection[int], *, start: datetime, timezone: str) -> Mapping[int, Sequence[Window] | None]:
    """The working time of these reps that deadlines from `start` on are counted in; None is around the clock."""
    if not rep_ids:
        return {}
    end = start + timedelta(days=HORIZON_DAYS)
    return load_windows_of(rep_ids=rep_ids, start=start, end=end, settings=HoursSettings(timezone=timezone))
