"""The rules, by position: the first that matches and can be served wins."""

from __future__ import annotations

from collections.abc import Mapping

from routing.engine.case import Case, OutOfReach
from routing.engine.destinations import serve, when_nobody
from routing.engine.folding import quoted
from routing.engine.owners import Nobody, Taken, manager_of, stand_in
from routing.engine.plan import PlannedRule
from routing.engine.types import (
    Assigned,
    Decision,
    Deferred,
    Held,
    HeldReason,
    Lead,
    OverflowTo,
    Parked,
    Resume,
    Rule,
    Rulebook,
    RuleId,
    RuleLook,
    RuleResult,
    ToPark,
    WaitThenNext,
)

_WHY_HELD: Mapping[RuleResult, HeldReason] = {
    RuleResult.EMPTY_POOL: HeldReason.EMPTY_POOL,
    RuleResult.POOL_PAUSED: HeldReason.PAUSED,
}
_PARKED_BEFORE = "it parks leads, and this one has been parked before and returned"
_TRIED = Nobody(RuleResult.NOBODY_AVAILABLE, "nobody there could take it, so it overflowed")


def follow_rules(case: Case) -> Decision | Deferred:
    """Look at one rule after the other, from where the lead was put back if it was, until one serves it."""
    start = resumed_at(case.lead, case.rulebook, case.plan.index)
    if start and case.lead.resume is not None:
        case.looks.extend(case.lead.resume.rules)
    unserved: RuleLook | None = None
    for planned in case.plan.rules[start:]:
        look, warnings = planned.mismatch(case.facts)
        if look is not None:
            case.looks.append(look)
            continue
        if isinstance(planned.rule.destination, ToPark) and case.lead.parked_before:
            # else it would be parked again at once, for ever
            case.looks.append(planned.look(RuleResult.PARKED_BEFORE, _PARKED_BEFORE, warnings))
            continue
        case.asked = None
        decision = _try(case, planned, warnings)
        if decision is not None:
            return decision
        unserved = case.looks[-1]
    return _held(case, unserved)


def resumed_at(lead: Lead, rulebook: Rulebook, index: Mapping[RuleId, int]) -> int:
    """The position of the rule at which a lead goes on; 0 after a new version was published."""
    resume = lead.resume
    return index.get(resume.rule, 0) if resume is not None and resume.version == rulebook.version else 0


def overflowing(lead: Lead, rulebook: Rulebook, rule: RuleId) -> bool:
    """Whether the lead was put back for the pool that this rule overflows to."""
    resume = lead.resume
    return resume is not None and resume.version == rulebook.version and resume.rule == rule and resume.overflow is True


def put_back(case: Case, rule: RuleId | None, beyond: OutOfReach, *, overflow: bool = False) -> Deferred:
    """The lead goes on at this rule in the next batch; without one, from the start."""
    resume = None
    if rule is not None:
        resume = Resume(case.rulebook.version, rule, overflow, tuple(case.looks), beyond.rep, case.soonest, case.hope)
    return Deferred(resume, beyond.pool, beyond.rep, case.first_reached)


def _try(case: Case, planned: PlannedRule, warnings: tuple[str, ...]) -> Decision | Deferred | None:
    """Serve the lead by a rule that matches; None if the next rule is to be looked at."""
    rule = planned.rule
    if isinstance(rule.destination, ToPark):
        case.looks.append(planned.look(RuleResult.SERVED, "", warnings))
        return _parked(case, rule, rule.destination)
    if isinstance(rule.when_nobody, WaitThenNext):
        case.first_reached.setdefault(rule.id, case.now)
    try:
        served = _TRIED if overflowing(case.lead, case.rulebook, rule.id) else serve(case, rule)
    except OutOfReach as beyond:
        return put_back(case, rule.id, beyond)
    detail = ""
    outcome: Taken | Held | Nobody | None = served
    if isinstance(served, Nobody):
        detail = served.detail
        try:
            outcome = stand_in(case, rule.units) or when_nobody(case, planned, served, warnings)
        except OutOfReach as beyond:
            overflow = isinstance(rule.when_nobody, OverflowTo)
            if overflow:
                case.looks.append(planned.look(served.result, detail, warnings))
            return put_back(case, rule.id, beyond, overflow=overflow)
    if not isinstance(outcome, Taken):
        return outcome if isinstance(outcome, Held) else None
    if outcome.offers:
        case.looks.append(planned.look(RuleResult.OFFERED, detail, warnings))
        return _offered(case, outcome, rule.id)
    case.looks.append(planned.look(RuleResult.SERVED, detail, warnings))
    return assigned(case, outcome, rule.id)


def _parked(case: Case, rule: Rule, to: ToPark) -> Parked:
    reason = to.reason or f"Parked by the rule {quoted(rule.name)}"
    return Parked(reason, to.review_days, case.trace(), rule.id, case.first_reached)


def assigned(case: Case, taken: Taken, rule: RuleId | None) -> Assigned:
    return Assigned(
        taken.rep,
        taken.method,
        taken.reason,
        case.trace(),
        rule,
        taken.pool,
        taken.posting,
        case.follows,
        max(1, taken.units),
        case.first_reached,
    )


def _offered(case: Case, taken: Taken, rule: RuleId) -> Held:
    """Nobody owns the lead until one of those takes it to whom it is offered; the first in line is the reason."""
    several = len(taken.offers) > 1
    whom = f"{len(taken.offers)} who can claim it" if several else case.name(taken.rep)
    reason = f"Offered to {whom}. {taken.reason}"
    until = min(offer.until for offer in taken.offers)
    return Held(HeldReason.OFFERED, reason, case.trace(), rule, taken.pool, until, taken.offers, case.first_reached)


def _held(case: Case, unserved: RuleLook | None) -> Assigned | Held:
    """Nobody can take the lead now, or there is no rule for it. If everybody has had it, a manager owns it."""
    if not case.hope and (taken := manager_of(case, "everybody who could take it has had it")):
        return assigned(case, taken, None)
    if unserved is None:
        reason = "No rule matches this lead"
        if any(look.result is RuleResult.PARKED_BEFORE for look in case.looks):
            reason += " but such as park leads, and it has been parked before"
        return Held(HeldReason.NO_RULE, reason, case.trace(), first_reached=case.first_reached)
    return Held(
        _WHY_HELD.get(unserved.result, HeldReason.NOBODY_AVAILABLE),
        f"Waiting, as {unserved.detail} (rule {quoted(unserved.name)})",
        case.trace(),
        unserved.rule,
        case.asked,
        case.soonest,
        first_reached=case.first_reached,
    )
