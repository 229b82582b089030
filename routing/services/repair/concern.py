"""Which leads the change from one version to another concerns: only they may move in a repair.

Balances, hours and loads have moved on since a lead was decided, and so have pools and people: by now nearly every
turn would go to somebody else. That says nothing of the change. What says something is the way that the lead took:
the same up to where it went in both versions, read from the same people, and it would have gone there in both.
"""

from __future__ import annotations

from routing.engine.batch import Batch
from routing.engine.types import Lead, Method, People, Rulebook
from routing.engine.ways import Prior, prior_claims, up_to, way_of
from routing.models import Assignment

BEFORE_THE_RULES = frozenset({Method.RETURNING, Method.SAME_COMPANY})
"""Ways in that no rule decides: rules only lend them alert and response time."""


def is_concerned(
    owner: Assignment, before: Lead, after: Lead, wrong: Rulebook, right: Rulebook, people: People
) -> bool:
    """Whether the right version leads the lead another way. Never where both versions say the same.

    `before` and `after` are the lead as each of the versions reads it. Another way is: another step before the rules
    (duplicate, returning, same company), or another person, pool, set of members who meet the needs or answer to
    nobody being there at any rule up to the one that served it. Names, positions, alerts and strategies are none.
    """
    then = Batch(people, owner.assigned_at)
    if _other_claims(owner, prior_claims(before, wrong, then), prior_claims(after, right, then)):
        return True
    if owner.method in BEFORE_THE_RULES:
        return False
    served = up_to(way_of(before, wrong, then), owner.rule_id)
    way = way_of(after, right, then)
    if served and served[-1].rule == owner.rule_id:
        way = way[: len(served)]
    # else no rule served it: it went the whole way, and for nothing
    return way != served


def _other_claims(owner: Assignment, had: frozenset[Prior], has: frozenset[Prior]) -> bool:
    """Whether there is a claim that the owner's would have come after, or the one that gave them the lead is gone.

    One that is gone without that came to nothing anyway; but a lead may have waited for it until its last resort.
    """
    lost, new = had - has, has - had
    if owner.method == Method.RETURNING:
        new = frozenset(claim for claim in new if claim.step is not Method.SAME_COMPANY)
    if owner.method == Method.LAST_RESORT:
        return bool(lost or new)
    return bool(new) or any(claim.step == owner.method for claim in lost)
