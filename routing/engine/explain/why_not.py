"""Why a rep did not get the lead; or why they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routing.engine.explain.choice import why_behind, why_chosen
from routing.engine.explain.telling import NO_NAMES, reason_of, refusal_of
from routing.engine.explain.values import Told, Values, sentence
from routing.engine.types import Outcome


def why_not(rep: str, decision: Values, names: Mapping[str, str] = NO_NAMES, *, also: Sequence[str] = ()) -> str:
    """About the rep with this e-mail address. `also` are further gates that refused them, in words."""
    told = Told(decision, names)
    name, candidate = told.name(rep), told.candidate(rep)
    reason = reason_of(told)
    if rep == told.trace.get("winner"):
        return f"{name} got the lead. {reason}"
    if rep in told.offered:
        return f"{name} was offered the lead. {sentence(why_chosen(told) or 'Whoever takes it first has it')}"
    if candidate is not None and not candidate["eligible"]:
        return sentence(f"{name} could not take it: {refusal_of(candidate)}{_further(refusal_of(candidate), also)}")
    if candidate is not None:
        return _passed_over(told, name, candidate, reason)
    return _not_asked(told, name, also, reason)


def _further(first: str, also: Sequence[str]) -> str:
    more = [text for text in also if text != first]
    return f"; nor without that: {'; '.join(more)}" if more else ""


def _passed_over(told: Told, name: str, candidate: Values, reason: str) -> str:
    winner = told.candidate(told.chosen)
    if winner is not None:
        return sentence(f"{name} could take it, but {why_behind(told, candidate, winner)}")
    return sentence(f"{name} could take it from {told.pool}, but it went another way: {reason}")


def _not_asked(told: Told, name: str, also: Sequence[str], reason: str) -> str:
    """Nobody looked at them as a member of a pool."""
    apart = sentence(f"Besides, {name} could not have taken it: {'; '.join(also)}") if also else ""
    outcome = told.decision.get("outcome")
    if outcome in (Outcome.PARKED, Outcome.DUPLICATE, Outcome.QUARANTINED):
        return f"Nobody got the lead. {reason}"
    if not told.candidates:
        return f"It was not shared out in a pool, so {name} was not compared with anybody. {reason} {apart}".rstrip()
    asked = "the pool that the lead went to" if told.chosen else "the pool that was asked last"
    return f"{name} is not a member of {told.pool}, {asked}. {apart}".rstrip()
