"""The way of a lead, whoever happens to be there: who claims it before any rule, and where each rule would send it.

Two rulebooks with the same way up to where a lead went would have treated it alike at any hour of the day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from routing.engine.batch import Batch
from routing.engine.case import Case
from routing.engine.decide import named_by
from routing.engine.earlier import duplicated, joined, returned
from routing.engine.needs import asked_now, lacking
from routing.engine.strategies import fit_of, learned_of
from routing.engine.types import (
    Away,
    Lead,
    Method,
    Outcome,
    OverflowTo,
    PoolId,
    Refusal,
    RepId,
    Rule,
    Rulebook,
    RuleId,
    Strategy,
    ToPark,
    WhenNobody,
)


class Prior(NamedTuple):
    """A claim that comes before the rules: by which step, and whose (for a duplicate, of which lead)."""

    step: Method | Outcome
    of: int | None


@dataclass(frozen=True, slots=True)
class Stop:
    """A rule that matches: the person or the pools it leads to (its own, and where it overflows), or nurture.

    With each pool stand its members who meet every need whose patience is not over and, by intent, fit: hours, leave,
    pauses and caps aside.
    """

    rule: RuleId = field(compare=False)
    rep: RepId | None
    pools: tuple[tuple[PoolId, frozenset[RepId]], ...]
    parks: bool
    when_nobody: WhenNobody
    away: Away | None
    answer_now: bool

    def admits(self, rep: RepId, pool: PoolId) -> bool:
        """Whether somebody could get the lead here, by that pool."""
        return any(found == pool and rep in able for found, able in self.pools)


def prior_claims(lead: Lead, rulebook: Rulebook, batch: Batch) -> frozenset[Prior]:
    """What the steps before the rules find at the batch's instant, whether or not it could take the lead."""
    case, settings = Case(lead, rulebook, batch), rulebook.settings
    first = duplicated(lead, case.earlier, settings)
    if first is not None:
        return frozenset({Prior(Outcome.DUPLICATE, first.id)})
    same = returned(lead, case.earlier, settings)
    claims = {Prior(Method.RETURNING, same.owner)} if same else set()
    colleague = joined(lead, case.earlier, settings, case.now) if settings.same_company else None
    # a lead is followed once only: whoever could not take it as returning is not asked again
    if colleague is not None and (same is None or colleague.id != same.id):
        rule = case.first_match()
        if rule is None or rule.rule.same_company:
            claims.add(Prior(Method.SAME_COMPANY, colleague.owner))
    return frozenset(claims)


def way_of(lead: Lead, rulebook: Rulebook, batch: Batch) -> tuple[Stop, ...]:
    """The stops in order, at the batch's instant. A rule that leads nowhere for this lead is none.

    A lead that came back from nurture does not stop there again.
    """
    case = Case(lead, rulebook, batch)
    matching = (planned.rule for planned in case.plan.rules if planned.applies(case.facts))
    stops = (_stop(case, rule) for rule in matching)
    return tuple(stop for stop in stops if stop.parks or stop.pools or stop.rep is not None)


def up_to(way: tuple[Stop, ...], rule: RuleId | None) -> tuple[Stop, ...]:
    """The way as far as that rule; all of it if the rule is not on it."""
    last = next((number for number, stop in enumerate(way) if stop.rule == rule), len(way))
    return way[: last + 1]


def _stop(case: Case, rule: Rule) -> Stop:
    rep, pool = named_by(case, rule.destination)
    overflow = rule.when_nobody.pool if isinstance(rule.when_nobody, OverflowTo) else None
    pools = [one for one in (pool, overflow) if one is not None and one in case.rulebook.pools]
    return Stop(
        rule=rule.id,
        rep=rep,
        pools=tuple((one, _able(case, rule, one)) for one in pools),
        parks=isinstance(rule.destination, ToPark) and not case.lead.parked_before,
        when_nobody=rule.when_nobody,
        away=None if rep is None else getattr(rule.destination, "away", None),
        answer_now=rep is not None and rule.answer_now,
    )


def _able(case: Case, rule: Rule, pool_id: PoolId) -> frozenset[RepId]:
    """Members whom nothing lasting keeps from the lead; by intent those who fit, if anybody does."""
    pool, people = case.rulebook.pools[pool_id], case.batch.people
    spoken = next(iter(case.facts.see("language").folded), "")
    first = case.first_reached.get(rule.id, case.now)
    asked = asked_now((*rule.needs, *pool.needs), language=spoken, first=first, now=case.now).needs
    members = (member.rep for member in people.members.get(pool_id, ()) if member.weight > 0)
    states = [people.reps[rep] for rep in members if rep in people.reps]
    able = [state for state in states if state.standing is not Refusal.INACTIVE and lacking(state, asked) is None]
    if pool.strategy is Strategy.INTENT:
        topics, least = case.lead.topics, pool.minimum_fit
        fitting = [state for state in able if fit_of(state, topics, learned_of(people, pool, state.id)) >= least]
        able = fitting or able
    return frozenset(state.id for state in able)
