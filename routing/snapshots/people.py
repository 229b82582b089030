"""Rows → the people of a batch: who can take leads, their caps, their weights and their accounts in the ledgers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q

from reps.caps import read_caps
from reps.catch_up import read_catch_up
from reps.models import Rep, Team
from reps.schedules import Schedule
from routing.engine.ramps import ramped
from routing.engine.types import (
    CatchUp,
    Fairness,
    LedgerAccount,
    LedgerId,
    LedgerKey,
    Member,
    People,
    PerformanceMode,
    PerformanceTable,
    PoolId,
    RepId,
    RepState,
    Strategy,
)
from routing.engine.types import Pool as PoolTerms
from routing.models import LastResort, Pool, PoolMember, RoutingSettings
from routing.models import LedgerAccount as AccountRow
from routing.snapshots.cap_use import OwnedCap, load_use
from routing.snapshots.expertise import load_expertise
from routing.snapshots.hours import (
    FAR,
    Calendar,
    HoursSettings,
    RepRow,
    load_calendars,
    load_windows,
    load_windows_of,
    rep_rows,
)
from routing.snapshots.knowledge import load_knowledge
from routing.snapshots.performance import load_performance, load_tilts
from routing.snapshots.standing import Shift, shift_at, standing
from routing.snapshots.standing_offers import load_standing_offers
from routing.snapshots.totals import load_totals

__all__ = ["HoursSettings", "last_resort_ids", "load_people", "load_windows", "load_windows_of"]

DEFAULT_LAST_RESORTS = 5
"""The first active person is taken, so that more of a list that nobody wrote need not be read and locked."""


def load_people(
    *,
    pools: Mapping[PoolId, PoolTerms],
    rep_ids: Collection[RepId],
    now: datetime,
    settings: HoursSettings,
    pace: bool = True,
    ledgers: Collection[LedgerId] = (),
) -> People:
    """Everybody whom leads of these pools and for these people can reach, as they are at `now`.

    Only reads: whoever decides on it has locked the pools' ledgers and the reps before. `pace`: whether any of the
    leads had waited, so that it matters how many such leads somebody has not answered yet. `ledgers`: those that are
    wanted besides the pools'. A published pool whose row is gone is one without members.
    """
    memberships = _memberships(pools)
    last_resort = last_resort_ids()
    people = _rep_rows({*rep_ids, *last_resort, *(membership.rep for membership in memberships)})
    known = {row.id for row in people}
    memberships = [membership for membership in memberships if membership.rep in known]  # not deleted meanwhile
    totals = {pool: terms for pool, terms in pools.items() if terms.fairness is Fairness.TOTALS}
    return People(
        reps=_states(people, memberships, pools, now=now, settings=settings, pace=pace),
        members=_members(pools, memberships, now=now, timezone=settings.timezone),
        ledgers=_ledgers({*ledgers, *(terms.ledger for terms in pools.values())}),
        last_resort=tuple(last_resort),
        paused=RoutingSettings.objects.filter(paused=True).exists(),
        paused_pools=frozenset(Pool.objects.filter(pk__in=pools, paused=True).values_list("pk", flat=True)),
        totals=load_totals(totals.values(), now=now),
        joined={(one.pool, one.rep): one.joined_at for one in memberships if one.pool in totals},
        performance=_performance(pools, now=now, timezone=settings.timezone),
        expertise=load_expertise(pools, now=now, timezone=settings.timezone),
        offered=load_standing_offers(pools),
    )


class _Membership(NamedTuple):
    pool: PoolId
    rep: RepId
    weight: Decimal
    caps: Any
    joined_at: datetime
    ramp_from: datetime | None
    ramp_weeks: int


def _memberships(pools: Collection[PoolId]) -> list[_Membership]:
    rows = PoolMember.objects.filter(pool__in=pools).order_by("pool_id", "rep_id")
    columns = ("pool_id", "rep_id", "weight", "caps", "joined_at", "ramp_from", "ramp_weeks")
    return [_Membership(*row) for row in rows.values_list(*columns)]


def _rep_rows(wanted: Collection[RepId]) -> list[RepRow]:
    """These people and whoever stands in for them."""
    backups = Rep.objects.filter(pk__in=wanted, backup__isnull=False).values("backup")
    return rep_rows(Rep.objects.filter(Q(pk__in=wanted) | Q(pk__in=backups)))


def _members(
    pools: Mapping[PoolId, PoolTerms], memberships: Iterable[_Membership], *, now: datetime, timezone: str
) -> dict[PoolId, tuple[Member, ...]]:
    """The members with their weights: growing of those who are new, tilted where better results get more leads."""
    tilted = [pool for pool, terms in pools.items() if _gives_more_leads(terms)]
    tilts = load_tilts(tilted, now=now, timezone=timezone) if tilted else {}
    members: dict[PoolId, list[Member]] = {pool: [] for pool in pools}
    for one in memberships:
        tilted_weight = round(one.weight * 1000 * Decimal(tilts.get((one.pool, one.rep), 1.0)))
        weight = ramped(max(1, tilted_weight), since=one.ramp_from, weeks=one.ramp_weeks, now=now)
        members[one.pool].append(Member(one.rep, weight))
    return {pool: tuple(those) for pool, those in members.items()}


def _performance(pools: Mapping[PoolId, PoolTerms], *, now: datetime, timezone: str) -> dict[PoolId, PerformanceTable]:
    """The day's numbers of the pools that choose by results."""
    by_results = {pool: terms for pool, terms in pools.items() if terms.strategy is Strategy.PERFORMANCE}
    return load_performance(by_results, now=now, timezone=timezone) if by_results else {}


def _gives_more_leads(terms: PoolTerms) -> bool:
    return terms.strategy is Strategy.PERFORMANCE and terms.mode is PerformanceMode.MORE_LEADS


def last_resort_ids() -> list[RepId]:
    """Who owns what nobody took, in order: the list, then some active managers and active reps, by e-mail.

    A list alone would not do: everybody on it may have left, or have owned the lead before. An agent comes after all
    people: what nobody answered needs one.
    """
    listed = list(LastResort.objects.order_by("position", "pk").values_list("rep_id", "rep__kind"))
    manages = Exists(Team.objects.filter(manager=OuterRef("pk")))
    default = Rep.objects.active().exclude(pk__in=[rep for rep, _ in listed]).annotate(manages=manages)
    # people sort first: "human" is after "agent"
    found = listed + list(
        default.order_by("-kind", "-manages", "email").values_list("pk", "kind")[:DEFAULT_LAST_RESORTS]
    )
    return [rep for rep, _ in sorted(found, key=lambda one: one[1] == Rep.Kind.AGENT)]


def _states(
    rows: Sequence[RepRow],
    memberships: Sequence[_Membership],
    pools: Mapping[PoolId, PoolTerms],
    *,
    now: datetime,
    settings: HoursSettings,
    pace: bool,
) -> dict[RepId, RepState]:
    calendars = load_calendars(rows, start=now, end=now + FAR, settings=settings)
    owned = [OwnedCap(row.id, None, cap) for row in rows for cap in read_caps(row.caps)]
    owned += [OwnedCap(one.rep, one.pool, cap) for one in memberships for cap in read_caps(one.caps)]
    balanced = {pool for pool, terms in pools.items() if terms.strategy is Strategy.LOAD_BALANCED}
    use = load_use(
        owned,
        zones={rep: calendar.schedule.zone for rep, calendar in calendars.items()},
        load_of={one.rep for one in memberships if one.pool in balanced},
        pace_of={one.rep for one in memberships} if pace else (),
        now=now,
    )
    knowledge = load_knowledge(rows)
    shifts: dict[Schedule, Shift] = {}
    return {
        row.id: replace(
            _standing(row, calendars[row.id], shifts, now, settings),
            caps=use.caps.get(row.id, ()),
            languages=knowledge[row.id].languages,
            skills=knowledge[row.id].skills,
            expertise=knowledge[row.id].expertise,
            open_units=use.open_units.get(row.id, 0),
            released=use.released.get(row.id, 0),
            catch_up=_catch_up(row.catch_up),
        )
        for row in rows
    }


def _standing(
    row: RepRow, calendar: Calendar, shifts: dict[Schedule, Shift], now: datetime, settings: HoursSettings
) -> RepState:
    shift = shifts.get(calendar.schedule)
    if shift is None:
        shift = shifts[calendar.schedule] = shift_at(calendar, now)
    refusal, detail, available_at = standing(row, calendar, shift, now, settings.taper_days)
    return RepState(row.id, row.name, refusal, detail, available_at, row.backup)


def _catch_up(value: Any) -> CatchUp | None:
    terms = read_catch_up(value)
    return CatchUp(*terms) if terms else None


def _ledgers(ledger_ids: Collection[LedgerId]) -> dict[LedgerKey, dict[RepId, LedgerAccount]]:
    """All accounts under these lock rows, those of former members included: only together they sum to 0."""
    ledgers: dict[LedgerKey, dict[RepId, LedgerAccount]] = {LedgerKey(ledger): {} for ledger in ledger_ids}
    rows = AccountRow.objects.filter(ledger__in=ledger_ids).order_by("ledger_id", "turns_by", "control", "rep_id")
    columns = ("ledger_id", "turns_by", "control", "rep_id", "balance", "last_at", "saved")
    for ledger, turns_by, control, rep, *account in rows.values_list(*columns):
        ledgers.setdefault(LedgerKey(ledger, turns_by, control), {})[rep] = LedgerAccount(*account)
    return ledgers
