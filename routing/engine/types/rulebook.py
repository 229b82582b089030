"""A published rulebook, compiled: rules, destinations, pools, territories, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from routing.engine.types.conditions import Conditions
from routing.engine.types.vocabulary import (
    ONE_LEAD,
    Fairness,
    LedgerId,
    OfferMode,
    PerformanceMode,
    PoolId,
    RepId,
    RuleId,
    Strategy,
    TableId,
    TerritoryId,
    TurnsBy,
)


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


@dataclass(frozen=True, slots=True)
class ToTable:
    """To the rep or pool that stands in a table beside the lead's value of the field `by`."""

    table: TableId
    by: str
    away: Away = Away.BACKUP


Destination: TypeAlias = ToAccountOwner | ToTerritory | ToPool | ToRep | ToTable | ToPark


class NeedKind(StrEnum):
    LANGUAGE = "language"
    SKILL = "skill"
    TOPIC = "topic"


LEADS_OWN = "lead"
"""As the name of a language: the one that the lead speaks."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something a rep must have to take a lead; dropped `patience_minutes` after the lead first reached the rule.

    `name` is a folded name, a language code, or LEADS_OWN; `level` is that of a topic, 1 to 3.
    """

    kind: NeedKind
    name: str
    level: int = 1
    patience_minutes: float | None = None


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
    """`warnings` say what of it cannot be read; they stand in every trace."""

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
    needs: tuple[Need, ...] = ()
    units: int = 1
    warnings: tuple[str, ...] = ()


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
    """The versioned settings of a pool; its members are live data.

    `ledger` is the lock row of the pool, or of its fairness group. `band` is in billionths of a lead. `segments`
    are the dimensions of performance, the most important first. `learns`: by intent, what won deals teach counts beside
    the expertise declared.
    """

    id: PoolId
    name: str
    ledger: LedgerId
    strategy: Strategy = Strategy.ROUND_ROBIN
    fairness: Fairness = Fairness.SHARE
    turns_by: TurnsBy | None = None
    totals_days: float = 30
    band: int = ONE_LEAD
    minimum_fit: float = 0.2
    learns: bool = False
    control_share: float = 0.1
    mode: PerformanceMode = PerformanceMode.BEST_LEADS
    segments: tuple[str, ...] = ("source", "size", "region")
    offer: OfferMode = OfferMode.ASSIGN
    offer_minutes: float = 5
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """Something leads can be about; `keywords` are folded words and phrases that show it, `about` says what it is."""

    name: str
    keywords: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Folded key → the rep or pool that stands beside it."""

    id: TableId
    name: str
    rows: Mapping[str, ToRep | ToPool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """Points for leads that match."""

    conditions: Conditions
    points: float


@dataclass(frozen=True, slots=True)
class Settings:
    """Company-wide settings. `grades` are (grade, least score), the highest first; leads below all have none.

    `score_is_learned`: the score comes from outcomes where enough is known, else from the weights in `score`.
    """

    timezone: str = "UTC"
    duplicate_minutes: float = 10
    returning_days: float = 90
    company_days: float = 90
    same_company: bool = True
    match_threshold: float = 0.75
    account_hierarchy: str = "child"
    sla: str | None = None
    release_burst: int = 3
    score: tuple[ScoreRule, ...] = ()
    grades: tuple[tuple[str, float], ...] = ()
    score_is_learned: bool = False
    extractor: str = "keywords"
    signal_half_life_days: float = 30


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """One published version, compiled. `rules` are in order of position and end with the catch-all.

    `warnings` say what of the rest cannot be read; they stand in every trace. Compared by identity, so that what is
    worked out for a version can be kept with it (plan.py).
    """

    version: int
    settings: Settings
    rules: tuple[Rule, ...]
    pools: Mapping[PoolId, Pool]
    territories: Mapping[TerritoryId, Territory]
    tables: Mapping[TableId, Table] = field(default_factory=dict)
    topics: tuple[Topic, ...] = ()
    warnings: tuple[str, ...] = ()
