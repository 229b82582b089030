"""Who is on when: the hours of one week, with those who take leads then, and with the leads that such hours bring."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncHour

from reps.models import Rep
from reps.schedules import Window, midnight, without
from routing.engine.types import RepId
from routing.models import Lead
from routing.snapshots.hours import HoursSettings, load_windows_of

HOUR = timedelta(hours=1)
HOUR_SECONDS = 3600
WEEK = timedelta(days=7)
WEEKS_COUNTED = 4
"""Leads are counted over so many weeks before."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour. `people` and `agents` are on at some time of it; `covered` is the share in which anybody is.

    `leads`: how many came in during this hour of the week, in an average week of the last four.
    """

    at: datetime
    people: tuple[RepId, ...]
    agents: tuple[RepId, ...]
    covered: float
    leads: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody is on."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        return (self.end - self.start) / HOUR

    def leads(self, hours: Iterable[Hour]) -> float:
        """How many leads come in this stretch of an average week."""
        return sum(hour.leads * max(timedelta(), _common(self, hour)) / HOUR for hour in hours)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A week from Monday to Monday on the clocks of one zone: 167 to 169 hours, as the clocks change."""

    start: datetime
    end: datetime
    hours: tuple[Hour, ...]
    gaps: tuple[Gap, ...]


def _common(gap: Gap, hour: Hour) -> timedelta:
    """How long the stretch lies in the hour; below 0 where it does not."""
    return min(gap.end, hour.at + HOUR) - max(gap.start, hour.at)


def coverage_of_week(
    reps: Collection[Rep],
    *,
    day: datetime,
    zone: ZoneInfo,
    settings: HoursSettings,
    now: datetime,
    leads: QuerySet[Lead] | None = None,
) -> Coverage:
    """The week that `day` lies in. Leave, holidays and pauses are taken out; whoever is inactive is never on.

    `leads` are those that the reps are there for; all that are no tests.
    """
    start, end = _week(day, zone)
    active = [rep for rep in reps if rep.active]
    agents = {rep.pk for rep in active if rep.kind == Rep.Kind.AGENT}
    windows = load_windows_of(rep_ids=[rep.pk for rep in active], start=start, end=end, settings=settings)
    on = {rep.pk: _unpaused(rep, windows.get(rep.pk), start, end) for rep in active}
    gaps = without([(start, end)], sorted(window for stretches in on.values() for window in stretches))
    there, empty, demand = _there(on, start), _empty(gaps, start), _demand(leads, zone, now=now)
    hours = (
        Hour(
            at=at,
            people=tuple(sorted(there[number] - agents)),
            agents=tuple(sorted(there[number] & agents)),
            covered=1 - empty[number] / HOUR_SECONDS,
            leads=demand[_place(at, zone)] / WEEKS_COUNTED,
        )
        for number, at in enumerate(_hours(start, end))
    )
    return Coverage(start, end, tuple(hours), tuple(Gap(*gap) for gap in gaps))


def _week(day: datetime, zone: ZoneInfo) -> Window:
    """From Monday to Monday on the clocks of the zone."""
    local = day.astimezone(zone).date()
    monday = local - timedelta(days=local.weekday())
    return midnight(monday, zone), midnight(monday + WEEK, zone)


def _hours(start: datetime, end: datetime) -> list[datetime]:
    return [start + HOUR * number for number in range(int((end - start) / HOUR))]


def _there(on: Mapping[RepId, Sequence[Window]], start: datetime) -> defaultdict[int, set[RepId]]:
    """Who is on at some time of each hour, by the number of the hour."""
    there = defaultdict[int, set[RepId]](set)
    for rep, stretches in on.items():
        for number, _ in _parts(stretches, start):
            there[number].add(rep)
    return there


def _empty(gaps: Iterable[Window], start: datetime) -> Counter[int]:
    """For how many seconds of each hour nobody is on."""
    empty = Counter[int]()
    for number, part in _parts(gaps, start):
        empty[number] += part
    return empty


def _unpaused(rep: Rep, windows: Sequence[Window] | None, start: datetime, end: datetime) -> list[Window]:
    working = [(start, end)] if windows is None else windows
    if not rep.paused:
        return list(working)
    return without(working, [(start, min(max(rep.paused_until or end, start), end))])


def _parts(windows: Iterable[Window], start: datetime) -> Iterator[tuple[int, int]]:
    """The hours since `start` that the windows touch, by number, and how many seconds of each."""
    for since, until in windows:
        first, last = (int((edge - start).total_seconds()) for edge in (since, until))
        for number in range(first // HOUR_SECONDS, -(-last // HOUR_SECONDS)):
            begins = number * HOUR_SECONDS
            yield number, min(last, begins + HOUR_SECONDS) - max(first, begins)


def _place(at: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Weekday and hour on the clocks of the zone."""
    local = at.astimezone(zone)
    return local.weekday(), local.hour


def _demand(leads: QuerySet[Lead] | None, zone: ZoneInfo, *, now: datetime) -> Counter[tuple[int, int]]:
    """Leads of the last four weeks by weekday and hour, counted where they are."""
    counted = Lead.objects.without_tests() if leads is None else leads
    recent = counted.filter(submitted_at__gte=now - WEEKS_COUNTED * WEEK, submitted_at__lt=now)
    hourly = recent.annotate(at=TruncHour("submitted_at", tzinfo=zone)).order_by().values("at").annotate(n=Count("pk"))
    demand: Counter[tuple[int, int]] = Counter()
    for at, count in hourly.values_list("at", "n"):
        demand[_place(at, zone)] += count
    return demand
