"""The section about territories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from routing.rulebook.config.known import Known
from routing.rulebook.config.places import Place, read_place
from routing.rulebook.config.reader import Reader
from routing.rulebook.criteria import LISTS, criteria_problems


@dataclass(frozen=True, slots=True)
class TerritorySpec:
    name: str
    parent: str | None = None
    priority: int = 0
    start: date | None = None
    end: date | None = None
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    employees: Mapping[str, float] = field(default_factory=dict)
    annual_revenue: Mapping[str, float] = field(default_factory=dict)
    owner: Place = Place()


def read_territory(row: Reader, known: Known) -> TerritorySpec:
    lists = {key: row.texts(key) for key in LISTS}
    for key in ("countries", "regions"):
        lists[key] = [code.upper() for code in lists[key]]
    owner = read_place(row, "owner", known, active=True) if row.has("owner") else Place()
    row.raw("owner")
    spec = TerritorySpec(
        name=row.text("name", limit=100, required=True),
        parent=row.reference("parent", known.territories, "territory"),
        priority=row.whole("priority", 0, low=-1_000_000, high=1_000_000) or 0,
        start=row.day("from"),
        end=row.day("to"),
        lists=lists,
        employees=_band(row, "employees"),
        annual_revenue=_band(row, "annual_revenue"),
        owner=owner,
    )
    if spec.start and spec.end and spec.end < spec.start:
        row.error("to", "it ends before it begins. Change one of the two dates.")
    criteria: dict[str, Any] = {**lists, "employees": spec.employees, "annual_revenue": spec.annual_revenue}
    for key, message in criteria_problems(criteria):
        row.error(key, message)
    return spec


def _band(row: Reader, key: str) -> dict[str, float]:
    child = row.child(key)
    ends = {end: child.number(end, 0, high=1e15) for end in ("min", "max") if child.has(end)}
    child.raw("min"), child.raw("max")
    child.close()
    return ends
