"""How the sharing in a pool stands: every ledger it counts in, everybody's balance, and whose turn it is near."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from reps.models import Rep
from routing.engine.ledger import turn_balances
from routing.engine.ramps import ramp_end, ramped
from routing.engine.types import LedgerId, LedgerKey, Member, RepId
from routing.models import LedgerAccount, Pool, PoolMember
from routing.services.statement import EVERY_LEAD
from routing.snapshots.rulebook import current_rulebook


@dataclass(frozen=True, slots=True)
class Ramp:
    """What of a new member's weight counts now, and until when it grows."""

    weight: float
    until: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """One person in a ledger. `balance` and `turn` are billionths of a lead.

    `balance` is what the ledger's sum counts; `turn` tells whose turn it is: without savings, and without what the
    others owe for them. `weight` is None for whoever is no member of this pool; `elsewhere` are the names of other
    pools that share the ledger, with the weights there; `former`: a member of none of them any more.
    """

    rep: Rep
    weight: float | None
    balance: int
    turn: int
    former: bool
    ramp: Ramp | None = None
    elsewhere: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class PoolLedger:
    """One ledger of a pool: of every lead (key "all"), or of one kind, grade or source; of the control group or not."""

    key: str
    control: bool
    members: tuple[Share, ...]
    sum: int
    book: LedgerKey


def ramp_of(member: PoolMember, *, now: datetime) -> Ramp | None:
    """How far a new member's weight has come; None once it is whole."""
    until = ramp_end(since=member.ramp_from, weeks=member.ramp_weeks, now=now)
    return Ramp(weight_of(member, now=now) / 1000, until) if until else None


def weight_of(member: PoolMember, *, now: datetime) -> int:
    """What counts of a member's weight now, in thousandths."""
    return ramped(round(member.weight * 1000), since=member.ramp_from, weeks=member.ramp_weeks, now=now)


def ledgers_of(pool: Pool, *, now: datetime) -> list[PoolLedger]:
    """Every ledger in which the pool counts, the main one first; all members, and everybody with an account."""
    ledger = _ledger(pool)
    members = list(PoolMember.objects.filter(pool=pool).select_related("rep"))
    sharing = _elsewhere(pool, ledger)
    accounts: defaultdict[LedgerKey, list[LedgerAccount]] = defaultdict(list)
    accounts[LedgerKey(ledger)] = []
    for account in LedgerAccount.objects.filter(ledger=ledger).select_related("rep"):
        accounts[LedgerKey(ledger, account.turns_by, account.control)].append(account)
    if len(accounts) > 1 and not accounts[LedgerKey(ledger)]:
        del accounts[LedgerKey(ledger)]
    return [_ledger_of(key, members, rows, sharing, now=now) for key, rows in sorted(accounts.items())]


def _ledger(pool: Pool) -> LedgerId:
    """Where the published pool counts; a draft, where it will."""
    published = current_rulebook()
    terms = published.rulebook.pools.get(pool.pk) if published else None
    return terms.ledger if terms else (pool.fairness_group_id or pool.ledger_id)


def _elsewhere(pool: Pool, ledger: LedgerId) -> Mapping[RepId, list[tuple[str, float]]]:
    """Who is in which other pools of the ledger, with the weights there."""
    places = PoolMember.objects.filter(Q(pool__fairness_group=ledger) | Q(pool__ledger=ledger)).exclude(pool=pool)
    found: defaultdict[RepId, list[tuple[str, float]]] = defaultdict(list)
    for rep, name, weight in places.order_by("pool__name").values_list("rep_id", "pool__name", "weight"):
        found[rep].append((name, float(weight)))
    return found


def _ledger_of(
    key: LedgerKey,
    members: Sequence[PoolMember],
    accounts: Iterable[LedgerAccount],
    sharing: Mapping[RepId, Sequence[tuple[str, float]]],
    *,
    now: datetime,
) -> PoolLedger:
    rows = {account.rep_id: account for account in accounts}
    turns = _turns(members, rows, now=now)
    ramps = {member.rep_id: ramp for member in members if (ramp := ramp_of(member, now=now))}
    people = {member.rep_id: member.rep for member in members} | {rep: row.rep for rep, row in rows.items()}
    weights = {member.rep_id: float(member.weight) for member in members}
    shares = [
        Share(
            person,
            weights.get(rep),
            rows[rep].balance if rep in rows else 0,
            turns.get(rep, 0),
            rep not in weights and rep not in sharing,
            ramps.get(rep),
            tuple(sharing.get(rep, ())),
        )
        for rep, person in sorted(people.items(), key=lambda item: (item[0] not in weights, item[1].email))
    ]
    total = sum(row.balance for row in rows.values())
    return PoolLedger(key.turns_by or EVERY_LEAD, key.control, tuple(shares), total, key)


def _turns(members: Iterable[PoolMember], rows: Mapping[RepId, LedgerAccount], *, now: datetime) -> Mapping[RepId, int]:
    balances = {rep: row.balance for rep, row in rows.items()}
    saved = {rep: row.saved for rep, row in rows.items()}
    return turn_balances(balances, saved, [Member(one.rep_id, weight_of(one, now=now)) for one in members])
