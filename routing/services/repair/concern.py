"""Which leads the change from one version to another concerns: only they may move in a repair.

Balances, hours and loads have moved on since a lead was decided, so by now nearly every turn would go to somebody
else. That says nothing of the change. What says something is the way that the lead took: the same up to where it went
in both versions, and it would have gone there in both.
"""

from __future__ import annotations

from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.types import Assigned, Decision, Deferred, Duplicate, Lead, Method, Quarantined, Rulebook
from routing.engine.ways import Stop, up_to, way_of
from routing.models import Assignment

BEFORE_THE_RULES = frozenset({Method.RETURNING, Method.SAME_COMPANY})
"""Ways in that no rule decides: rules only lend them alert and response time."""


def is_concerned(owner: Assignment, before: Lead, after: Lead, wrong: Rulebook, right: Rulebook, today: Batch) -> bool:
    """Whether the right version leads the lead another way, or never to its owner.

    `before` and `after` are the lead as each of the versions reads it. Another way is: another step before the rules
    (duplicate, returning, same company), or another person, pool, set of members who meet the needs or answer to
    nobody being there at any rule up to the one that served it. Names, positions, alerts and strategies are none.
    """
    if _before_rules(decide(before, wrong, today)) != _before_rules(decide(after, right, today)):
        return True
    if owner.method in BEFORE_THE_RULES:
        return False
    then = Batch(today.people, owner.assigned_at)
    served = up_to(way_of(before, wrong, then), owner.rule_id)
    way = way_of(after, right, then)[: len(served)]
    return way != served or not _may_have_it(owner, way)


def _before_rules(decision: Decision | Deferred) -> tuple[object, ...]:
    """What the steps before the rules came to; empty where they left the lead to the rules."""
    if isinstance(decision, Duplicate):
        return Duplicate, decision.of
    if isinstance(decision, Quarantined):
        return (Quarantined,)
    if isinstance(decision, Assigned) and decision.method in BEFORE_THE_RULES:
        return decision.method, decision.rep
    return ()


def _may_have_it(owner: Assignment, way: tuple[Stop, ...]) -> bool:
    """Whether the owner still is somebody whom the pool could choose; whoever was named is."""
    if owner.pool_id is None or not way or way[-1].rule != owner.rule_id:
        return True
    return way[-1].admits(owner.rep_id, owner.pool_id)
