"""Decide about one lead; and tell beforehand which pools and people it reaches first, so that they can be locked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from routing.engine.batch import Batch
from routing.engine.case import Case
from routing.engine.ladder import climb, deadline_passed
from routing.engine.rules import overflowing, resumed_at
from routing.engine.tables import row_of
from routing.engine.territories import owner_of
from routing.engine.types import (
    Decision,
    Deferred,
    Destination,
    Lead,
    OverflowTo,
    People,
    PoolId,
    RepId,
    Rule,
    Rulebook,
    ToAccountOwner,
    ToPark,
    ToPool,
    ToRep,
    ToTable,
    ToTerritory,
)

__all__ = ["Reach", "decide", "named_by", "reach"]


def decide(lead: Lead, rulebook: Rulebook, batch: Batch) -> Decision | Deferred:
    """What becomes of a lead. Pure: the batch is read, not changed; the same inputs give the same decision."""
    case = Case(lead, rulebook, batch)
    decision = climb(case)
    case.let_go()
    return decision


@dataclass(frozen=True, slots=True)
class Reach:
    """The pools and the named people that a lead reaches first; their backups are for the caller to add.

    `last_resort`: the lead has waited so long that those may get it who are the last resort.
    """

    pools: frozenset[PoolId] = frozenset()
    reps: frozenset[RepId] = frozenset()
    last_resort: bool = False


def reach(lead: Lead, rulebook: Rulebook, now: datetime) -> Reach:
    """What must be locked to decide about a lead, or at least to get on with it."""
    reps = {earlier.owner for earlier in lead.earlier if earlier.owner is not None}
    if lead.match is not None:
        reps |= {*lead.match.people.values(), *({lead.match.owner} if lead.match.owner is not None else ())}
    if lead.resume is not None and lead.resume.rep is not None:
        reps.add(lead.resume.rep)
    if lead.moved is not None:
        reps |= {lead.moved.rep, *lead.moved.managers}
    pools: frozenset[PoolId] = frozenset()
    if not lead.screen_reason:
        case = Case(lead, rulebook, _of_nobody(now))
        first = _first_destination(case)
        case.let_go()
        pools, named = first.pools, first.reps
        reps |= named
    return Reach(pools, frozenset(reps), deadline_passed(lead, now))


@lru_cache(maxsize=1)
def _of_nobody(now: datetime) -> Batch:
    """A batch before anybody was read: all leads of one look at it."""
    return Batch(People({}, {}, {}), now)


def _first_destination(case: Case) -> Reach:
    """Of the first rule that matches and leads anywhere, from where the lead was put back."""
    lead, rulebook = case.lead, case.rulebook
    for planned in case.plan.rules[resumed_at(lead, rulebook, case.plan.index) :]:
        if not planned.applies(case.facts):
            continue
        if isinstance(planned.rule.destination, ToPark):
            if lead.parked_before:
                continue
            return Reach()
        found = _overflow_of(planned.rule)
        if not overflowing(lead, rulebook, planned.rule.id):
            found = _destination_of(case, planned.rule) or found
        if found is not None:
            return found
    return Reach()


def _overflow_of(rule: Rule) -> Reach | None:
    return Reach(pools=frozenset({rule.when_nobody.pool})) if isinstance(rule.when_nobody, OverflowTo) else None


def _destination_of(case: Case, rule: Rule) -> Reach | None:
    """The pool or person a rule sends a lead to; None if there is none for this lead."""
    rep, pool = named_by(case, rule.destination)
    if pool is not None and pool in case.rulebook.pools:
        return Reach(pools=frozenset({pool}))
    return Reach(reps=frozenset({rep})) if rep is not None else None


def named_by(case: Case, to: Destination) -> tuple[RepId | None, PoolId | None]:
    """The person or the pool that a destination means for this lead; neither where it means nobody."""
    match = case.lead.match
    if isinstance(to, ToTable):
        to = row_of(case, to)[1] or to
    if isinstance(to, ToPool):
        return None, to.pool
    if isinstance(to, ToRep):
        return to.rep, None
    if isinstance(to, ToTerritory) and case.territory is not None:
        return owner_of(case.rulebook.territories, case.territory)[:2]
    if isinstance(to, ToAccountOwner) and match is not None:
        return match.held_by(to.role), None
    return None, None
