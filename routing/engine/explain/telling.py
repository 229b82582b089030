"""A whole decision in sentences, the reason first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from routing.engine.explain.choice import why_chosen
from routing.engine.explain.discreet import discreet
from routing.engine.explain.rules import rule_sentences
from routing.engine.explain.values import Told, Values, sentence
from routing.engine.folding import quoted
from routing.engine.types import Method, Outcome

NO_NAMES: Mapping[str, str] = MappingProxyType({})
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        Outcome.PARKED: "It went to nurture and to nobody for now: {reason}",
        Outcome.DUPLICATE: "{reason}, so it was joined to that lead",
        Outcome.QUARANTINED: "It went to review: {reason}",
    }
)
LENT = (Method.RETURNING, Method.SAME_COMPANY)
"""Leads that came this way follow an owner: a rule only lends them its alert and response time."""


def sentences(decision: Values, names: Mapping[str, str] = NO_NAMES, *, only: str | None = None) -> list[str]:
    """Why a lead went where it went, the reason first. `names`: e-mail address → name of a rep.

    `only`: a rep (by e-mail address) asks, who is told nothing of what others had or why they could not.
    """
    told = Told(decision if only is None else discreet(decision), names)
    trace = told.trace
    return list(
        dict.fromkeys(
            [
                *(sentence(text) for text in _reason(told)),
                *_match(trace.get("match")),
                *(sentence(step) for step in trace.get("steps", ())),
                *(text for look in trace.get("rules", ()) for text in rule_sentences(look)),
                *_candidates(told, only),
            ]
        )
    )


def reason_of(told: Told) -> str:
    """The deciding reason in one sentence."""
    return sentence(next(_reason(told)))


def _reason(told: Told) -> Iterator[str]:
    chosen, outcome = why_chosen(told), told.decision.get("outcome")
    if told.offered:
        yield _offered(told)
    if chosen is not None:
        yield chosen
        yield from _way_in(told)
        yield from told.trace.get("notes", ())
    elif not told.offered:
        yield OUTCOMES.get(outcome or "", "{reason}").format(reason=told.reason.removesuffix("."))
    if told.decision.get("method") in LENT and told.decision.get("rule"):
        yield f"The rule {quoted(told.decision['rule'])} did not choose: it only lent its alert and response time"


def _offered(told: Told) -> str:
    if len(told.offered) == 1:
        return f"It was offered to {told.name(told.offered[0])} first"
    return f"It was offered to {len(told.offered)} people in {told.pool}: the first to claim it has it"


def _way_in(told: Told) -> Iterator[str]:
    """How the lead came to the pool where that was not straight by a rule; the stored reason begins with it."""
    came, colon, _ = told.reason.partition(": ")
    method = told.decision.get("method")
    if colon and method in (Method.TERRITORY, Method.TABLE):
        yield f"It came to {told.pool} by the {came[0].lower()}{came[1:]}"
    if method == Method.OVERFLOW:
        yield f"Nobody at the rule's own destination could take it, so it overflowed to {told.pool}"
    if "nobody is on shift, so" in told.reason.lower():
        yield "Nobody was on shift, and the rule gives leads out all the same"


def _match(match: Values | None) -> Iterator[str]:
    if match:
        evidence = f"{match['evidence']} ({match['confidence']:.0%} sure)"
        yield f"The lead belongs to the account {match['account']}: {evidence}."


def _candidates(told: Told, only: str | None) -> Iterator[str]:
    if not told.candidates:
        return
    able = sum(1 for candidate in told.candidates if candidate["eligible"])
    yield f"{able} of {len(told.candidates)} in {told.pool} could take it."
    for candidate in told.candidates:
        if not candidate["eligible"] and only in (None, candidate["rep"]):
            yield sentence(f"{told.name(candidate['rep'])} could not: {refusal_of(candidate)}")


def refusal_of(candidate: Values) -> str:
    return candidate.get("detail") or ", ".join(candidate.get("reasons", ())).replace("_", " ") or "refused"
