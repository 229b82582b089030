"""Another balance: the least at which somebody would have got the lead, to the last billionth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil

from routing.engine.counterfactual.changes import Change, ChangeKind, Inputs, decided, getting
from routing.engine.types import ONE_LEAD, Deferred, Fairness, LedgerKey, Pool, RepId, Selection

CENT = ONE_LEAD // 100
"""Balances are told to so much of a lead, rounded up so that what is said holds."""


def balance_changes(inputs: Inputs, rep: RepId) -> Iterator[Change]:
    """A higher balance in the ledger where the pool chose, or fewer leads won where totals are shared."""
    decision = decided(inputs)
    selection = None if isinstance(decision, Deferred) else decision.trace.selection
    if selection is None:
        return
    pool = inputs.rulebook.pools[selection.pool]
    if pool.fairness is Fairness.TOTALS:
        yield from _fewer_leads(inputs, selection, rep, pool)
    yield from _higher_balance(inputs, selection, rep, pool)


def _higher_balance(inputs: Inputs, selection: Selection, rep: RepId, pool: Pool) -> Iterator[Change]:
    seen = {member.rep: balance for member, balance in zip(selection.members, selection.balances, strict=True)}
    if rep not in seen:
        return
    waiting = max((inputs.batch.offered[pool.id, other] for other in seen), default=0)
    enough = max(seen.values()) - seen[rep] + 2 * pool.band + (3 + waiting) * ONE_LEAD
    more = _least(lambda some: rep in getting(decided(_richer(inputs, selection.ledger, rep, some))), enough)
    if more is None:
        return
    told = ceil((seen[rep] + more) / CENT) / 100
    yield Change(
        ChangeKind.BALANCE,
        "balance",
        seen[rep] / ONE_LEAD,
        (seen[rep] + more) / ONE_LEAD,
        f"with a balance of at least {told:+.2f} leads instead of {seen[rep] / ONE_LEAD:+.2f}",
        lambda inputs: _richer(inputs, selection.ledger, rep, more),
    )


def _fewer_leads(inputs: Inputs, selection: Selection, rep: RepId, pool: Pool) -> Iterator[Change]:
    won = inputs.people.totals.get(selection.ledger, {}).get(rep, 0)
    fewer = _least(lambda some: rep in getting(decided(_poorer(inputs, selection.ledger, rep, some))), won)
    if fewer is None:
        return
    yield Change(
        ChangeKind.BALANCE,
        "total",
        won,
        won - fewer,
        f"with {won - fewer} leads in the last {pool.totals_days:g} days instead of {won}",
        lambda inputs: _poorer(inputs, selection.ledger, rep, fewer),
    )


def _least(suffices: Callable[[int], bool], most: int) -> int | None:
    """The least amount above 0 that suffices, if the most does: whoever wins with some wins with more too."""
    if most <= 0 or not suffices(most):
        return None
    too_little, enough = 0, most
    while enough - too_little > 1:
        middle = (too_little + enough) // 2
        if suffices(middle):
            enough = middle
        else:
            too_little = middle
    return enough


def _richer(inputs: Inputs, ledger: LedgerKey, rep: RepId, more: int) -> Inputs:
    batch = inputs.batch.otherwise(inputs.people, inputs.now)
    balances = batch.accounts(ledger).balances
    balances[rep] = balances.get(rep, 0) + more
    return replace(inputs, batch=batch)


def _poorer(inputs: Inputs, ledger: LedgerKey, rep: RepId, fewer: int) -> Inputs:
    people = inputs.people
    won = people.totals.get(ledger, {})
    totals = {**people.totals, ledger: {**won, rep: won.get(rep, 0) - fewer}}
    return inputs.with_people(replace(people, totals=totals))
