"""A decision without what it says of others: why they could not take the lead. For reps who look at it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from routing.engine.explain.values import Values
from routing.engine.types import RuleResult

NOBODY = "nobody there could take it"
OF_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        RuleResult.NOBODY_AVAILABLE: NOBODY,
        RuleResult.OWNER_AWAY: NOBODY,
        RuleResult.WAITING: NOBODY,
        RuleResult.WAIT_OVER: NOBODY,
        RuleResult.SERVED: "",
    }
)
"""Results whose details say of people why they could not take the lead, and what is said instead."""


def discreet(decision: Values) -> dict[str, Any]:
    """The decision with reason, steps and rules that tell of nobody. Who got the lead, and the figures, stay."""
    trace = dict(decision["trace"])
    if "steps" in trace:
        trace["steps"] = [discreet_text(step) for step in trace["steps"]]
    if "rules" in trace:
        trace["rules"] = [
            {**look, "detail": OF_OTHERS.get(look["result"], look.get("detail", ""))} for look in trace["rules"]
        ]
    return {**decision, "reason": discreet_text(decision["reason"]), "trace": trace}


def discreet_text(text: str) -> str:
    """Without what stands in brackets, which says of people why they could not."""
    start, end = text.find(" ("), text.rfind(")")
    return text[:start] + text[end + 1 :] if 0 <= start < end else text
