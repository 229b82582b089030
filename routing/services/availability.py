"""Whether a rep gets leads now, until when, and when their next shifts are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reps.models import Rep
from reps.schedules import Window
from routing.rulebook.content import current_settings
from routing.snapshots.hours import HoursSettings, load_windows_of
from routing.snapshots.people import load_people

AHEAD = timedelta(days=14)
SHIFTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Availability:
    """`away` says why no lead comes now, "" if leads come; `back_at` when that ends, if it is known.

    `until`: the end of the present shift; `always`: there is none. `shifts`: the next ones, the present one included.
    """

    away: str
    back_at: datetime | None
    until: datetime | None
    always: bool
    shifts: Sequence[Window]


def availability_of(*, rep: Rep, now: datetime) -> Availability:
    """As every gate sees it that does not depend on the lead."""
    settings = current_settings()
    hours = HoursSettings(timezone=settings.timezone, taper_days=settings.taper_days)
    state = load_people(pools={}, rep_ids=[rep.pk], now=now, settings=hours).reps[rep.pk]
    working = load_windows_of(rep_ids=[rep.pk], start=now, end=now + AHEAD, settings=hours).get(rep.pk)
    shifts = list(working or ())
    present = next((shift for shift in shifts if shift[0] <= now < shift[1]), None)
    endless = working is None or (present is not None and present[1] >= now + AHEAD)
    return Availability(
        away=state.standing_detail if state.standing else "",
        back_at=state.available_at,
        until=None if endless or present is None else present[1],
        always=endless,
        shifts=shifts[:SHIFTS_SHOWN],
    )
