"""Who works when in one week: each rep's shifts by day, with the leave and the holidays that are taken out of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from reps.models import Rep, TimeOff
from reps.schedules import Window, midnight, windows, without
from routing.snapshots.hours import Calendar, HoursSettings, load_calendars, rep_rows

HOUR = timedelta(hours=1)
DAYS = 7


@dataclass(frozen=True, slots=True)
class RosterDay:
    """One day on the viewer's clocks. `shifts` and `leave` are cut to it; `holiday` is the rep's on that date."""

    date: date
    start: datetime
    end: datetime
    shifts: tuple[Window, ...]
    leave: tuple[Window, ...]
    reasons: tuple[str, ...]
    holiday: str

    @property
    def hours(self) -> float:
        return sum(((end - start) / HOUR for start, end in self.shifts), 0.0)


@dataclass(frozen=True, slots=True)
class Roster:
    """One rep's week. `always`: they have no hours, so that they are on around the clock."""

    rep: Rep
    zone: ZoneInfo
    always: bool
    days: tuple[RosterDay, ...]

    @property
    def hours(self) -> float:
        return sum(day.hours for day in self.days)


def rosters_of_week(reps: Collection[Rep], *, monday: date, zone: ZoneInfo, settings: HoursSettings) -> list[Roster]:
    """The week that begins on this Monday, of reps in their order. Pauses are not taken out: they change no hours."""
    limits = [midnight(monday + timedelta(days=number), zone) for number in range(DAYS + 1)]
    start, end = limits[0], limits[-1]
    calendars = load_calendars(
        rep_rows(Rep.objects.filter(pk__in=[rep.pk for rep in reps])), start=start, end=end, settings=settings
    )
    leave = _leave(reps, start, end)
    return [_roster(rep, calendars[rep.pk], leave.get(rep.pk, []), limits, zone) for rep in reps]


def _leave(reps: Collection[Rep], start: datetime, end: datetime) -> dict[int, list[TimeOff]]:
    found: dict[int, list[TimeOff]] = {}
    booked = TimeOff.objects.filter(rep__in=[rep.pk for rep in reps], ends_at__gt=start, starts_at__lt=end)
    for row in booked.order_by("starts_at", "pk"):
        found.setdefault(row.rep_id, []).append(row)
    return found


def _roster(
    rep: Rep, calendar: Calendar, leave: Sequence[TimeOff], limits: Sequence[datetime], zone: ZoneInfo
) -> Roster:
    schedule = calendar.schedule
    away = [(row.starts_at, row.ends_at) for row in leave]
    working = without(windows(schedule, limits[0], limits[-1]), sorted(away))
    days = tuple(
        RosterDay(
            date=start.astimezone(zone).date(),
            start=start,
            end=end,
            shifts=_within(working, start, end),
            leave=_within(away, start, end),
            reasons=tuple(row.reason for row in leave if row.starts_at < end and row.ends_at > start),
            holiday=calendar.holiday_names.get(start.astimezone(zone).date(), ""),
        )
        for start, end in zip(limits, limits[1:], strict=False)
    )
    return Roster(rep, schedule.zone, schedule.blocks is None, days)


def _within(stretches: Iterable[Window], start: datetime, end: datetime) -> tuple[Window, ...]:
    return tuple((max(first, start), min(last, end)) for first, last in stretches if first < end and last > start)
