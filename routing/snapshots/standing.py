"""Rows → whether a rep can take leads at an instant, why not, and when again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reps.schedules import Schedule, is_open, next_open
from routing.engine.types import Refusal
from routing.snapshots.hours import FAR, Calendar, Leave, RepRow

LONG_LEAVE = timedelta(days=5)
"""Before a leave that is longer than this nobody gets new leads."""


class Shift(NamedTuple):
    """A schedule at an instant: whether it is open, the name of the holiday that closes it, and when it opens."""

    open: bool
    holiday: str | None
    opens_at: datetime | None


class Standing(NamedTuple):
    """The first refusal that does not depend on the lead, in words too, and when it ends if that is known."""

    refusal: Refusal | None = None
    detail: str = ""
    available_at: datetime | None = None


def shift_at(calendar: Calendar, now: datetime) -> Shift:
    schedule = calendar.schedule
    opens_at = next_open(schedule, now)
    if opens_at == now:
        return Shift(open=True, holiday=None, opens_at=opens_at)
    return Shift(open=False, holiday=_holiday(calendar, now), opens_at=opens_at)


def _holiday(calendar: Calendar, now: datetime) -> str | None:
    """The holiday of this local day; or of the day before, if it took away a shift that would still run."""
    today = now.astimezone(calendar.schedule.zone).date()
    if today in calendar.holiday_names:
        return calendar.holiday_names[today]
    without_holidays = Schedule(calendar.schedule.zone, calendar.schedule.blocks)
    return calendar.holiday_names.get(today - timedelta(days=1)) if is_open(without_holidays, now) else None


def standing(row: RepRow, calendar: Calendar, shift: Shift, now: datetime, taper_days: float) -> Standing:
    """The first of inactive, paused, on leave, public holiday, off shift; none if the rep can take leads."""
    if not row.active:
        return Standing(Refusal.INACTIVE, "inactive")
    zone = calendar.schedule.zone
    absent = [(_absent_from(leave, zone, taper_days, now), leave) for leave in calendar.leaves]
    found = _refusal(row, absent, shift, now, zone)
    if found is None:
        return Standing()
    resumed = row.paused_until if found[0] is Refusal.PAUSED else now
    if resumed is None:
        return Standing(*found)
    return Standing(*found, _available_at(calendar.schedule, absent, resumed, now, shift))


def _refusal(
    row: RepRow, absent: list[tuple[datetime, Leave]], shift: Shift, now: datetime, zone: ZoneInfo
) -> tuple[Refusal, str] | None:
    """Why somebody active can take no leads, if so."""
    if row.paused and (row.paused_until is None or row.paused_until > now):
        return Refusal.PAUSED, _paused(row, now, zone)
    leave = next((leave for start, leave in absent if start <= now < leave.ends_at), None)
    if leave is not None:
        return Refusal.ON_LEAVE, _on_leave(leave, now, zone)
    if shift.open:
        return None
    if shift.holiday:
        return Refusal.HOLIDAY, f"public holiday ({shift.holiday}){_until(shift.opens_at, now, zone)}"
    return Refusal.OFF_SHIFT, f"off shift{_until(shift.opens_at, now, zone)}"


def _absent_from(leave: Leave, zone: ZoneInfo, taper_days: float, now: datetime) -> datetime:
    """When a rep stops getting leads because of a leave; its length is counted on the rep's own calendar."""
    starts_at, ends_at = max(leave.starts_at, now - FAR), min(leave.ends_at, now + FAR)
    days = ends_at.astimezone(zone).replace(tzinfo=None) - starts_at.astimezone(zone).replace(tzinfo=None)
    return starts_at - timedelta(days=taper_days) if days > LONG_LEAVE else starts_at


def _available_at(
    schedule: Schedule, absent: list[tuple[datetime, Leave]], resumed: datetime, now: datetime, shift: Shift
) -> datetime | None:
    """The first instant from `resumed` on that is on shift and not on leave; None if there is none in sight."""
    moment: datetime | None = resumed
    while moment is not None and moment < now + FAR:
        back = max((leave.ends_at for start, leave in absent if start <= moment < leave.ends_at), default=moment)
        if back >= now + FAR:
            return None
        opening = shift.opens_at if back == now else next_open(schedule, back)
        if opening == moment:
            return moment.astimezone(UTC)
        moment = opening
    return None


def _paused(row: RepRow, now: datetime, zone: ZoneInfo) -> str:
    reason = f": {row.paused_reason}" if row.paused_reason else ""
    return f"paused{_until(row.paused_until, now, zone)}{reason}"


def _on_leave(leave: Leave, now: datetime, zone: ZoneInfo) -> str:
    until = "" if leave.ends_at >= now + FAR else _until(leave.ends_at, now, zone)
    if until and leave.whole_days:
        until = f" until {_day(leave.ends_at.astimezone(zone) - timedelta(microseconds=1), now)}"
    if leave.starts_at <= now:
        return f"on leave{until}"
    return f"no new leads before the leave from {_day(leave.starts_at.astimezone(zone), now)}{until}"


def _until(when: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """ " until Mon 09:00 (Europe/Berlin)", as short as it is clear; nothing if the instant is not known."""
    if when is None or when >= now + FAR:
        return ""
    local = when.astimezone(zone)
    day = f"{local:%a}" if when < now + timedelta(days=6) else _day(local, now)
    return f" until {day} {local:%H:%M} ({zone.key})"


def _day(local: datetime, now: datetime) -> str:
    """A date such as 3 Jan, with the year if that is far away."""
    year = f" {local.year}" if local > now + timedelta(days=300) else ""
    return f"{local.day} {local:%b}{year}"
