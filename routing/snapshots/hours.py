"""Rows → when reps work: their schedules with public holidays, and their leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Case, F, Q, QuerySet, Value, When

from reps.models import Rep, TimeOff, WorkingHours
from reps.public_holidays import public_holidays
from reps.schedules import HORIZON_DAYS, Block, Schedule, Window, windows, without
from routing.engine.types import RepId

FAR = timedelta(days=730)
"""Nothing is planned beyond this: a leave or pause that lasts longer has no known end."""


@dataclass(frozen=True, slots=True)
class HoursSettings:
    """The published settings that working time depends on."""

    timezone: str = "UTC"
    taper_days: float = 2


class RepRow(NamedTuple):
    """The columns of a rep that routing reads."""

    id: RepId
    name: str
    active: bool
    paused: bool
    paused_until: datetime | None
    paused_reason: str
    backup: RepId | None
    caps: Any
    languages: Any
    catch_up: Any
    hours: str
    holidays: str
    timezone: str
    team: int | None
    team_timezone: str | None


class Leave(NamedTuple):
    """One stretch of leave; time off that touches or overlaps is one."""

    starts_at: datetime
    ends_at: datetime
    whole_days: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """When one rep works: their schedule, the names of its holidays, and their leave in order."""

    schedule: Schedule
    holiday_names: Mapping[date, str]
    leaves: tuple[Leave, ...] = ()


def rep_rows(reps: QuerySet[Rep]) -> list[RepRow]:
    columns = ("pk", "name", "active", "paused", "paused_until", "paused_reason", "backup_id", "caps")
    knows = ("languages", "catch_up")
    hours = ("shift", "holidays", "timezone", "team_id", "team__timezone")
    # an agent keeps no team's hours: it is always on shift unless it has hours of its own
    tireless = When(kind=Rep.Kind.AGENT, hours=Rep.Hours.TEAM, then=Value(Rep.Hours.ALWAYS.value))
    shifts = reps.annotate(shift=Case(tireless, default=F("hours")))
    return [RepRow(*row) for row in shifts.order_by("pk").values_list(*columns, *knows, *hours)]


def load_calendars(
    rows: Sequence[RepRow], *, start: datetime, end: datetime, settings: HoursSettings
) -> dict[RepId, Calendar]:
    """Everybody's calendar, good for the time from start to end. Reps who work alike share one schedule."""
    leaves = _leaves(rows, start, end)
    blocks_of_team, blocks_of_rep = _blocks(rows)
    years = range((start - timedelta(days=3)).year, (end + timedelta(days=HORIZON_DAYS + 3)).year + 1)
    shared: dict[tuple[ZoneInfo, tuple[Block, ...] | None, str], Calendar] = {}
    calendars = {}
    for row in rows:
        own, team = blocks_of_rep.get(row.id), blocks_of_team.get(row.team) if row.team else None
        blocks = {Rep.Hours.ALWAYS.value: None, Rep.Hours.OWN.value: own or team}.get(row.hours, team)
        key = _zone(row.timezone, row.team_timezone, settings.timezone), blocks, row.holidays
        if key not in shared:
            names = public_holidays(row.holidays, years)
            shared[key] = Calendar(Schedule(key[0], blocks, frozenset(names)), names)
        same = shared[key]
        calendars[row.id] = Calendar(same.schedule, same.holiday_names, leaves[row.id]) if row.id in leaves else same
    return calendars


def _zone(*names: str | None) -> ZoneInfo:
    """The first of these zones that there is."""
    for name in names:
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):  # a row written around the validator
                continue
    return ZoneInfo("UTC")


def _blocks(rows: Sequence[RepRow]) -> tuple[dict[int, tuple[Block, ...]], dict[RepId, tuple[Block, ...]]]:
    """Blocks by team and by rep."""
    teams, reps = {row.team for row in rows if row.team}, [row.id for row in rows if row.hours == Rep.Hours.OWN]
    of_team: dict[int, list[Block]] = {}
    of_rep: dict[RepId, list[Block]] = {}
    found = WorkingHours.objects.filter(Q(team__in=teams) | Q(rep__in=reps)).order_by("weekday", "start")
    for team, rep, weekday, start, end in found.values_list("team_id", "rep_id", "weekday", "start", "end"):
        blocks = of_team.setdefault(team, []) if team else of_rep.setdefault(rep, [])
        blocks.append(Block(weekday, start, end))
    return {key: tuple(some) for key, some in of_team.items()}, {key: tuple(some) for key, some in of_rep.items()}


def _leaves(rows: Iterable[RepRow], start: datetime, end: datetime) -> dict[RepId, tuple[Leave, ...]]:
    """Everybody's leave between two instants, in order."""
    found: dict[RepId, list[Leave]] = {}
    booked = TimeOff.objects.filter(rep__in=[row.id for row in rows], ends_at__gt=start, starts_at__lt=end)
    columns = booked.order_by("starts_at").values_list("rep_id", "starts_at", "ends_at", "whole_days")
    for rep, starts_at, ends_at, whole_days in columns:
        _join(found.setdefault(rep, []), Leave(starts_at, ends_at, whole_days))
    return {rep: tuple(leaves) for rep, leaves in found.items()}


def _join(leaves: list[Leave], leave: Leave) -> None:
    """Add a leave that starts no earlier than those before it."""
    if leaves and leave.starts_at <= leaves[-1].ends_at:
        first = leaves.pop()
        last = max(first, leave, key=lambda one: one.ends_at)
        leave = Leave(first.starts_at, last.ends_at, last.whole_days)
    leaves.append(leave)


def load_windows_of(
    *, rep_ids: Collection[RepId], start: datetime, end: datetime, settings: HoursSettings
) -> dict[RepId, list[Window] | None]:
    """Everybody's working time between two instants, leave taken out; None is around the clock."""
    rows = rep_rows(Rep.objects.filter(pk__in=rep_ids))
    calendars = load_calendars(rows, start=start, end=end, settings=settings)
    shared = {calendar.schedule: windows(calendar.schedule, start, end) for calendar in calendars.values()}
    around_the_clock = [(start.astimezone(UTC), end.astimezone(UTC))]
    working = {
        rep: without(shared[calendar.schedule], [leave[:2] for leave in calendar.leaves])
        for rep, calendar in calendars.items()
    }
    return {rep: None if hours == around_the_clock else hours for rep, hours in working.items()}


def load_windows(*, rep_id: RepId, start: datetime, end: datetime, settings: HoursSettings) -> list[Window] | None:
    """A rep's working time between two instants, leave taken out; None is around the clock."""
    return load_windows_of(rep_ids=[rep_id], start=start, end=end, settings=settings).get(rep_id)
