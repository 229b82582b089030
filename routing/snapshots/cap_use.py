"""Rows → how much of their caps reps have used, in units. Counted in the database, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from reps.caps import Cap
from reps.schedules import midnight
from routing.engine.types import CapKind, CapUse, Method, PoolId, RepId
from routing.models import Assignment, Lead
from routing.models.assignments import AssignmentQuerySet

NOT_COUNTED = frozenset({Method.RETURNING, Method.SAME_COMPANY, Method.ACCOUNT, Method.OVERFLOW, Method.LAST_RESORT})
"""Leads that came in one of these ways count only towards a cap of every kind of lead."""
HOUR = timedelta(hours=1)
OPEN_FOR = timedelta(days=30)
"""A lead without an outcome that is older than this no longer counts as open."""


class OwnedCap(NamedTuple):
    """A cap of a rep (pool None) or of a rep's membership in a pool."""

    rep: RepId
    pool: PoolId | None
    cap: Cap


class Got(NamedTuple):
    """Units of leads that a rep got in one way, no earlier than `since`."""

    pool: PoolId | None
    counted: bool
    since: datetime
    units: int


class Use(NamedTuple):
    """What the people of a batch have: of their caps, units of open leads, and unanswered leads that had waited.

    The latter two only of those who were asked for.
    """

    caps: Mapping[RepId, tuple[CapUse, ...]]
    open_units: Mapping[RepId, int]
    released: Mapping[RepId, int]


class Days(NamedTuple):
    """The midnights at which days and weeks begin in a zone."""

    today: datetime
    tomorrow: datetime
    this_week: datetime
    next_week: datetime


Tally: TypeAlias = Mapping[RepId, list[Got]]


def load_use(
    caps: Collection[OwnedCap],
    *,
    zones: Mapping[RepId, ZoneInfo],
    load_of: Collection[RepId] = (),
    pace_of: Collection[RepId] = (),
    now: datetime,
) -> Use:
    """What is used of each cap at `now`. Days and weeks are the rep's own, from local midnight and Monday.

    `load_of` are those whose open units count, `pace_of` those whose unanswered leads that had waited do.
    """
    reps_by_kind: dict[str, set[RepId]] = defaultdict(set)
    for rep, _, cap in caps:
        reps_by_kind[cap.kind].add(rep)
    days = {zone: days_of(zone, now) for zone in {zones[rep] for rep, _, _ in caps}}
    on_calendar = _on_calendar(
        reps_by_kind[CapKind.DAY] | reps_by_kind[CapKind.WEEK],
        sorted({edge for day in days.values() for edge in (day.today, day.this_week)}),
    )
    still_open = _still_open(reps_by_kind[CapKind.OPEN] | set(load_of), now)
    unanswered, released = _unanswered(reps_by_kind[CapKind.UNANSWERED], set(pace_of), now)
    tallies: dict[str, Tally] = {
        CapKind.HOUR: _last_hour(reps_by_kind[CapKind.HOUR], now),
        CapKind.DAY: on_calendar,
        CapKind.WEEK: on_calendar,
        CapKind.OPEN: still_open,
        CapKind.UNANSWERED: unanswered,
    }
    uses: dict[RepId, list[CapUse]] = defaultdict(list)
    for owned in caps:
        uses[owned.rep].append(use_of(owned, tallies[owned.cap.kind], days[zones[owned.rep]], now))
    return Use(
        caps={rep: tuple(some) for rep, some in uses.items()},
        open_units={rep: sum(got.units for got in still_open.get(rep, ())) for rep in load_of},
        released=released,
    )


def days_of(zone: ZoneInfo, now: datetime) -> Days:
    """The days around an instant as the clocks of a zone show them."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    starts = today, today + timedelta(days=1), monday, monday + timedelta(days=7)
    return Days(*(midnight(day, zone) for day in starts))


def use_of(owned: OwnedCap, tally: Tally, days: Days, now: datetime) -> CapUse:
    """What is used of one cap, by what its rep got since the beginning of what it counts."""
    kind, limit, every_kind = CapKind(owned.cap.kind), owned.cap.limit, owned.cap.every_kind
    since = {CapKind.DAY: days.today, CapKind.WEEK: days.this_week}.get(kind)
    got = [
        one
        for one in tally.get(owned.rep, ())
        if (one.counted or every_kind) and owned.pool in (None, one.pool) and (since is None or one.since >= since)
    ]
    used = sum(one.units for one in got)
    frees_at = {CapKind.DAY: days.tomorrow, CapKind.WEEK: days.next_week}.get(kind)
    if kind is CapKind.HOUR:
        frees_at = _hour_frees_at(got, needed=max(used - limit, 0) + 1, now=now)
    return CapUse(kind, limit, used, owned.pool, every_kind, frees_at if limit else None)


def _hour_frees_at(got: Iterable[Got], *, needed: int, now: datetime) -> datetime:
    """When so many units are an hour old; of a lead that is yet to come, if none was had."""
    ends = now + HOUR
    for one in sorted(got, key=lambda one: one.since):
        ends = one.since + HOUR
        needed -= one.units
        if needed <= 0:
            break
    return ends


def _tally(rows: Iterable[tuple[RepId, PoolId | None, str, datetime, int]]) -> Tally:
    tally: dict[RepId, list[Got]] = defaultdict(list)
    for rep, pool, method, since, units in rows:
        tally[rep].append(Got(pool, method not in NOT_COUNTED, since, units))
    return tally


def _assignments(reps: Collection[RepId]) -> AssignmentQuerySet:
    """Without those of test leads; they are so few that looking them up beats joining every lead."""
    return (
        Assignment.objects.filter(rep_id__in=reps)
        .exclude(lead__in=Lead.objects.filter(test=True).values("pk"))
        .order_by()
    )


def _last_hour(reps: Collection[RepId], now: datetime) -> Tally:
    if not reps:
        return {}
    got = _assignments(reps).filter(assigned_at__gt=now - HOUR)
    return _tally(got.values_list("rep_id", "pool_id", "method", "assigned_at", "units"))


def _on_calendar(reps: Collection[RepId], edges: list[datetime]) -> Tally:
    """Leads by the last of `edges` (midnights and Mondays of all zones) that they came after."""
    if not reps:
        return {}
    after = Case(
        *(When(assigned_at__gte=edge, then=Value(n)) for n, edge in reversed(list(enumerate(edges)))),
        output_field=IntegerField(),
    )
    got = _assignments(reps).filter(assigned_at__gte=edges[0]).annotate(after=after)
    rows = got.values_list("rep_id", "pool_id", "method", "after").annotate(sum=Sum("units"))
    return _tally((rep, pool, method, edges[n], units) for rep, pool, method, n, units in rows)


def _still_open(reps: Collection[RepId], now: datetime) -> Tally:
    if not reps:
        return {}
    leads = (
        Lead.objects.open().real().filter(owner_id__in=reps, owned_at__gt=now - OPEN_FOR, assignments__ended_at=None)
    )
    rows = (
        leads.order_by()
        .values_list("owner_id", "assignments__pool_id", "assignments__method")
        .annotate(sum=Sum(Coalesce("assignments__units", 1)))
    )
    return _tally((rep, pool, method, now, units) for rep, pool, method, units in rows)


def _unanswered(capped: Collection[RepId], paced: Collection[RepId], now: datetime) -> tuple[Tally, dict[RepId, int]]:
    """Units that wait for an answer, and how many of the leads had waited for their owner before."""
    if not capped and not paced:
        return {}, {}
    waiting = _assignments({*capped, *paced}).current().filter(responded_at=None, lead__closed_at=None)
    rows = list(
        waiting.values_list("rep_id", "pool_id", "method").annotate(
            sum=Sum("units"), had_waited=Count("pk", filter=Q(released=True))
        )
    )
    released: dict[RepId, int] = defaultdict(int)
    for rep, _, _, _, had_waited in rows:
        released[rep] += had_waited
    tally = _tally((rep, pool, method, now, units) for rep, pool, method, units, _ in rows)
    return tally, {rep: released[rep] for rep in paced}
