"""A lead as the engine sees it: normalised facts, the account it matched, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from routing.engine.types.conditions import FailedCondition
from routing.engine.types.vocabulary import AccountId, FactValue, IdentityId, LeadId, RepId, RuleId


class RuleResult(StrEnum):
    """What became of a rule that was looked at."""

    DISABLED = "disabled"
    NOT_NOW = "not_now"
    NO_MATCH = "no_match"
    SERVED = "served"
    EMPTY_POOL = "empty_pool"
    NOBODY_AVAILABLE = "nobody_available"
    NO_ACCOUNT = "no_account"
    NO_OWNER = "no_owner"
    OWNER_AWAY = "owner_away"
    NO_TERRITORY = "no_territory"
    UNKNOWN_DESTINATION = "unknown_destination"
    NO_ROW = "no_row"
    POOL_PAUSED = "pool_paused"
    OFFERED = "offered"
    WAITING = "waiting"
    WAIT_OVER = "wait_over"
    PARKED_BEFORE = "parked_before"


class RuleLook(NamedTuple):
    """One rule as it was looked at: its result, the first condition that failed, and warnings."""

    rule: RuleId
    position: int
    name: str
    result: RuleResult
    failed: FailedCondition | None = None
    detail: str = ""
    warnings: tuple[str, ...] = ()


class SignalFact(NamedTuple):
    """A buying signal as conditions see it. `strength` is 0 to 1 as observed, `half_life_days` how fast it fades."""

    kind: str
    title: str
    text: str
    strength: float
    observed_at: datetime
    half_life_days: float


class TopicTag(NamedTuple):
    """That a lead is about a topic: how sure (0 to 1), the words that show it, and where and when they were found.

    `decay` (0 to 1) is how much of it is left by now; `origin` is "message" or the kind of the signal.
    """

    topic: str
    confidence: float
    quote: str
    origin: str
    decay: float = 1.0


@dataclass(frozen=True, slots=True)
class MatchedAccount:
    """The account a lead was matched to, with the evidence that decided."""

    id: AccountId
    name: str
    evidence: str
    confidence: float
    owner: RepId | None = None
    people: Mapping[str, RepId] = field(default_factory=dict)
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    def held_by(self, role: str) -> RepId | None:
        """The person in a role on the account; "owner" is one too."""
        return self.owner if role == "owner" else self.people.get(role)


@dataclass(frozen=True, slots=True)
class EarlierLead:
    """An earlier lead that may be of the same person or company, as far as the ladder needs it."""

    id: LeadId
    label: str
    submitted_at: datetime
    form: str
    email: str
    phone: str
    name_key: str
    email_identity: IdentityId | None
    phone_identity: IdentityId | None
    company_identity: IdentityId | None
    account: AccountId | None
    undecided: bool
    owner: RepId | None = None
    owned_at: datetime | None = None
    open: bool = True
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a lead goes on that was put back for another pool, with what was found out so far.

    `rep` is whoever was missing then: still missing in the next batch, they are gone, and the rule does without them.
    `soonest` is when the earliest of those asked so far can take leads again; `hope`: one of them can some day.
    """

    version: int
    rule: RuleId
    overflow: bool
    rules: tuple[RuleLook, ...] = ()
    rep: RepId | None = None
    soonest: datetime | None = None
    hope: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """That a lead was taken from its owner, who did not answer it or could not be told.

    `rep` is that owner, whose backup is asked next after those of the same pool. The first of `managers` who is active
    owns it once everybody has had it, or at once if that was its `last_attempt`. `paced`: it counts for the pace.
    """

    rep: RepId
    managers: tuple[RepId, ...] = ()
    last_attempt: bool = False
    paced: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead's normalised facts and how far it has come.

    `facts` maps the field names of conditions (also "utm.source", "attributes.size") to values; `derived` maps a
    field to how its value was derived. `role_mailbox`: the address is shared (info@, sales@).
    `first_reached` maps a rule that waits or is patient to the instant at which the lead first reached it.
    `owned_before` are those who owned this lead and lost or declined it, `declined_offer` those who let an offer go.
    `released`: it was held before, so the pace counts. `parked_before`: it was parked and returned, so no rule
    parks it again. `topics` are what its message and signals are about; `topics_note` says why keywords found them
    where something else should have. `moved`: its last owner lost it.
    """

    id: LeadId
    key: str
    label: str
    submitted_at: datetime
    facts: Mapping[str, FactValue]
    derived: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    email: str = ""
    phone: str = ""
    name_key: str = ""
    role_mailbox: bool = False
    email_identity: IdentityId | None = None
    phone_identity: IdentityId | None = None
    company_identity: IdentityId | None = None
    match: MatchedAccount | None = None
    screen_reason: str = ""
    earlier: tuple[EarlierLead, ...] = ()
    first_reached: Mapping[RuleId, datetime] = field(default_factory=dict)
    resume: Resume | None = None
    owned_before: frozenset[RepId] = frozenset()
    hold_deadline_at: datetime | None = None
    undecidable: bool = False
    test: bool = False
    released: bool = False
    parked_before: bool = False
    signals: tuple[SignalFact, ...] = ()
    topics: tuple[TopicTag, ...] = ()
    declined_offer: frozenset[RepId] = frozenset()
    moved: Moved | None = None
    topics_note: str = ""
