"""Which account a lead belongs to, of those that something speaks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

SAME_PERSON = 1.0
SAME_DOMAIN = 0.95
SAME_NAME_CORROBORATED = 0.90
SAME_NAME_ALONE = 0.80


class Evidence(NamedTuple):
    """One reason to think that a lead belongs to an account, for people to read, and how sure it is."""

    confidence: float
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account with what speaks for it; `account` grows with its age in our books."""

    account: int
    evidence: tuple[Evidence, ...]
    customer: bool = False
    target: bool = False
    active_owner: bool = False

    @property
    def confidence(self) -> float:
        return max(evidence.confidence for evidence in self.evidence)

    @property
    def reason(self) -> str:
        """All that speaks for it, the strongest first."""
        return "; ".join(text for _, text in sorted(self.evidence, key=lambda evidence: -evidence.confidence))


def choose(candidates: Iterable[Candidate], *, threshold: float) -> Candidate | None:
    """A customer before a target account, then more evidence, then an active owner, then the oldest account."""
    sure_enough = (candidate for candidate in candidates if candidate.confidence >= threshold)
    return min(sure_enough, key=_rank, default=None)


def _rank(candidate: Candidate) -> tuple[bool, bool, float, int, bool, int]:
    return (
        not candidate.customer,
        not candidate.target,
        -candidate.confidence,
        -len(candidate.evidence),
        not candidate.active_owner,
        candidate.account,
    )
