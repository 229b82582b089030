"""The section about pools and their members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from reps.caps import check_caps
from routing.models import Pool
from routing.rulebook.config.errors import shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader
from routing.rulebook.keys import POOL


@dataclass(frozen=True, slots=True)
class MemberSpec:
    rep: str
    weight: Decimal = Decimal(1)
    caps: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """`columns` are fields of Pool. `paused` and the members are live at once."""

    name: str
    columns: Mapping[str, Any]
    fairness_group: str = ""
    paused: bool = False
    members: list[MemberSpec] = field(default_factory=list)


def read_pool(row: Reader, known: Known) -> PoolSpec:
    group = row.text("fairness_group", limit=100)
    if group in known.own_ledgers:
        row.error("fairness_group", f"{shown(group)} is the name of a pool's own ledger. Choose another name.")
    return PoolSpec(
        name=row.text("name", limit=100, required=True),
        columns=row.columns(POOL, Pool, known.named),
        fairness_group=group,
        paused=row.flag("paused", False),
        members=read_members(row, known),
    )


def read_members(row: Reader, known: Known) -> list[MemberSpec]:
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
