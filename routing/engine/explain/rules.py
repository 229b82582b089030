"""Rules as they were looked at, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from routing.engine.explain.values import Values, sentence
from routing.engine.folding import quoted
from routing.engine.types import RuleResult

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


_RESULTS: Mapping[str, str] = MappingProxyType(
    {
        RuleResult.DISABLED: "is switched off",
        RuleResult.NOT_NOW: "does not apply at this time",
        RuleResult.NO_MATCH: "does not match",
        RuleResult.SERVED: "matches",
        RuleResult.OFFERED: "matches, and the lead is offered",
        RuleResult.WAITING: "matches, and the lead waits: {detail}",
    }
)


def rule_sentences(look: Values) -> Iterator[str]:
    """One look at a rule, and what was doubtful about it."""
    name, detail = f"The rule {quoted(look['name'])}", look.get("detail")
    says = _RESULTS.get(look["result"], "matches, but {detail}").format(detail=detail or "was not served")
    failed = look.get("failed")
    if failed:
        says = f"does not match: {_failed(failed)}" + (f" ({detail})" if detail else "")
    yield sentence(f"{name} {says}")
    yield from (sentence(f"Mind {name[0].lower()}{name[1:]}: {warning}") for warning in look.get("warnings", ()))


def _failed(failed: Values) -> str:
    wanted = f"{IN_WORDS.get(failed['operator'], failed['operator'])} {failed['expected']}".rstrip()
    seen = f"is {quoted(failed['seen'])}" if failed["seen"] else "is not known"
    return f"it wants {failed['field']} {wanted}, which {seen}"
