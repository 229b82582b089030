"""Why a lead went where it went, why not to somebody else, and what would have had to be different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reps.models import Rep
from routing.engine.counterfactual import Change, Inputs, counterfactual, decided, getting
from routing.engine.explain import discreet, sentences, why_not
from routing.engine.gates import Way, refusals
from routing.models import Decision
from routing.snapshots.other_times import people_with, timetable_of
from routing.snapshots.rebuild import CannotRebuild, rebuild
from routing.snapshots.rulebook import rulebook_version
from routing.snapshots.traces import expand

BY_HAND = "A person decided this, not the rules."
TOO_OLD = "Too little was kept of this decision to say what else could have come of it."
OTHERS = "A rep is told of their own figures only."


@dataclass(frozen=True, slots=True)
class Explanation:
    """`sentences` tell the decision, the reason first. `why_not` is about the rep asked for; None if nobody was.

    `counterfactual` is {kind, what, from, to, text}: the one change by which the rep would have got the lead, its kind
    being gate, time, balance, fact or rule; or {kind: "none", text} if no single change suffices. None if nobody was
    asked for, the rep got the lead, or the decision cannot be made again (`complete` is False, and a sentence says so).
    """

    sentences: list[str]
    why_not: str | None = None
    counterfactual: dict[str, Any] | None = None
    complete: bool = True


def explain(*, decision: Decision, rep: Rep | None, now: datetime, for_rep: Rep | None = None) -> Explanation:
    """Explain a stored decision. `for_rep`: a rep asks, who sees only the winner and their own figures."""
    told = _as_told(decision)
    names = {one.email: one.name for one in (rep, decision.rep, for_rep) if one is not None}
    lines = sentences(told, names, only=for_rep.email if for_rep else None)
    if rep is None:
        return Explanation(lines)
    winner = decision.rep_id == rep.pk
    if for_rep is not None and rep.pk != for_rep.pk and not winner:
        return Explanation(lines, OTHERS)
    inputs = _inputs(decision, rep)
    also = _refused_by(inputs, rep, decision) if inputs else []
    because = why_not(rep.email, told if for_rep is None else discreet(told), names, also=also)
    if inputs is None:
        return Explanation([*lines, _why_incomplete(decision)], because, complete=False)
    return Explanation(lines, because, None if winner else _otherwise(inputs, rep, decision))


def _as_told(decision: Decision) -> Mapping[str, Any]:
    """The decision as the API shows it."""
    return {
        "outcome": decision.outcome,
        "method": decision.method,
        "pool": decision.pool.name if decision.pool else None,
        "rule": decision.rule_name or None,
        "reason": decision.reason,
        "trace": expand([decision])[0],
    }


def _why_incomplete(decision: Decision) -> str:
    return TOO_OLD if decision.snapshot_id is None and not _by_hand(decision) else BY_HAND


def _by_hand(decision: Decision) -> bool:
    return decision.method in ("manual", "manager", "claim")


def _inputs(decision: Decision, rep: Rep) -> Inputs | None:
    """What the decision was made of, with the rep among the people; None if that was not kept."""
    try:
        made = rebuild(decision)
    except CannotRebuild:
        return None
    published = rulebook_version(made.rulebook.version)
    people = people_with(made.people, rep.pk, published=published, now=made.now)
    inputs = Inputs(made.lead, made.rulebook, made.batch.otherwise(people, made.now))
    afresh = replace(inputs, lead=replace(made.lead, resume=None))
    return afresh if getting(decided(afresh)) == getting(decided(inputs)) != frozenset() else inputs


def _refused_by(inputs: Inputs, rep: Rep, decision: Decision) -> list[str]:
    """Every gate that refused the rep, as a member of the pool that chose or as anybody."""
    state = inputs.people.reps.get(rep.pk)
    if state is None:
        return []
    lead, given = inputs.lead, inputs.batch.given
    burst = inputs.rulebook.settings.release_burst if lead.released else None
    had_before = lead.owned_before | lead.declined_offer
    found = refusals(state, Way(burst=burst), given=given, had_before=had_before, pool=decision.pool_id)
    return [refusal.detail for refusal in found]


def _otherwise(inputs: Inputs, rep: Rep, decision: Decision) -> dict[str, Any] | None:
    if rep.pk in getting(decided(inputs)):
        return None
    published = rulebook_version(inputs.rulebook.version)
    timetable = timetable_of(inputs.people, published=published, now=inputs.now)
    change = counterfactual(inputs, rep.pk, timetable)
    if change is None:
        return {"kind": "none", "text": f"No single change would have given the lead to {rep.name}."}
    return _as_data(change, rep, decision)


def _as_data(change: Change, rep: Rep, decision: Decision) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "what": change.what,
        "from": change.before,
        "to": change.after,
        "text": f"{rep.name} would have got the lead {change.words}.",
    }
