"""Rows → how much of their caps reps have used. Counted in the database, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, IntegerField, Value, When

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


class _Got(NamedTuple):
    """Leads that a rep got in one way, no earlier than `since`."""

    pool: PoolId | None
    counted: bool
    since: datetime
    number: int


class _Days(NamedTuple):
    """The midnights at which days and weeks begin in a zone."""

    today: datetime
    tomorrow: datetime
    this_week: datetime
    next_week: datetime


_Tally: TypeAlias = Mapping[RepId, list[_Got]]


def load_cap_use(
    caps: Collection[OwnedCap], *, zones: Mapping[RepId, ZoneInfo], now: datetime
) -> dict[RepId, tuple[CapUse, ...]]:
    """What is used of each cap at `now`. Days and weeks are the rep's own, from local midnight and Monday."""
    reps_by_kind: dict[str, set[RepId]] = defaultdict(set)
    for rep, _, cap in caps:
        reps_by_kind[cap.kind].add(rep)
    days = {zone: _days(zone, now) for zone in {zones[rep] for rep, _, _ in caps}}
    on_calendar = _on_calendar(
        reps_by_kind[CapKind.DAY] | reps_by_kind[CapKind.WEEK],
        sorted({edge for day in days.values() for edge in (day.today, day.this_week)}),
    )
    tallies: dict[str, _Tally] = {
        CapKind.HOUR: _last_hour(reps_by_kind[CapKind.HOUR], now),
        CapKind.DAY: on_calendar,
        CapKind.WEEK: on_calendar,
        CapKind.OPEN: _still_open(reps_by_kind[CapKind.OPEN], now),
        CapKind.UNANSWERED: _unanswered(reps_by_kind[CapKind.UNANSWERED], now),
    }
    uses: dict[RepId, list[CapUse]] = defaultdict(list)
    for owned in caps:
        uses[owned.rep].append(_use(owned, tallies[owned.cap.kind], days[zones[owned.rep]], now))
    return {rep: tuple(some) for rep, some in uses.items()}


def _days(zone: ZoneInfo, now: datetime) -> _Days:
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    starts = today, today + timedelta(days=1), monday, monday + timedelta(days=7)
    return _Days(*(midnight(day, zone) for day in starts))


def _use(owned: OwnedCap, tally: _Tally, days: _Days, now: datetime) -> CapUse:
    kind, limit, every_kind = CapKind(owned.cap.kind), owned.cap.limit, owned.cap.every_kind
    since = {CapKind.DAY: days.today, CapKind.WEEK: days.this_week}.get(kind)
    got = [
        one
        for one in tally.get(owned.rep, ())
        if (one.counted or every_kind) and owned.pool in (None, one.pool) and (since is None or one.since >= since)
    ]
    used = sum(one.number for one in got)
    frees_at = {CapKind.DAY: days.tomorrow, CapKind.WEEK: days.next_week}.get(kind)
    if kind is CapKind.HOUR:
        # The first lead whose hour must pass before there is room; one that is yet to come, if none was had.
        ends = sorted(one.since + HOUR for one in got) or [now + HOUR]
        frees_at = ends[min(max(used - limit, 0), len(ends) - 1)]
    return CapUse(kind, limit, used, owned.pool, every_kind, frees_at if limit else None)


def _tally(rows: Iterable[tuple[RepId, PoolId | None, str, datetime, int]]) -> _Tally:
    tally: dict[RepId, list[_Got]] = defaultdict(list)
    for rep, pool, method, since, number in rows:
        tally[rep].append(_Got(pool, method not in NOT_COUNTED, since, number))
    return tally


def _assignments(reps: Collection[RepId]) -> AssignmentQuerySet:
    """Without those of test leads; they are so few that looking them up beats joining every lead."""
    return (
        Assignment.objects.filter(rep_id__in=reps)
        .exclude(lead__in=Lead.objects.filter(test=True).values("pk"))
        .order_by()
    )


def _last_hour(reps: Collection[RepId], now: datetime) -> _Tally:
    got = _assignments(reps).filter(assigned_at__gt=now - HOUR)
    return _tally((*row, 1) for row in got.values_list("rep_id", "pool_id", "method", "assigned_at")) if reps else {}


def _on_calendar(reps: Collection[RepId], edges: list[datetime]) -> _Tally:
    """Leads by the last of `edges` (midnights and Mondays of all zones) that they came after."""
    if not reps:
        return {}
    after = Case(
        *(When(assigned_at__gte=edge, then=Value(n)) for n, edge in reversed(list(enumerate(edges)))),
        output_field=IntegerField(),
    )
    got = _assignments(reps).filter(assigned_at__gte=edges[0]).annotate(after=after)
    rows = got.values_list("rep_id", "pool_id", "method", "after").annotate(number=Count("pk"))
    return _tally((rep, pool, method, edges[n], number) for rep, pool, method, n, number in rows)


def _still_open(reps: Collection[RepId], now: datetime) -> _Tally:
    if not reps:
        return {}
    leads = (
        Lead.objects.open().real().filter(owner_id__in=reps, owned_at__gt=now - OPEN_FOR, assignments__ended_at=None)
    )
    rows = (
        leads.order_by()
        .values_list("owner_id", "assignments__pool_id", "assignments__method")
        .annotate(number=Count("pk"))
    )
    return _tally((rep, pool, method, now, number) for rep, pool, method, number in rows)


def _unanswered(reps: Collection[RepId], now: datetime) -> _Tally:
    if not reps:
        return {}
    waiting = _assignments(reps).current().filter(responded_at=None, lead__closed_at=None)
    rows = waiting.values_list("rep_id", "pool_id", "method").annotate(number=Count("pk"))
    return _tally((rep, pool, method, now, number) for rep, pool, method, number in rows)
