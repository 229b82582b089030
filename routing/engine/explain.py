"""Decisions in sentences: why this rep, and why not another. Works on the trace as the API shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from routing.engine.folding import quoted
from routing.engine.types import ONE_LEAD, TIE, RuleResult

Values: TypeAlias = Mapping[str, Any]
"""{reason, trace: {steps, rules, candidates, match, winner}}, as in the API; reps by e-mail address."""

IN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "is": "to be",
        "is_not": "not to be",
        "any_of": "to be one of",
        "none_of": "to be none of",
        "contains": "to contain",
        "starts_with": "to start with",
        "ends_with": "to end with",
        "matches": "to match",
        "empty": "to be unknown",
        "not_empty": "to be known",
        "lt": "to be less than",
        "lte": "to be at most",
        "gt": "to be more than",
        "gte": "to be at least",
        "between": "to be between",
        "before": "to be before",
        "after": "to be after",
        "in_last_days": "to be within so many past days:",
        "in_postal": "to be among the postal codes",
        "in_territory": "to lie in",
        "has_signal": "to show",
    }
)
"""What a rule wants a field to be; the value follows."""


def sentences(decision: Values, names: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Why a lead went where it went, the reason first. `names`: e-mail address → name of a rep."""
    trace = decision["trace"]
    return [
        _sentence(decision["reason"]),
        *_match(trace.get("match")),
        *(_sentence(step) for step in trace.get("steps", ())),
        *(text for look in trace.get("rules", ()) for text in _rule(look)),
        *_candidates(trace.get("candidates", ()), names),
    ]


def why_not(rep: str, decision: Values, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Why the rep with this e-mail address did not get the lead; or why they did."""
    candidates: Sequence[Values] = decision["trace"].get("candidates", ())
    found = {candidate["rep"]: candidate for candidate in candidates}
    name, winner = _name(rep, found.get(rep), names), decision["trace"].get("winner")
    if rep == winner:
        return _sentence(f"{name} got the lead: {decision['reason']}")
    if not candidates:
        return _sentence(f"No pool was asked, so {name} was not looked at: {decision['reason']}")
    if rep not in found:
        return f"{name} is not a member of the pool that the lead went to."
    candidate = found[rep]
    if not candidate["eligible"]:
        return _sentence(f"{name} could not take it: {_refusal(candidate)}")
    if winner not in found:
        return _sentence(f"{name} could take it from the pool, but it went another way: {decision['reason']}")
    return _behind(name, candidate, _name(winner, found[winner], names), found[winner])


def _behind(name: str, candidate: Values, winner_name: str, winner: Values) -> str:
    own, ahead = candidate["balance"] + candidate["share"], winner["balance"] + winner["share"]
    if abs(ahead - own) <= TIE / ONE_LEAD:
        return f"{name} had the same balance as {winner_name}, who had been longer without a lead."
    return f"{name} could take it, but {winner_name} had the higher balance: {ahead:+.3f} against {own:+.3f} leads."


def _match(match: Values | None) -> Iterator[str]:
    if match:
        evidence = f"{match['evidence']} ({match['confidence']:.0%} sure)"
        yield f"The lead belongs to the account {match['account']}: {evidence}."


def _rule(look: Values) -> Iterator[str]:
    """One look at a rule, and what was doubtful about it."""
    name = f"The rule {quoted(look['name'])}"
    failed = look.get("failed")
    says = _RESULTS.get(look["result"], "matches, but {detail}").format(detail=look.get("detail") or "was not served")
    if failed:
        wanted = f"{IN_WORDS.get(failed['operator'], failed['operator'])} {failed['expected']}".rstrip()
        seen = f"is {quoted(failed['seen'])}" if failed["seen"] else "is not known"
        says = f"does not match: it wants {failed['field']} {wanted}, which {seen}"
    yield _sentence(f"{name} {says}")
    yield from (_sentence(f"Mind {name[0].lower()}{name[1:]}: {warning}") for warning in look.get("warnings", ()))


_RESULTS: Mapping[str, str] = {
    RuleResult.DISABLED: "is switched off",
    RuleResult.NOT_NOW: "does not apply at this time",
    RuleResult.NO_MATCH: "does not match",
    RuleResult.SERVED: "matches",
    RuleResult.WAITING: "matches, and the lead waits: {detail}",
}


def _candidates(candidates: Sequence[Values], names: Mapping[str, str]) -> Iterator[str]:
    if not candidates:
        return
    able = sum(1 for candidate in candidates if candidate["eligible"])
    yield f"{able} of {len(candidates)} in the pool could take it."
    for candidate in candidates:
        if not candidate["eligible"]:
            yield _sentence(f"{_name(candidate['rep'], candidate, names)} could not: {_refusal(candidate)}")


def _refusal(candidate: Values) -> str:
    return candidate.get("detail") or ", ".join(candidate.get("reasons", ())).replace("_", " ") or "refused"


def _name(rep: str, candidate: Values | None, names: Mapping[str, str]) -> str:
    return names.get(rep) or (candidate or {}).get("name") or rep


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
