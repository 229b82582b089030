"""Rows → how much of their caps reps have used, in units. Counted in the database, in a fixed number of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, IntegerField, Sum, Value, When
from django.db.models.functions import Coalesce

from reps.caps import Cap
from reps.schedules import midnight
from routing.engine.types import CapKind, CapUse, Method, PoolId, RepId
from routing.models import Assignment, Lead
from routing.models.assignments import AssignmentQuerySet
from routing.models.leads import LeadQuerySet
from routing.snapshots.released import offered_released, unanswered_released

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
    """What the people of a batch have: of their caps, units of open leads, and leads to answer that had waited.

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

    `load_of` are those whose open units count, `pace_of` those whose leads to answer or take up that had waited do.
    """
    reps_by_kind: dict[str, set[RepId]] = defaultdict(set)
    for rep, _, cap in caps:
        reps_by_kind[cap.kind].add(rep)
    days = {zone: days_of(zone, now) for zone in {zones[rep] for rep, _, _ in caps}}
    edges = {days[zones[rep]].today for rep in reps_by_kind[CapKind.DAY]}
    edges |= {days[zones[rep]].this_week for rep in reps_by_kind[CapKind.WEEK]}
    on_calendar = _on_calendar(reps_by_kind[CapKind.DAY] | reps_by_kind[CapKind.WEEK], sorted(edges))
    tallies: dict[str, Tally] = {
        CapKind.HOUR: _last_hour(reps_by_kind[CapKind.HOUR], now),
        CapKind.DAY: on_calendar,
        CapKind.WEEK: on_calendar,
        CapKind.OPEN: _still_open(reps_by_kind[CapKind.OPEN], now),
        CapKind.UNANSWERED: _unanswered(reps_by_kind[CapKind.UNANSWERED], now),
    }
    uses: dict[RepId, list[CapUse]] = defaultdict(list)
    for owned in caps:
        uses[owned.rep].append(use_of(owned, tallies[owned.cap.kind], days[zones[owned.rep]], now))
    return Use(
        caps={rep: tuple(some) for rep, some in uses.items()},
        open_units=_open_units(load_of, now),
        released=_released(pace_of),
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
    return Assignment.objects.filter(rep_id__in=reps).without_tests().order_by()


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
    rows = (
        _open_leads(reps, now)
        .filter(assignments__ended_at=None)
        .values_list("owner_id", "assignments__pool_id", "assignments__method")
        .annotate(sum=Sum(Coalesce("assignments__units", 1)))
    )
    return _tally((rep, pool, method, now, units) for rep, pool, method, units in rows)


def _open_units(reps: Collection[RepId], now: datetime) -> dict[RepId, int]:
    """Units of all open leads. No cap bounds how many these are: they are counted from the index of the leads alone,
    and only those that cost other than one unit are looked up.
    """
    if not reps:
        return {}
    leads = _open_leads(reps, now).values("owner_id").annotate(leads=Count("*"))
    units = Counter(dict(leads.values_list("owner_id", "leads")))
    others = Assignment.objects.current().filter(
        rep_id__in=reps, lead__status=Lead.Status.ASSIGNED, lead__closed_at=None, lead__test=False,
        lead__owned_at__gt=now - OPEN_FOR,
    ).exclude(units=1)  # fmt: skip
    more = others.order_by().values("rep_id").annotate(more=Sum(F("units") - 1))
    units.update(dict(more.values_list("rep_id", "more")))
    return units


def _open_leads(reps: Collection[RepId], now: datetime) -> LeadQuerySet:
    return Lead.objects.open().real().filter(owner_id__in=reps, owned_at__gt=now - OPEN_FOR).order_by()


def _unanswered(reps: Collection[RepId], now: datetime) -> Tally:
    """Units that wait for an answer."""
    if not reps:
        return {}
    waiting = _assignments(reps).current().filter(responded_at=None, lead__closed_at=None)
    rows = waiting.values_list("rep_id", "pool_id", "method").annotate(sum=Sum("units"))
    return _tally((rep, pool, method, now, units) for rep, pool, method, units in rows)


def _released(reps: Collection[RepId]) -> dict[RepId, int]:
    """Leads that had waited and that each has to answer or to take up."""
    if not reps:
        return {}
    owned, offered = unanswered_released(reps), offered_released(reps)
    return {rep: owned.get(rep, 0) + offered.get(rep, 0) for rep in reps}
