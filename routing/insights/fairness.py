"""How fairly each pool shared its leads out: what everybody got beside what they were entitled to, and who is owed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from reps.models import Rep
from routing.engine.types import ONE_LEAD, LedgerId, PoolId, RepId
from routing.insights.periods import Period
from routing.insights.skew import Skew, shared_out, skewed_among
from routing.models import LedgerAccount, Pool, PoolMember


@dataclass(frozen=True, slots=True)
class RepFairness:
    """One person in one pool. `turns` of the period, and what its leads entitled them to; `balance` as it is now."""

    rep: str
    name: str
    weight: float | None
    turns: int
    entitled: float
    balance: float

    @property
    def share(self) -> float | None:
        """What they got of what they were entitled to; 1 is exactly fair."""
        return self.turns / self.entitled if self.entitled > 0 else None

    @property
    def difference(self) -> float:
        """Leads above (+) or below (−) what they were entitled to."""
        return self.turns - self.entitled


@dataclass(frozen=True, slots=True)
class PoolFairness:
    """One pool. `leads` went by turn; `alarms`: who got more than 1.5 × their fair share of 25 leads or more."""

    pool: Pool
    leads: int
    members: tuple[RepFairness, ...]
    alarms: tuple[tuple[str, Skew], ...]

    @property
    def largest_difference(self) -> float:
        """The farthest that anybody is from what they were entitled to, in leads."""
        return max((abs(member.difference) for member in self.members), default=0.0)


def fairness_by_pool(period: Period, *, pools: Collection[Pool]) -> list[PoolFairness]:
    """Of these pools, each with its members and with everybody who got leads there or has a balance."""
    got, fair = shared_out(period)
    alarms: defaultdict[PoolId, list[Skew]] = defaultdict(list)
    for skew in skewed_among(got, fair):
        alarms[skew.pool].append(skew)
    weights = _weights(pools)
    balances = _balances(pools)
    seen = {pool.pk: {*weights[pool.pk], *got[pool.pk], *fair[pool.pk], *balances[_ledger(pool)]} for pool in pools}
    people = Rep.objects.in_bulk({rep for reps in seen.values() for rep in reps})

    def of(pool: Pool, rep: RepId) -> RepFairness:
        return RepFairness(
            rep=people[rep].email,
            name=people[rep].name,
            weight=weights[pool.pk].get(rep),
            turns=got[pool.pk][rep],
            entitled=fair[pool.pk][rep] / ONE_LEAD,
            balance=balances[_ledger(pool)][rep] / ONE_LEAD,
        )

    return [
        PoolFairness(
            pool=pool,
            leads=got[pool.pk].total(),
            members=tuple(of(pool, rep) for rep in sorted(seen[pool.pk], key=lambda rep: people[rep].email)),
            alarms=tuple((people[skew.rep].email, skew) for skew in alarms[pool.pk]),
        )
        for pool in pools
    ]


def _ledger(pool: Pool) -> LedgerId:
    return pool.fairness_group_id or pool.ledger_id


def _weights(pools: Collection[Pool]) -> defaultdict[PoolId, dict[RepId, float]]:
    weights: defaultdict[PoolId, dict[RepId, float]] = defaultdict(dict)
    members = PoolMember.objects.filter(pool__in=[pool.pk for pool in pools]).order_by()
    for pool, rep, weight in members.values_list("pool_id", "rep_id", "weight"):
        weights[pool][rep] = float(weight)
    return weights


def _balances(pools: Collection[Pool]) -> defaultdict[LedgerId, Counter[RepId]]:
    """Everybody's, over all ledgers that lie under one."""
    balances: defaultdict[LedgerId, Counter[RepId]] = defaultdict(Counter)
    accounts = LedgerAccount.objects.filter(ledger__in={_ledger(pool) for pool in pools}).order_by()
    for ledger, rep, balance in accounts.values_list("ledger_id", "rep_id", "balance"):
        balances[ledger][rep] += balance
    return balances
