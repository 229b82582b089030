"""A published rulebook, compiled: rules, destinations, pools, territories, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from routing.engine.types.conditions import Conditions
from routing.engine.types.vocabulary import LedgerId, PoolId, RepId, RuleId, Strategy, TerritoryId


class Away(StrEnum):
    """What a rule does with a lead whose owner is away."""

    BACKUP = "backup"
    NEXT = "next"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class ToAccountOwner:
    """To the person who holds `role` on the matched account ("owner", or a role of its people)."""

    role: str = "owner"
    away: Away = Away.BACKUP


@dataclass(frozen=True, slots=True)
class ToTerritory:
    """To the owner (rep or pool) of the territory that the lead lies in."""

    away: Away = Away.BACKUP


@dataclass(frozen=True, slots=True)
class ToPool:
    pool: PoolId


@dataclass(frozen=True, slots=True)
class ToRep:
    rep: RepId
    away: Away = Away.BACKUP


@dataclass(frozen=True, slots=True)
class ToPark:
    """To nobody for now; the lead returns to routing after `review_days`."""

    reason: str
    review_days: int = 30


Destination: TypeAlias = ToAccountOwner | ToTerritory | ToPool | ToRep | ToPark


@dataclass(frozen=True, slots=True)
class GoNext:
    """Nobody can take it: look at the next rule."""


@dataclass(frozen=True, slots=True)
class WaitThenNext:
    """Nobody can take it: wait for at most `minutes` since the lead first reached the rule, then go on."""

    minutes: float


@dataclass(frozen=True, slots=True)
class OverflowTo:
    pool: PoolId


@dataclass(frozen=True, slots=True)
class AssignAnyway:
    """Nobody can take it: give it to somebody off shift, never to anybody inactive, on leave or paused."""


WhenNobody: TypeAlias = GoNext | WaitThenNext | OverflowTo | AssignAnyway


class Alert(StrEnum):
    NOW = "now"
    DIGEST = "digest"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ActiveWindow:
    """When a rule applies: from/to are instants (to is exclusive), weekdays 0 = Monday in the rulebook's zone."""

    start: datetime | None = None
    end: datetime | None = None
    weekdays: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    id: RuleId
    position: int
    name: str
    conditions: Conditions
    destination: Destination
    when_nobody: WhenNobody = GoNext()
    enabled: bool = True
    sla: str | None = None
    alert: Alert = Alert.NOW
    answer_now: bool = False
    same_company: bool = True
    notify: tuple[str, ...] = ()
    active: ActiveWindow | None = None


@dataclass(frozen=True, slots=True)
class PostalRange:
    """Postal codes of one country: every code between `low` and `high` that begins with neither less nor more.

    A prefix "94" is low "94", high "94"; codes are compared upper-case, without blanks, on the first
    `len(low)` characters.
    """

    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Band:
    """A closed range of numbers; a missing end is open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Territory:
    """Criteria that must all hold; a child's are added to its parent's. Lists are lower-case texts or ISO codes."""

    id: TerritoryId
    name: str
    parent: TerritoryId | None = None
    priority: int = 0
    start: date | None = None
    end: date | None = None
    countries: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    postal_codes: tuple[PostalRange, ...] = ()
    industries: frozenset[str] = frozenset()
    employees: Band | None = None
    annual_revenue: Band | None = None
    sources: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    owner_rep: RepId | None = None
    owner_pool: PoolId | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """The versioned settings of a pool; its members are live data."""

    id: PoolId
    name: str
    ledger: LedgerId
    strategy: Strategy = Strategy.ROUND_ROBIN


@dataclass(frozen=True, slots=True)
class Settings:
    timezone: str = "UTC"
    duplicate_minutes: float = 10
    returning_days: float = 90
    company_days: float = 90
    same_company: bool = True
    match_threshold: float = 0.75
    account_hierarchy: str = "child"
    sla: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """One published version, compiled. `rules` are in order of position and end with the catch-all.

    Compared by identity, so that what is worked out for a version can be kept with it (plan.py).
    """

    version: int
    settings: Settings
    rules: tuple[Rule, ...]
    pools: Mapping[PoolId, Pool]
    territories: Mapping[TerritoryId, Territory]
