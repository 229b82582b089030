"""A decision as the API shows it, and how its people and figures are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Values: TypeAlias = Mapping[str, Any]
"""{outcome, method, pool, rule, reason, trace: {steps, rules, candidates, match, winner, deciding, notes, offers}}, as
in the API; reps by e-mail address."""

LEVEL = 0.005
"""Who is nearer to their fair share than this many leads is level with it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with the names of its people (e-mail address → name)."""

    decision: Values
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def trace(self) -> Values:
        trace: Values = self.decision["trace"]
        return trace

    @property
    def reason(self) -> str:
        return str(self.decision["reason"])

    @property
    def pool(self) -> str:
        return self.decision.get("pool") or "the pool"

    @property
    def candidates(self) -> Sequence[Values]:
        found: Sequence[Values] = self.trace.get("candidates", ())
        return found

    def candidate(self, rep: str | None) -> Values | None:
        return next((candidate for candidate in self.candidates if candidate["rep"] == rep), None)

    @property
    def offered(self) -> list[str]:
        """To whom the lead was offered."""
        return [offer["rep"] for offer in self.trace.get("offers", ())]

    @property
    def chosen(self) -> str | None:
        """Who got the lead, or is the only one to whom it was offered."""
        winner: str | None = self.trace.get("winner")
        return winner or (self.offered[0] if len(self.offered) == 1 else None)

    def name(self, rep: str | None) -> str:
        return self.names.get(rep or "") or (self.candidate(rep) or {}).get("name") or rep or "somebody"


def standing(candidate: Values) -> float:
    """How far somebody is behind their fair share once this lead is counted, in leads."""
    return float(candidate["balance"] + candidate["share"])


def of_fair_share(leads: float) -> str:
    """0.60 leads behind their fair share."""
    if abs(leads) < LEVEL:
        return "level with their fair share"
    return f"{abs(leads):.2f} leads {'behind' if leads > 0 else 'ahead of'} their fair share"


def sentence(text: str) -> str:
    if "@" not in text.partition(" ")[0]:  # an address stays as it is
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
