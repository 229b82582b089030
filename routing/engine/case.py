"""One lead under decision: what is known, and what was found out so far."""

from __future__ import annotations

from datetime import datetime

from routing.engine.batch import Batch
from routing.engine.conditions import Facts
from routing.engine.folding import fold
from routing.engine.operators import View
from routing.engine.plan import Plan, PlannedRule, plan_of
from routing.engine.signals import SIGNAL, strengths
from routing.engine.territories import chain_of
from routing.engine.types import (
    EarlierLead,
    Lead,
    LeadId,
    PoolId,
    Refusal,
    RepId,
    RepState,
    Rulebook,
    RuleId,
    RuleLook,
    Selection,
    Territory,
    Trace,
)


class OutOfReach(Exception):
    """Somebody or a pool is needed that the batch holds no lock on: the lead goes on in the next one."""

    def __init__(self, *, pool: PoolId | None = None, rep: RepId | None = None) -> None:
        super().__init__()
        self.pool = pool
        self.rep = rep


class Case:
    """Everything that deciding about one lead needs and finds out. Lives as long as the decision takes."""

    def __init__(self, lead: Lead, rulebook: Rulebook, batch: Batch) -> None:
        self.lead = lead
        self.rulebook = rulebook
        self.batch = batch
        self.now: datetime = batch.now
        self.plan: Plan = plan_of(rulebook)
        self.facts = Facts(self.fact, View(batch.now, self.plan.zone, self._in_territory), batch.looks)
        self.had_before = lead.owned_before | lead.declined_offer
        self.steps: list[str] = list(rulebook.warnings)
        self.looks: list[RuleLook] = []
        self.first_reached: dict[RuleId, datetime] = dict(lead.first_reached)
        self.selection: Selection | None = None
        self.asked: PoolId | None = None
        resume = lead.resume if lead.resume and lead.resume.version == rulebook.version else None
        self.soonest: datetime | None = resume.soonest if resume else None
        self.hope: bool = bool(resume and resume.hope)
        self.backup_asked = False
        self.follows: LeadId | None = None
        self._territory: Territory | None | bool = False
        self._earlier: tuple[EarlierLead, ...] | None = None

    def let_go(self) -> None:
        """Forget everything. A case and its facts refer to each other, and would wait for the next look for garbage."""
        vars(self).clear()

    @property
    def territory(self) -> Territory | None:
        """The territory that the lead lies in, worked out when it is first asked for."""
        if isinstance(self._territory, bool):
            self._territory = self.plan.atlas.locate(self.lead.facts.get, self.now)
        return self._territory

    @property
    def earlier(self) -> tuple[EarlierLead, ...]:
        """Leads that may be of the same person or company, as this batch has changed them."""
        if self._earlier is None:
            self._earlier = self.batch.earlier_than(self.lead)
        return self._earlier

    def rep(self, rep: RepId) -> RepState:
        """The state of somebody. Raises OutOfReach if the batch does not know them (yet)."""
        state = self.batch.people.reps.get(rep)
        if state is not None:
            return state
        if self.lead.resume is not None and self.lead.resume.rep == rep:
            return RepState(rep, "Somebody", standing=Refusal.INACTIVE, standing_detail="no longer here")
        raise OutOfReach(rep=rep)

    def name(self, rep: RepId) -> str:
        state = self.batch.people.reps.get(rep)
        return state.name if state else "Somebody"

    def due(self, instant: datetime | None) -> None:
        """Remember when the earliest of those who cannot take the lead now can."""
        if instant is not None and (self.soonest is None or instant < self.soonest):
            self.soonest = instant

    def first_match(self) -> PlannedRule | None:
        """The first rule that is enabled and whose conditions match: it sets alert, SLA and the like."""
        return next((planned for planned in self.plan.rules if planned.applies(self.facts)), None)

    def trace(self) -> Trace:
        return Trace(self.rulebook.version, tuple(self.steps), tuple(self.looks), self.selection)

    def fact(self, field: str) -> object:
        """What is known of the lead under the name of a field."""
        if field.startswith(SIGNAL):
            return strengths(self.lead.signals, field.removeprefix(SIGNAL), self.now)
        value: object = self.lead.facts.get(field)
        if value is None and field == "territory":
            return self.territory.name if self.territory else None
        if value is None and field.startswith("account.") and self.lead.match is not None:
            return self.lead.match.facts.get(field)
        return value

    def _in_territory(self, name: str) -> bool:
        """Whether the lead's territory, or one that it is part of, has this name."""
        if self.territory is None:
            return False
        return any(fold(link.name) == fold(name) for link in chain_of(self.rulebook.territories, self.territory))
