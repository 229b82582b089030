"""What won deals teach of people's expertise, for people to read: beside what is declared, whether it counts or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from reps.models import Expertise
from routing.engine.expertise import NOTHING
from routing.engine.folding import fold
from routing.engine.types import Learned, Pool, RepId, Rulebook, Strategy
from routing.models import PoolMember
from routing.snapshots.expertise import expertise_table, newest_expertise

NOTHING_SEEN = Learned(0.0, 0.0, 0.0, 0.0, 0.0)


class KnownTopic(NamedTuple):
    """One rep and topic: the level declared (0 for none), and what the outcomes say."""

    rep: RepId
    name: str
    topic: str
    declared: float
    learned: Learned


@dataclass(frozen=True, slots=True)
class PoolExpertise:
    """A pool that goes by intent. `day` is None before anything was learned; `differ` says whether its reps differ."""

    pool: Pool
    day: date | None
    differ: bool
    p_value: float | None
    rows: tuple[KnownTopic, ...]


def expertise_of_pools(rulebook: Rulebook, *, today: date, rep: RepId | None = None) -> list[PoolExpertise]:
    """Every pool that goes by intent, by name, with its members; or one rep's part of their pools. Three queries."""
    pools = {pool.id: pool for pool in rulebook.pools.values() if pool.strategy is Strategy.INTENT}
    if not pools:
        return []
    members = _members(pools, rep)
    tables = {row.pool_id: expertise_table(row) for row in newest_expertise(members, day=today)}
    declared = _declared({one for those in members.values() for one in those})
    names = {fold(topic.name): topic.name for topic in rulebook.topics}
    shown = []
    for pool in sorted((pools[key] for key in members), key=lambda one: one.name):
        table = tables.get(pool.id)
        learned = table.reps if table else {}
        rows = [
            KnownTopic(one, name, names[topic], level, seen)
            for one, name in members[pool.id].items()
            for topic, level, seen in _of(declared.get(one, {}), learned.get(one, NOTHING))
            if topic in names
        ]
        rows.sort(key=lambda row: (-row.learned.level, -row.declared, row.name, row.topic))
        differs = table.differ if table else False
        shown.append(PoolExpertise(pool, table.day if table else None, differs, table.p_value if table else None,
                                   tuple(rows)))  # fmt: skip
    return shown


def _members(pools: Collection[int], rep: RepId | None) -> dict[int, dict[RepId, str]]:
    rows = PoolMember.objects.filter(pool__in=pools).order_by("rep__name", "rep_id")
    found: defaultdict[int, dict[RepId, str]] = defaultdict(dict)
    for pool, one, name in (rows.filter(rep=rep) if rep else rows).values_list("pool_id", "rep_id", "rep__name"):
        found[pool][one] = name
    return found


def _declared(reps: Collection[RepId]) -> dict[RepId, dict[str, float]]:
    found: defaultdict[RepId, dict[str, float]] = defaultdict(dict)
    for rep, topic, level in Expertise.objects.filter(rep__in=reps).values_list("rep_id", "topic", "level"):
        found[rep][fold(topic)] = float(level)
    return found


def _of(declared: Mapping[str, float], learned: Mapping[str, Learned]) -> list[tuple[str, float, Learned]]:
    topics = sorted({*declared, *learned})
    return [(topic, declared.get(topic, 0.0), learned.get(topic, NOTHING_SEEN)) for topic in topics]
