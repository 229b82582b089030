"""Which account a lead belongs to, of those that something speaks for, and which are worth asking about. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

TOLD = 1.0
SAME_PERSON = 1.0
SAME_DOMAIN = 0.95
SAME_NAME_CORROBORATED = 0.90
SAME_NAME_ALONE = 0.80
CLOSE_NAME_CORROBORATED = 0.80
CLOSE_NAME = 0.70
ALIKE_NAME = 0.60
"""Letters differ that hands do not mix up: likely another company, unless what nobody else has agrees."""
WORTH_ASKING = 0.5
"""Below the threshold, but from here on, an account is suggested."""
MOST_SUGGESTIONS = 3


class Ground(StrEnum):
    """What a piece of evidence rests on."""

    TOLD = "told"
    PERSON = "person"
    DOMAIN = "domain"
    NAME = "name"


class Evidence(NamedTuple):
    """One reason to think that a lead belongs to an account, for people to read, and how sure it is."""

    confidence: float
    text: str
    ground: Ground


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
        return "; ".join(evidence.text for evidence in sorted(self.evidence, key=lambda evidence: -evidence.confidence))

    @property
    def told(self) -> bool:
        return any(evidence.ground is Ground.TOLD for evidence in self.evidence)


def choose(candidates: Iterable[Candidate], *, threshold: float) -> Candidate | None:
    """What somebody said; else a customer, a target account, more evidence, an active owner, the oldest account."""
    sure_enough = (candidate for candidate in candidates if candidate.told or candidate.confidence >= threshold)
    return min(sure_enough, key=_rank, default=None)


def suggested(candidates: Iterable[Candidate], *, threshold: float) -> tuple[Candidate, ...]:
    """The accounts to ask about, the likeliest first: too little speaks for them to match."""
    unsure = [candidate for candidate in candidates if WORTH_ASKING <= candidate.confidence < threshold]
    return tuple(sorted(unsure, key=lambda candidate: (-candidate.confidence, _rank(candidate)))[:MOST_SUGGESTIONS])


def _rank(candidate: Candidate) -> tuple[bool, bool, bool, float, int, bool, int]:
    return (
        not candidate.told,
        not candidate.customer,
        not candidate.target,
        -candidate.confidence,
        -len(candidate.evidence),
        not candidate.active_owner,
        candidate.account,
    )
