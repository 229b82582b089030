"""What is looked at: a rulebook, as it is written and compiled, and the live data it meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import chain
from zoneinfo import ZoneInfo

from reps.caps import Cap
from reps.schedules import Block, Schedule
from routing.engine.territories import owner_of
from routing.engine.types import LEADS_OWN, OverflowTo, PoolId, RepId, Rule, Rulebook, ToPool, ToTable, ToTerritory
from routing.rulebook.words import Json


@dataclass(frozen=True, slots=True)
class Person:
    """A rep. `schedule` is their ordinary week, without public holidays and leave."""

    id: RepId
    name: str
    active: bool
    schedule: Schedule
    backup: RepId | None = None
    caps: tuple[Cap, ...] = ()
    holidays: bool = False
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    expertise: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Membership:
    rep: RepId
    weight: float = 1
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """`always_on` are those of its active people who are on shift around the clock only because it has no hours."""

    name: str
    manager: RepId | None = None
    always_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """The leads that somebody has open, as a cap counts them, and when they got the newest."""

    number: int
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Live:
    """Live data. `accounts` are those of inactive owners and roles; `arrivals` are leads of the last 90 days.

    `arrivals` goes by (country, region), `languages` by language code; `per_day` is what comes to a pool on a day
    with leads. `account_loops` are names of accounts that are their own ancestors.
    """

    reps: Mapping[RepId, Person] = field(default_factory=dict)
    members: Mapping[PoolId, tuple[Membership, ...]] = field(default_factory=dict)
    teams: tuple[TeamFacts, ...] = ()
    last_resort: tuple[RepId, ...] = ()
    accounts: Mapping[RepId, tuple[str, ...]] = field(default_factory=dict)
    account_reps: frozenset[RepId] = frozenset()
    account_loops: tuple[str, ...] = ()
    arrivals: Mapping[tuple[str, str], int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    per_day: Mapping[PoolId, float] = field(default_factory=dict)
    open: Mapping[RepId, Open] = field(default_factory=dict)


def looks_at_arrivals(rulebook: Rulebook) -> bool:
    """Whether any check asks where leads came from, or in which language: only with territories, or if the lead's own
    language is required.
    """
    of_pools, of_rules = (pool.needs for pool in rulebook.pools.values()), (rule.needs for rule in rulebook.rules)
    needs = chain.from_iterable((*of_pools, *of_rules))
    return bool(rulebook.territories) or any(need.name == LEADS_OWN for need in needs)


@dataclass(frozen=True)
class Subject:
    """`company_blocks` are the company's working hours."""

    content: Json
    rulebook: Rulebook
    live: Live
    now: datetime
    zone: ZoneInfo
    company_blocks: tuple[Block, ...]

    def name_of(self, rep: RepId | None) -> str:
        person = self.live.reps.get(rep or 0)
        return person.name if person else "somebody who is gone"

    def able(self, pool: PoolId) -> list[Membership]:
        """The active members of a pool."""
        return [
            member
            for member in self.live.members.get(pool, ())
            if member.weight > 0 and member.rep in self.live.reps and self.live.reps[member.rep].active
        ]

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are looked at."""
        return tuple(rule for rule in self.rulebook.rules if rule.enabled)

    @cached_property
    def catch_alls(self) -> frozenset[int]:
        return frozenset(row["id"] for row in self.content["rules"] if row["catch_all"])

    @cached_property
    def pools_in_use(self) -> frozenset[PoolId]:
        """Pools that an enabled rule can send leads to, by itself, a territory or a table."""
        pools = {rule.destination.pool for rule in self.rules if isinstance(rule.destination, ToPool)}
        pools |= {rule.when_nobody.pool for rule in self.rules if isinstance(rule.when_nobody, OverflowTo)}
        tables = {rule.destination.table for rule in self.rules if isinstance(rule.destination, ToTable)}
        for key in tables & self.rulebook.tables.keys():
            pools |= {row.pool for row in self.rulebook.tables[key].rows.values() if isinstance(row, ToPool)}
        if any(isinstance(rule.destination, ToTerritory) for rule in self.rules):
            owners = (owner_of(self.rulebook.territories, one)[1] for one in self.rulebook.territories.values())
            pools |= {pool for pool in owners if pool is not None}
        return frozenset(pools & self.rulebook.pools.keys())
