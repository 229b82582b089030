"""Fairness by totals: whoever won the fewest leads by weight in the last days is next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from routing.engine.batch import Batch, Contest
from routing.engine.types import ONE_LEAD, LedgerKey, Member, Pool, PoolId, RepId

WHOLE = 1_000
"""A weight of one, in thousandths."""


def total_standings(batch: Batch, contest: Contest, pool: Pool, ledger: LedgerKey, reps: Sequence[RepId]) -> list[int]:
    """How little everybody won by weight, in billionths of a lead: the lowest total stands highest.

    A newcomer starts at the pool's level: for the part of the window before they joined they are taken to have won at
    the average rate by weight of the others. So they neither get everything at first nor wait for their share.
    """
    read, won = batch.people.totals.get(ledger, {}), batch.accounts(ledger).won
    members = [contest.members[rep] for rep in reps]
    totals = {rep: read.get(rep, 0) + won[rep] for rep in reps}
    here = {rep: _days_here(batch, pool.id, rep, pool.totals_days) for rep in reps}
    rate = _Rates(members, read, here)
    topped = [
        totals[m.rep] * ONE_LEAD * WHOLE // m.weight + rate.without(m) * (pool.totals_days - here[m.rep]) * ONE_LEAD
        for m in members
    ]
    return [-int(total) if abs(total) < float("inf") else 0 for total in topped]


def _days_here(batch: Batch, pool: PoolId, rep: RepId, window: float) -> float:
    """For how many days of the window somebody was a member."""
    joined = batch.people.joined.get((pool, rep))
    if joined is None:
        return window
    return min(window, max(0.0, (batch.now - joined) / timedelta(days=1)))


class _Rates:
    """Leads won a day by a weight of one, of everybody but one."""

    def __init__(self, members: Sequence[Member], totals: Mapping[RepId, int], here: Mapping[RepId, float]) -> None:
        self._totals, self._here = totals, here
        self._leads = sum(totals.get(member.rep, 0) for member in members)
        self._days = sum(here[member.rep] * member.weight for member in members) / WHOLE

    def without(self, member: Member) -> float:
        days = self._days - self._here[member.rep] * member.weight / WHOLE
        return (self._leads - self._totals.get(member.rep, 0)) / days if days > 0 else 0.0
