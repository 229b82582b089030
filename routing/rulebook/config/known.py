"""What a configuration file may refer to: what it names itself, and what is there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from reps.models import Rep, Skill, Team
from routing.models import Account, Pool, SlaPolicy, Territory


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist, and who of the reps is not active."""

    reps: Set[str]
    inactive: Set[str]
    teams: Set[str]
    skills: Set[str]
    accounts: Set[str]
    pools: Set[str]
    territories: Set[str]
    sla_policies: Set[str]


def known_to(data: Mapping[str, Any]) -> Known:
    """The names in the file and in the database. A section that is the whole rulebook counts alone, if it is given."""
    active = dict(Rep.objects.values_list("email", "active"))
    for row in _rows(data, "reps"):
        if isinstance(row.get("email"), str):
            active[row["email"].strip().lower()] = row.get("active") is not False
    pools = Pool.objects.current().values_list("name", flat=True)
    territories = Territory.objects.current().values_list("name", flat=True)
    policies = SlaPolicy.objects.current().values_list("name", flat=True)
    skills = data.get("skills")
    return Known(
        reps=active.keys(),
        inactive={email for email, is_active in active.items() if not is_active},
        teams={*Team.objects.values_list("name", flat=True), *_names(data, "teams")},
        skills={
            *Skill.objects.values_list("name", flat=True),
            *(name for name in (skills if isinstance(skills, list) else []) if isinstance(name, str)),
        },
        accounts={*Account.objects.values_list("name", flat=True), *_names(data, "accounts")},
        pools=set(_names(data, "pools") if data.get("pools") is not None else pools),
        territories=set(_names(data, "territories") if data.get("territories") is not None else territories),
        sla_policies=set(_names(data, "sla_policies") if data.get("sla_policies") is not None else policies),
    )


def _names(data: Mapping[str, Any], section: str) -> Iterator[str]:
    return (row["name"].strip() for row in _rows(data, section) if isinstance(row.get("name"), str))


def _rows(data: Mapping[str, Any], section: str) -> Iterator[Mapping[str, Any]]:
    rows = data.get(section)
    return (row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict))
