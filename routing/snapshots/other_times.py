"""How people stand at other times than the decision's, and people whom its batch had not read: for what-ifs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reps.models import Rep
from reps.schedules import Schedule, Window, windows
from routing.engine.counterfactual import Timetable
from routing.engine.types import People, Refusal, RepId, RepState
from routing.models import PoolMember
from routing.snapshots.hours import FAR, Calendar, HoursSettings, RepRow, load_calendars, rep_rows
from routing.snapshots.people import load_people
from routing.snapshots.rulebook import Published
from routing.snapshots.standing import Shift, shift_at, standing

DAY = timedelta(days=1)


def hours_settings(published: Published) -> HoursSettings:
    return HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)


def people_with(people: People, rep: RepId, *, published: Published, now: datetime) -> People:
    """The people of a batch, and beside them the rep and their pools if it had not read those.

    What it had read stays as it was then; what is added is as it stands today, at the hours of then.
    """
    theirs = PoolMember.objects.filter(rep=rep).values_list("pool", flat=True)
    terms = published.rulebook.pools
    missing = {pool: terms[pool] for pool in theirs if pool in terms and pool not in people.members}
    if not missing and rep in people.reps:
        return people
    more = load_people(pools=missing, rep_ids={rep}, now=now, settings=hours_settings(published))
    return replace(
        people,
        reps={**more.reps, **people.reps},
        members={**more.members, **people.members},
        ledgers={**more.ledgers, **people.ledgers},
        totals={**more.totals, **people.totals},
        joined={**more.joined, **people.joined},
        performance={**more.performance, **people.performance},
        expertise={**more.expertise, **people.expertise},
        paused_pools=people.paused_pools | more.paused_pools,
    )


def timetable_of(people: People, *, published: Published, now: datetime) -> Timetable:
    """A day before and a day after, from the hours and leave as they are written down today.

    Who was inactive or paused then was so all the time, a pause until its end: when it began is not kept.
    """
    days = _Days(people, now, hours_settings(published))
    return Timetable(days.people_at, days.changes, days.beneath)


class _Days:
    """Everybody's standing by the stretch of time between two changes."""

    def __init__(self, people: People, now: datetime, settings: HoursSettings) -> None:
        self._people, self._now, self._taper_days = people, now, settings.taper_days
        self._rows = {row.id: row for row in rep_rows(Rep.objects.filter(pk__in=people.reps))}
        self._calendars = load_calendars(
            list(self._rows.values()), start=now - 2 * DAY, end=now + FAR, settings=settings
        )
        on_shift = {one: windows(one, now - DAY, now + DAY) for one in {c.schedule for c in self._calendars.values()}}
        self._edges = {
            rep: sorted(self._edges_of(self._people.reps[rep], calendar, on_shift[calendar.schedule]))
            for rep, calendar in self._calendars.items()
        }
        self.changes: Sequence[datetime] = sorted({edge for edges in self._edges.values() for edge in edges})
        self._shifts: dict[tuple[Schedule, datetime], Shift] = {}
        self._states: dict[tuple[RepId, int], RepState] = {}
        self._known: dict[int, People] = {}

    def people_at(self, when: datetime) -> People:
        place = bisect_right(self.changes, when)
        if place == bisect_right(self.changes, self._now):
            return self._people
        if place not in self._known:
            states = {rep: self._state_at(state, when) for rep, state in self._people.reps.items()}
            self._known[place] = replace(self._people, reps=states)
        return self._known[place]

    def beneath(self, rep: RepId) -> RepState | None:
        """Somebody's state then, without what refused them first."""
        state, row, calendar = self._people.reps.get(rep), self._rows.get(rep), self._calendars.get(rep)
        if state is None or row is None or calendar is None or state.standing is None:
            return None
        away = replace(state, standing=None, standing_detail="", available_at=None)
        if state.standing in (Refusal.OFF_SHIFT, Refusal.HOLIDAY):
            return away
        free = row._replace(active=True, paused=False)
        leaves = () if state.standing is Refusal.ON_LEAVE else calendar.leaves
        return self._standing(away, free, replace(calendar, leaves=leaves), self._now)

    def _state_at(self, state: RepState, when: datetime) -> RepState:
        """Between two of somebody's own changes they stand alike, and between those around then as they stood then."""
        edges = self._edges.get(state.id)
        if edges is None or state.standing is Refusal.INACTIVE:
            return state
        place = bisect_right(edges, when)
        if place == bisect_right(edges, self._now):
            return state
        if (state.id, place) not in self._states:
            self._states[state.id, place] = self._state(state, edges[place - 1] if place else self._now - DAY)
        return self._states[state.id, place]

    def _state(self, state: RepState, when: datetime) -> RepState:
        paused = state.standing is Refusal.PAUSED
        until = state.available_at if paused else None
        then = self._rows[state.id]._replace(active=True, paused=paused, paused_until=until)
        return self._standing(state, then, self._calendars[state.id], when)

    def _standing(self, state: RepState, row: RepRow, calendar: Calendar, when: datetime) -> RepState:
        key = calendar.schedule, when
        if key not in self._shifts:
            self._shifts[key] = shift_at(calendar, when)
        refusal, detail, available_at = standing(row, calendar, self._shifts[key], when, self._taper_days)
        return replace(state, standing=refusal, standing_detail=detail, available_at=available_at)

    def _edges_of(self, state: RepState, calendar: Calendar, on_shift: Sequence[Window]) -> set[datetime]:
        """When their shifts and leaves begin and end, and the pause of then."""
        found = {edge for window in on_shift for edge in window}
        for leave in calendar.leaves:
            found |= {leave.starts_at, leave.ends_at, leave.starts_at - timedelta(days=self._taper_days)}
        found |= {state.available_at} if state.available_at else set()
        return {edge for edge in found if abs(edge - self._now) < DAY}
