"""Before the rules, in order: screen, pause, last attempt, duplicate, returning, same company, last resort."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from routing.engine.case import Case, OutOfReach
from routing.engine.earlier import duplicated, joined, returned
from routing.engine.folding import quoted
from routing.engine.owners import Claim, Nobody, Taken, honour, manager_of
from routing.engine.plan import PlannedRule
from routing.engine.rules import assigned, follow_rules, put_back
from routing.engine.types import (
    Away,
    Decision,
    Deferred,
    Duplicate,
    EarlierLead,
    Held,
    HeldReason,
    Lead,
    Method,
    Quarantined,
    Refusal,
    RepId,
    RuleId,
)


def climb(case: Case) -> Decision | Deferred:
    """The first step that decides."""
    for step in STEPS:
        try:
            decision = step(case)
        except OutOfReach as beyond:
            return _repeat(case, beyond)
        if decision is not None:
            return decision
    return follow_rules(case)


def _repeat(case: Case, beyond: OutOfReach) -> Deferred:
    """Steps before the rules are always repeated: only the place among the rules is kept."""
    resume = case.lead.resume
    if resume is not None and resume.version == case.rulebook.version:
        case.looks.extend(resume.rules)
        return put_back(case, resume.rule, beyond, overflow=resume.overflow)
    return put_back(case, case.plan.rules[0].rule.id if case.plan.rules else None, beyond)


def _screen(case: Case) -> Decision | None:
    """Spam goes to review; what the router cannot decide waits for the last resort."""
    if case.lead.screen_reason:
        return Quarantined(case.lead.screen_reason, case.trace())
    if not case.lead.undecidable:
        return None
    taken = None if case.batch.people.paused else _last_resort(case)
    return taken or Held(
        HeldReason.UNDECIDABLE,
        "Routing failed on this lead again and again: it goes to the last resort",
        case.trace(),
        look_again_at=case.lead.hold_deadline_at,
        first_reached=case.first_reached,
    )


def _pause(case: Case) -> Decision | None:
    if not case.batch.people.paused:
        return None
    reason = "Routing is paused for everybody"
    return Held(HeldReason.PAUSED, reason, case.trace(), first_reached=case.first_reached)


def _last_attempt(case: Case) -> Decision | None:
    """Nobody answered it as often as its SLA policy allows: a manager owns it."""
    if case.lead.moved is None or not case.lead.moved.last_attempt:
        return None
    taken = manager_of(case, "nobody answered it as often as the SLA policy lets it move on")
    return assigned(case, taken, None) if taken else None


def _duplicate(case: Case) -> Decision | None:
    first = duplicated(case.lead, case.earlier, case.rulebook.settings)
    if first is None:
        return None
    minutes = (case.lead.submitted_at - first.submitted_at).total_seconds() / 60
    ago = "less than a minute" if minutes < 1 else f"{minutes:.0f} min"
    return Duplicate(first.id, f"The same person sent the same form {ago} before", case.trace())


def _returning(case: Case) -> Decision | None:
    earlier = returned(case.lead, case.earlier, case.rulebook.settings)
    if earlier is None:
        return None
    because = f"owns the earlier request of {earlier.label}, who is back"
    return _follow(case, earlier, case.first_match(), Method.RETURNING, because)


def _same_company(case: Case) -> Decision | None:
    settings = case.rulebook.settings
    if not settings.same_company:
        return None
    colleague = joined(case.lead, case.earlier, settings, case.now)
    if colleague is None or colleague.id == case.follows:
        return None
    rule = case.first_match()
    if rule is not None and not rule.rule.same_company:
        case.steps.append(f"The rule {quoted(rule.rule.name)} does not join leads of one company")
        return None
    because = f"owns the request of {colleague.label}, of the same company"
    return _follow(case, colleague, rule, Method.SAME_COMPANY, because)


def _follow(
    case: Case, earlier: EarlierLead, planned: PlannedRule | None, method: Method, because: str
) -> Decision | None:
    """The owner of the earlier lead takes this one too; while away their backup; else it is routed anew and linked."""
    if earlier.owner is None:
        return None
    outcome = honour(case, _claim(earlier.owner, planned, method, because))
    rule = planned.rule.id if planned else None
    if isinstance(outcome, Taken):
        case.follows = earlier.id
        return assigned(case, outcome, rule)
    if outcome.wait and not deadline_passed(case.lead, case.now):
        return _wait_for_owner(case, outcome, rule)
    case.follows = case.follows or earlier.id
    case.steps.append(f"{case.name(earlier.owner)} {because}, but cannot take it ({_why(outcome)}): routed anew")
    return None


def _claim(owner: RepId, planned: PlannedRule | None, method: Method, because: str) -> Claim:
    """What the rule that applies says of owners who are away."""
    if planned is None:
        return Claim(owner, method, because)
    away = getattr(planned.rule.destination, "away", Away.BACKUP)
    return Claim(owner, method, because, away, planned.rule.answer_now, units=planned.rule.units)


def _why(nobody: Nobody) -> str:
    return nobody.detail.partition(": ")[2] or nobody.detail


def _wait_for_owner(case: Case, nobody: Nobody, rule: RuleId | None) -> Held:
    reason = f"Waiting for the owner: {nobody.detail}"
    return Held(HeldReason.WAITING, reason, case.trace(), rule, None, nobody.due_at, first_reached=case.first_reached)


def _last_resort(case: Case) -> Decision | None:
    """At the hold deadline the first active person of the list owns the lead; leave, pause, hours and caps aside."""
    if not deadline_passed(case.lead, case.now):
        return None
    for rep in case.batch.people.last_resort:
        state = case.rep(rep)
        if state.standing is not Refusal.INACTIVE and rep not in case.lead.owned_before:
            reason = f"{state.name} is the last resort: nobody took the lead before its deadline"
            return assigned(case, Taken(rep, Method.LAST_RESORT, reason), None)
    case.steps.append("The deadline has passed, but nobody of the last resort is active")
    return None


def deadline_passed(lead: Lead, now: datetime) -> bool:
    """Whether nobody took the lead in time, so that the last resort may own it."""
    return lead.hold_deadline_at is not None and now >= lead.hold_deadline_at


STEPS: tuple[Callable[[Case], Decision | None], ...] = (
    _screen,
    _pause,
    _last_attempt,
    _duplicate,
    _returning,
    _same_company,
    _last_resort,
)
