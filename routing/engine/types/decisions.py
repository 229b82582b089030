"""What a decision can be, and the trace that explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

from routing.engine.types.leads import Resume, RuleLook
from routing.engine.types.people import Member
from routing.engine.types.vocabulary import (
    ONE_LEAD,
    HeldReason,
    LeadId,
    LedgerKey,
    Method,
    OfferMode,
    PoolId,
    Refusal,
    RepId,
    RuleId,
)


class Candidate(NamedTuple):
    """A member of the pool as the decision saw them; share is what this lead entitled them to, in billionths."""

    rep: RepId
    weight: int
    refusal: Refusal | None
    detail: str
    balance: int
    share: int


@dataclass(frozen=True, slots=True)
class Posting:
    """Lines of a ledger that sum to exactly 0: (rep, amount) in billionths, sorted by rep.

    `paid` is what the winner paid: exactly what everybody, the winner included, earned. `saved` are the lines of
    those on leave who earned for later, (rep, amount); they are among `lines` too. `paid_out` is what moved from
    savings to where it counts, (rep, amount); it is no line, since the balance as a whole stays.
    """

    ledger: LedgerKey
    winner: RepId
    lines: tuple[tuple[RepId, int], ...]
    paid: int = ONE_LEAD
    saved: tuple[tuple[RepId, int], ...] = ()
    paid_out: tuple[tuple[RepId, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """How a pool chose, or why it could not: everybody with each one's refusal and balance before this lead.

    `balances` runs parallel to `members` and counts without savings. `refusals` holds every member refused, with a
    text for people. `scores` are what the strategy compared (expected result, fit, open units by weight, totals);
    `notes` say what it did without, such as statistics. `weights` are those with which E earned, where they are not
    the members' own or E is smaller than everybody not refused (the fitting ones of an intent pool).
    Of a lead that is only offered, the posting is what would be posted if the first in line took it.
    """

    pool: PoolId
    ledger: LedgerKey
    members: tuple[Member, ...]
    refusals: Mapping[RepId, tuple[Refusal, str]]
    balances: tuple[int, ...]
    deciding: str
    posting: Posting | None = None
    scores: Mapping[RepId, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    weights: Mapping[RepId, int] = field(default_factory=dict)

    @property
    def winner(self) -> RepId | None:
        return self.posting.winner if self.posting else None

    def candidates(self) -> tuple[Candidate, ...]:
        """Every member in full, for traces and explanations; share is 0 for whoever neither may take it nor saves."""
        shares = dict(self.posting.lines) if self.posting else {}
        if self.posting:
            shares[self.posting.winner] += self.posting.paid
        judged = [self.refusals.get(member.rep) or (None, "") for member in self.members]
        return tuple(
            Candidate(m.rep, m.weight, refusal, detail, balance, shares.get(m.rep, 0))
            for m, (refusal, detail), balance in zip(self.members, judged, self.balances, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything a decision looked at, in order: steps of the ladder as sentences, rules, the pool's selection."""

    version: int
    steps: tuple[str, ...] = ()
    rules: tuple[RuleLook, ...] = ()
    selection: Selection | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """One rep owns the lead. `rule` is None only for the last resort; `posting` is None where no turn is taken.

    `follows` is the earlier lead that a returning person or a colleague of the same company joins. `first_reached`
    is kept with the lead, as with every outcome: should it come back, a wait that is over stays over.
    """

    rep: RepId
    method: Method
    reason: str
    trace: Trace
    rule: RuleId | None = None
    pool: PoolId | None = None
    posting: Posting | None = None
    follows: LeadId | None = None
    units: int = 1
    first_reached: Mapping[RuleId, datetime] = field(default_factory=dict)


class Offer(NamedTuple):
    """A lead offered to somebody until an instant; without owner until it is taken."""

    rep: RepId
    kind: OfferMode
    until: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Nobody may take the lead now. `look_again_at` is the earliest instant at which that can change, if known."""

    held_reason: HeldReason
    reason: str
    trace: Trace
    rule: RuleId | None = None
    pool: PoolId | None = None
    look_again_at: datetime | None = None
    offers: tuple[Offer, ...] = ()
    first_reached: Mapping[RuleId, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parked:
    reason: str
    review_days: int
    trace: Trace
    rule: RuleId | None = None
    first_reached: Mapping[RuleId, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same person through the same form a moment ago: joined to that lead."""

    of: LeadId
    reason: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class Quarantined:
    reason: str
    trace: Trace


Decision: TypeAlias = Assigned | Held | Parked | Duplicate | Quarantined


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not decided: the lead must go on where the batch holds no lock. The next batch resumes it there.

    `pool` or `rep` names what was missing; `first_reached` is kept with the lead.
    """

    resume: Resume | None
    pool: PoolId | None = None
    rep: RepId | None = None
    first_reached: Mapping[RuleId, datetime] = field(default_factory=dict)
