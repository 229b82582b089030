"""The section about pools and their members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from reps.caps import check_caps
from routing.engine.types import Strategy
from routing.rulebook.config.errors import shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader

LATER_STRATEGIES = ("load_balanced", "performance", "intent")
CREDITABLE_REASONS = ["spam", "duplicate", "bad_data", "wrong_territory"]
PERFORMANCE = {"mode": "best_leads", "segments": ["source", "size", "region"], "k": 30, "half_life_days": 120}


@dataclass(frozen=True, slots=True)
class MemberSpec:
    rep: str
    weight: Decimal = Decimal(1)
    caps: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoolSpec:
    name: str
    strategy: str = Strategy.ROUND_ROBIN.value
    members: list[MemberSpec] = field(default_factory=list)


def read_pool(row: Reader, known: Known) -> PoolSpec:
    strategies = [strategy.value for strategy in Strategy]
    spec = PoolSpec(
        name=row.text("name", limit=100, required=True),
        strategy=row.choice("strategy", Strategy.ROUND_ROBIN.value, strategies, later=LATER_STRATEGIES),
        members=_members(row, known),
    )
    _read_later_keys(row)
    return spec


def _members(row: Reader, known: Known) -> list[MemberSpec]:
    members: dict[str, MemberSpec] = {}
    for child in row.children("members"):
        rep = child.reference("rep", known.reps, "rep", email=True)
        weight = child.number("weight", 1, low=0.001, high=1000)
        caps = child.checked("caps", check_caps) or {}
        child.close()
        if rep is None:
            if not child.has("rep"):
                child.error("rep", "this is missing.")
        elif rep in members:
            child.error("rep", f"{shown(rep)} is a member twice. Keep one of them.")
        else:
            members[rep] = MemberSpec(rep, round(Decimal(str(weight)), 3), caps)
    return list(members.values())


def _read_later_keys(row: Reader) -> None:
    row.later("fairness", "share")
    row.later("fairness_group")
    row.later("turns_by")
    row.later("totals_days", 30)
    row.later("paused", False)
    row.later("minimum_fit", 0.2)
    row.later("performance", {}, PERFORMANCE)
    row.later("creditable_reasons", CREDITABLE_REASONS)
    row.later("hide_details", False)
    row.later("band", 1, 0)
    row.later("control_share", 0.1)
    row.later("offer", "assign")
    row.later("offer_minutes", 5)
    row.later("working_hours")
    row.later("requires", {})
