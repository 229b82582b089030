"""The section about pools and their members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from reps.caps import check_caps
from routing.models import Pool
from routing.models.bounds import MOST_RAMP_WEEKS
from routing.rulebook.config.errors import shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader
from routing.rulebook.keys import POOL


@dataclass(frozen=True, slots=True)
class RampSpec:
    """A new member's weight grows over so many weeks; `since` None: since it was first said."""

    weeks: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberSpec:
    rep: str
    weight: Decimal = Decimal(1)
    caps: Mapping[str, Any] = field(default_factory=dict)
    ramp: RampSpec | None = None


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
        ramp = read_ramp(child)
        child.close()
        if rep is None:
            if not child.has("rep"):
                child.error("rep", "this is missing.")
        elif rep in members:
            child.error("rep", f"{shown(rep)} is a member twice. Keep one of them.")
        else:
            members[rep] = MemberSpec(rep, round(Decimal(str(weight)), 3), caps, ramp)
    return list(members.values())


def read_ramp(row: Reader) -> RampSpec | None:
    if row.raw("ramp") is None:
        return None
    child = row.child("ramp")
    weeks, since = child.whole("weeks", None, low=1, high=MOST_RAMP_WEEKS), child.instant("from")
    child.close()
    if weeks is None and not child.has("weeks"):
        child.error("weeks", "this is missing. Say over how many weeks the weight grows.")
    return RampSpec(weeks, since) if weeks else None
