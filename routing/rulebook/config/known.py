"""What a configuration file may refer to: what it names itself, and what is there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from reps.models import Rep, Skill, Team
from routing.engine.folding import fold
from routing.models import Account, Ledger, LookupTable, Pool, SlaPolicy, Territory, Topic
from routing.rulebook.values import Named


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist, and who of the reps is not active."""

    reps: Set[str]
    inactive: Set[str]
    teams: Set[str]
    skills: Set[str]
    accounts: Mapping[str, str | None]
    """Name → the account that it lies in, as the database has it."""
    pools: Set[str]
    tables: Set[str]
    topics: Set[str]
    territories: Set[str]
    sla_policies: Set[str]
    own_ledgers: Set[str]
    """Names that a fairness group cannot have."""
    folded_topics: list[str]
    folded_sources: list[str]
    """As leads' values are compared, each as often as the file names it."""

    @property
    def named(self) -> Named:
        return Named(skills=self.skills, topics=self.topics, territories=self.territories)


def known_to(data: Mapping[str, Any]) -> Known:
    """The names in the file and in the database. A section that is the whole rulebook counts alone, if it is given."""
    active = dict(Rep.objects.values_list("email", "active"))
    for row in _rows(data, "reps"):
        if isinstance(row.get("email"), str):
            active[row["email"].strip().lower()] = row.get("active") is not False
    skills = data.get("skills")
    return Known(
        reps=active.keys(),
        inactive={email for email, is_active in active.items() if not is_active},
        teams={*Team.objects.values_list("name", flat=True), *_names(data, "teams")},
        skills={
            *Skill.objects.values_list("name", flat=True),
            *(name for name in (skills if isinstance(skills, list) else []) if isinstance(name, str)),
        },
        accounts={
            **dict(Account.objects.values_list("name", "parent__name")),
            **dict.fromkeys(_names(data, "accounts")),
        },
        pools=_whole(data, "pools", Pool),
        tables=_whole(data, "tables", LookupTable),
        topics=_whole(data, "topics", Topic),
        territories=_whole(data, "territories", Territory),
        sla_policies=_whole(data, "sla_policies", SlaPolicy),
        own_ledgers=set(Ledger.objects.filter(shared=False).values_list("name", flat=True)),
        folded_topics=[fold(name) for name in _names(data, "topics")],
        folded_sources=[fold(name) for name in _names(data, "sources")],
    )


def _whole(data: Mapping[str, Any], section: str, model: Any) -> set[str]:
    if data.get(section) is not None:
        return set(_names(data, section))
    return set(model.objects.current().values_list("name", flat=True))


def _names(data: Mapping[str, Any], section: str) -> Iterator[str]:
    return (row["name"].strip() for row in _rows(data, section) if isinstance(row.get("name"), str))


def _rows(data: Mapping[str, Any], section: str) -> Iterator[Mapping[str, Any]]:
    rows = data.get(section)
    return (row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict))
