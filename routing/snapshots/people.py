"""Rows → the people of a batch: who can take leads, their caps, their weights and their accounts in the ledgers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from reps.caps import read_caps
from reps.models import Rep, Team
from reps.schedules import Schedule
from routing.engine.types import CapUse, LedgerAccount, LedgerId, Member, People, PoolId, RepId, RepState
from routing.models import LastResort, Pool, PoolMember, RoutingSettings
from routing.models import LedgerAccount as AccountRow
from routing.snapshots.cap_use import OwnedCap, load_cap_use
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
from routing.snapshots.standing import Shift, shift_at, standing

__all__ = ["HoursSettings", "last_resort_ids", "load_people", "load_windows", "load_windows_of"]

DEFAULT_LAST_RESORTS = 5
"""The first active person is taken, so that more of a list that nobody wrote need not be read and locked."""


def load_people(
    *, pool_ids: Collection[PoolId], rep_ids: Collection[RepId], now: datetime, settings: HoursSettings
) -> People:
    """Everybody whom leads of these pools and for these people can reach, as they are at `now`.

    Only reads: whoever decides on it has locked ledgers and reps before.
    """
    ledger_of = dict(Pool.objects.filter(pk__in=pool_ids).values_list("pk", "ledger_id"))
    memberships = list(
        PoolMember.objects.filter(pool__in=pool_ids)
        .order_by("pool_id", "rep_id")
        .values_list("pool_id", "rep_id", "weight", "caps")
    )
    last_resort = last_resort_ids()
    wanted = {*rep_ids, *last_resort, *(rep for _, rep, _, _ in memberships)}
    backups = Rep.objects.filter(pk__in=wanted, backup__isnull=False).values("backup")
    rows = rep_rows(Rep.objects.filter(Q(pk__in=wanted) | Q(pk__in=backups)))
    calendars = load_calendars(rows, start=now, end=now + FAR, settings=settings)
    owned = [OwnedCap(row.id, None, cap) for row in rows for cap in read_caps(row.caps)]
    owned += [
        OwnedCap(rep, pool, cap) for pool, rep, _, caps in memberships if rep in calendars for cap in read_caps(caps)
    ]
    zones = {rep: calendar.schedule.zone for rep, calendar in calendars.items()}
    members: dict[PoolId, list[Member]] = {pool: [] for pool in ledger_of}
    for pool, rep, weight, _ in memberships:
        if rep in calendars and pool in members:  # not deleted between two queries
            members[pool].append(Member(rep, int(weight * 1000)))
    return People(
        reps=_states(rows, calendars, load_cap_use(owned, zones=zones, now=now), now, settings),
        members={pool: tuple(those) for pool, those in members.items()},
        ledgers=_ledgers(set(ledger_of.values())),
        last_resort=tuple(last_resort),
        paused=RoutingSettings.objects.filter(paused=True).exists(),
    )


def last_resort_ids() -> list[RepId]:
    """Who owns what nobody took, in order: the list, then some active managers and active reps, by e-mail.

    A list alone would not do: everybody on it may have left, or have owned the lead before.
    """
    listed = list(LastResort.objects.order_by("position", "pk").values_list("rep_id", flat=True))
    manages = Exists(Team.objects.filter(manager=OuterRef("pk")))
    default = Rep.objects.active().exclude(pk__in=listed).annotate(manages=manages).order_by("-manages", "email")
    return listed + list(default.values_list("pk", flat=True)[:DEFAULT_LAST_RESORTS])


def _states(
    rows: Sequence[RepRow],
    calendars: dict[RepId, Calendar],
    caps: dict[RepId, tuple[CapUse, ...]],
    now: datetime,
    settings: HoursSettings,
) -> dict[RepId, RepState]:
    shifts: dict[Schedule, Shift] = {}
    states = {}
    for row in rows:
        calendar = calendars[row.id]
        shift = shifts.get(calendar.schedule)
        if shift is None:
            shift = shifts[calendar.schedule] = shift_at(calendar, now)
        refusal, detail, available_at = standing(row, calendar, shift, now, settings.taper_days)
        states[row.id] = RepState(
            id=row.id,
            name=row.name,
            standing=refusal,
            standing_detail=detail,
            available_at=available_at,
            backup=row.backup,
            caps=caps.get(row.id, ()),
        )
    return states


def _ledgers(ledger_ids: Collection[LedgerId]) -> dict[LedgerId, dict[RepId, LedgerAccount]]:
    """The accounts of these ledgers, those of former members included: only together they sum to 0."""
    ledgers: dict[LedgerId, dict[RepId, LedgerAccount]] = {ledger: {} for ledger in ledger_ids}
    rows = AccountRow.objects.filter(ledger__in=ledger_ids).order_by("ledger_id", "rep_id")
    for ledger, rep, balance, last_at in rows.values_list("ledger_id", "rep_id", "balance", "last_at"):
        ledgers[ledger][rep] = LedgerAccount(balance, last_at)
    return ledgers
