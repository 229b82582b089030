"""Why a lead went where it went, why not to somebody else, and what would have had to be different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reps.models import Rep
from routing.engine.explain import sentences, why_not
from routing.models import Decision
from routing.snapshots.traces import expand


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
    names = {rep.email: rep.name} if rep else {}
    return Explanation(sentences(told, names), why_not(rep.email, told, names) if rep else None)


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
