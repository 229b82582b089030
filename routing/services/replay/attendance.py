"""When everybody could take leads during the replay: worked out by person and stretch of time, not by lead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from reps.models import Rep
from reps.schedules import Schedule, Window, windows, without
from routing.engine.types import RepId
from routing.services.replay.working_time import WorkingTime
from routing.snapshots.hours import Calendar, HoursSettings, RepRow, load_calendars, rep_rows
from routing.snapshots.standing import Shift, Standing, shift_at, standing

AFTERWARDS = timedelta(days=30)
"""Leads of the last day are answered later."""


class Attendance:
    """Hours, holidays and leave as they are written down today. Pauses are left out: those of the past are not kept,
    and one of today says nothing of them.
    """

    def __init__(self, *, since: datetime, until: datetime, before: timedelta, settings: HoursSettings) -> None:
        self._rows = {row.id: row._replace(paused=False) for row in rep_rows(Rep.objects.all())}
        self._taper_days = settings.taper_days
        start, end = since - before, until + AFTERWARDS
        self._calendars = load_calendars(list(self._rows.values()), start=start, end=end, settings=settings)
        on_shift = {one: windows(one, start, end) for one in {c.schedule for c in self._calendars.values()}}
        self.working: Mapping[RepId, WorkingTime] = _rulers(self._calendars, on_shift)
        self._edges = {
            rep: _edges(row, self._calendars[rep], on_shift, settings.taper_days, since, until)
            for rep, row in self._rows.items()
        }
        self._shifts: dict[tuple[Schedule, datetime], Shift] = {}
        self._standings: dict[tuple[RepId, int], Standing] = {}

    def changes(self) -> Iterator[tuple[datetime, RepId]]:
        """Every instant, after the first, at which somebody's standing may change."""
        return ((edge, rep) for rep, edges in self._edges.items() for edge in edges[1:])

    def standing(self, rep: RepId, when: datetime) -> Standing:
        """Why somebody can take no leads at this instant, if so."""
        edges = self._edges[rep]
        place = max(bisect_right(edges, when) - 1, 0)
        if (rep, place) not in self._standings:
            self._standings[rep, place] = self._stand(rep, edges[place])
        return self._standings[rep, place]

    def _stand(self, rep: RepId, edge: datetime) -> Standing:
        calendar = self._calendars[rep]
        key = calendar.schedule, edge
        if key not in self._shifts:
            self._shifts[key] = shift_at(calendar, edge)
        return standing(self._rows[rep], calendar, self._shifts[key], edge, self._taper_days)

    def schedule(self, rep: RepId) -> Schedule:
        return self._calendars[rep].schedule


def _rulers(
    calendars: Mapping[RepId, Calendar], on_shift: Mapping[Schedule, Sequence[Window]]
) -> dict[RepId, WorkingTime]:
    """Those who work alike and had no leave share one."""
    shared = {schedule: WorkingTime(hours) for schedule, hours in on_shift.items()}
    return {
        rep: WorkingTime(without(on_shift[calendar.schedule], [leave[:2] for leave in calendar.leaves]))
        if calendar.leaves
        else shared[calendar.schedule]
        for rep, calendar in calendars.items()
    }


def _edges(
    row: RepRow,
    calendar: Calendar,
    on_shift: Mapping[Schedule, Sequence[Window]],
    taper_days: float,
    since: datetime,
    until: datetime,
) -> list[datetime]:
    """The first instant, and all those at which a shift or leave begins or ends; somebody inactive has no more."""
    if not row.active:
        return [since]
    found = {edge for window in on_shift[calendar.schedule] for edge in window}
    for leave in calendar.leaves:
        found |= {leave.starts_at, leave.ends_at, leave.starts_at - timedelta(days=taper_days)}
    return [since, *sorted(edge for edge in found if since < edge < until)]
