"""The words and units of a decision: keys, amounts, and the closed sets of what can happen."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

RepId: TypeAlias = int
PoolId: TypeAlias = int
RuleId: TypeAlias = int
LeadId: TypeAlias = int
IdentityId: TypeAlias = int
AccountId: TypeAlias = int
TerritoryId: TypeAlias = int
TableId: TypeAlias = int
LedgerId: TypeAlias = int


class LedgerKey(NamedTuple):
    """One ledger: its lock row (of a pool or of a fairness group), the kind of lead it counts, control or not.

    `turns_by` is the value by which turns are counted separately (a kind, grade or source), "" where they are not.
    """

    ledger: LedgerId
    turns_by: str = ""
    control: bool = False


ONE_LEAD = 1_000_000_000
"""A whole lead in the unit of the ledger."""
TIE = 1_000
"""Balances within this many billionths of the highest are tied: what rounding down can make of equal shares."""

Scalar: TypeAlias = str | int | float | bool | datetime | date | None
FactValue: TypeAlias = Scalar | tuple[Scalar, ...]
"""A fact about a lead; None and the empty string both mean that it is not known."""


class Outcome(StrEnum):
    """What a decision can be."""

    ASSIGNED = "assigned"
    HELD = "held"
    PARKED = "parked"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


class Method(StrEnum):
    """The way a lead came to its owner, in the words of reports and filters."""

    ROUND_ROBIN = "round_robin"
    LOAD_BALANCED = "load_balanced"
    PERFORMANCE = "performance"
    INTENT = "intent"
    TERRITORY = "territory"
    ACCOUNT = "account"
    RETURNING = "returning"
    SAME_COMPANY = "same_company"
    TABLE = "table"
    DIRECT = "direct"
    OVERFLOW = "overflow"
    LAST_RESORT = "last_resort"
    CLAIM = "claim"
    MANAGER = "manager"
    MANUAL = "manual"


class Strategy(StrEnum):
    """How a pool chooses among those who may."""

    ROUND_ROBIN = "round_robin"
    LOAD_BALANCED = "load_balanced"
    PERFORMANCE = "performance"
    INTENT = "intent"


class Fairness(StrEnum):
    """What a pool shares out evenly: of what each could have taken, or the totals of the last days."""

    SHARE = "share"
    TOTALS = "totals"


class TurnsBy(StrEnum):
    """What a pool may count turns separately by."""

    KIND = "kind"
    GRADE = "grade"
    SOURCE = "source"


class PerformanceMode(StrEnum):
    """What a pool does with results: who gets which leads, or also who gets how many."""

    BEST_LEADS = "best_leads"
    MORE_LEADS = "more_leads"


class OfferMode(StrEnum):
    """How a pool hands leads out."""

    ASSIGN = "assign"
    EXCLUSIVE = "exclusive"
    CLAIM = "claim"


class Refusal(StrEnum):
    """Why a gate refused a rep, in the order in which the gates are asked."""

    INACTIVE = "inactive"
    NOT_MEMBER = "not_member"
    PAUSED = "paused"
    ON_LEAVE = "on_leave"
    HOLIDAY = "holiday"
    OFF_SHIFT = "off_shift"
    LANGUAGE = "language"
    SKILL = "skill"
    TOPIC = "topic"
    OWNED_BEFORE = "owned_before"
    CAP = "cap"
    PACE = "pace"


AWAY = frozenset({Refusal.INACTIVE, Refusal.PAUSED, Refusal.ON_LEAVE})
"""An owner refused for one of these is away; off shift or on a public holiday is not away."""


class HeldReason(StrEnum):
    """Why a lead waits."""

    NOBODY_AVAILABLE = "nobody_available"
    WAITING = "waiting"
    EMPTY_POOL = "empty_pool"
    NO_RULE = "no_rule"
    PAUSED = "paused"
    OFFERED = "offered"
    UNDECIDABLE = "undecidable"


class Operator(StrEnum):
    """The operators of a condition row."""

    IS = "is"
    IS_NOT = "is_not"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    MATCHES = "matches"
    EMPTY = "empty"
    NOT_EMPTY = "not_empty"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    BETWEEN = "between"
    BEFORE = "before"
    AFTER = "after"
    IN_LAST_DAYS = "in_last_days"
    IN_POSTAL = "in_postal"
    IN_TERRITORY = "in_territory"
    HAS_SIGNAL = "has_signal"
