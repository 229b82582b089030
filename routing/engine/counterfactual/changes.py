"""A decision's inputs, one change to them, and who gets the lead by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from routing.engine.batch import Batch
from routing.engine.case import Case
from routing.engine.ladder import climb
from routing.engine.types import Assigned, Decision, Deferred, Held, Lead, People, RepId, RepState, Rulebook, RuleId

Plain: TypeAlias = str | int | float | bool | None
"""A value as it is told: in words or as a number."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a decision is made of. `batch` stands where it stood before; `off` is a rule taken as switched off."""

    lead: Lead
    rulebook: Rulebook
    batch: Batch
    off: RuleId | None = None

    @property
    def people(self) -> People:
        return self.batch.people

    @property
    def now(self) -> datetime:
        return self.batch.now

    def case(self) -> Case:
        """The lead under decision by these inputs."""
        case = Case(self.lead, self.rulebook, self.batch)
        if self.off is not None:
            case.plan = case.plan.without(self.off)
        return case

    def with_people(self, people: People) -> Inputs:
        return replace(self, batch=self.batch.otherwise(people, self.now))

    def with_rep(self, state: RepState) -> Inputs:
        people = self.people
        return self.with_people(replace(people, reps={**people.reps, state.id: state}))


class ChangeKind(StrEnum):
    """What can be different, in the order in which it is tried."""

    GATE = "gate"
    TIME = "time"
    BALANCE = "balance"
    FACT = "fact"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: of what, from what to what, and in words that finish "Ana Diaz would have got the lead …"."""

    kind: ChangeKind
    what: str
    before: Plain
    after: Plain
    words: str
    make: Callable[[Inputs], Inputs] = field(repr=False, compare=False)


def decided(inputs: Inputs) -> Decision | Deferred:
    """What becomes of the lead."""
    return climb(inputs.case())


def getting(decision: Decision | Deferred) -> frozenset[RepId]:
    """Who gets the lead, or is offered it. Where a pool is asked that nothing is known of, nobody."""
    if isinstance(decision, Assigned):
        return frozenset({decision.rep})
    if isinstance(decision, Held):
        return frozenset(offer.rep for offer in decision.offers)
    return frozenset()
