"""Rows → the day's performance numbers of pools, and by how much results tilt their weights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery

from routing.engine.performance import Counted, build_table
from routing.engine.types import PerformanceTable, Pool, PoolId, RepId, Segment, SkillTable, Strategy
from routing.models import PerformanceTable as TableRow
from routing.models import WeightTilt
from routing.snapshots.skill import pack_skill, unpack_skill

TABLES_KEPT = 64
DIGITS = 4
"""Of decayed counts, as they are stored."""


class Numbers(NamedTuple):
    """What was counted for a pool on a day: by rep and finest segment, and with which settings.

    `left_out` are dimensions that no count can be made by. `skill` is what was fitted; None: the first generation.
    """

    dimensions: tuple[str, ...]
    k: float
    half_life_days: float
    counted: tuple[Counted, ...]
    left_out: tuple[str, ...] = ()
    skill: SkillTable | None = None


def load_performance(pools: Mapping[PoolId, Pool], *, now: datetime, timezone: str) -> dict[PoolId, PerformanceTable]:
    """The numbers of the pools that go by results: today's, or the newest before. One query once they are known."""
    wanted = [pool for pool, terms in pools.items() if terms.strategy is Strategy.PERFORMANCE]
    if not wanted:
        return {}
    rows = newest_tables(wanted, day=now.astimezone(ZoneInfo(timezone)).date())
    return {pool: _table(row, computed_at) for pool, row, computed_at in rows.values_list("pool", "pk", "computed_at")}


def load_tilts(pool_ids: Collection[PoolId], *, now: datetime, timezone: str) -> dict[tuple[PoolId, RepId], float]:
    """By how much each member's weight is tilted this month; who has no factor here is not tilted."""
    if not pool_ids:
        return {}
    month = now.astimezone(ZoneInfo(timezone)).date().replace(day=1)
    rows = WeightTilt.objects.filter(pool__in=pool_ids, month=month).order_by().values_list("pool", "factors")
    return {(pool, int(rep)): float(factor) for pool, factors in rows for rep, factor in factors.items()}


def newest_tables(pools: Collection[PoolId], *, day: date) -> QuerySet[TableRow]:
    """The rows with the newest numbers of each pool as of a day."""
    same_pool = TableRow.objects.filter(pool=OuterRef("pool"), day__lte=day).order_by("-day")
    newest = TableRow.objects.filter(pool__in=pools, pk=Subquery(same_pool.values("pk")[:1]))
    return newest.order_by("pool")


def load_tables(days: Mapping[PoolId, date]) -> dict[PoolId, PerformanceTable]:
    """The numbers of each pool as of a day of its own, for what was decided by them then."""
    wanted = Q()
    for pool, day in days.items():
        wanted |= Q(pool=pool, day=day)
    return {row.pool_id: table_of(row) for row in TableRow.objects.filter(wanted)} if wanted else {}


def table_of(row: TableRow) -> PerformanceTable:
    """A row as the engine's table."""
    numbers = unpack_numbers(row.content)
    table = build_table(day=row.day, dimensions=numbers.dimensions, k=numbers.k, counted=numbers.counted)
    return replace(table, skill=numbers.skill)


@lru_cache(maxsize=TABLES_KEPT)
def _table(row: int, computed_at: datetime) -> PerformanceTable:
    """A row never changes; `computed_at` is part of the key for a database that was emptied and filled anew."""
    return table_of(TableRow.objects.get(pk=row))


def pack_numbers(numbers: Numbers) -> dict[str, Any]:
    """As they are stored: each segment once, each count as [number of the segment, rep, leads, wins]."""
    segments: dict[Segment, int] = {}
    rows: list[Sequence[float]] = []
    for one in sorted(numbers.counted, key=lambda row: row[:4]):
        place = segments.setdefault(one.segment, len(segments))
        rows.append([place, one.rep, round(one.leads, DIGITS), round(one.wins, DIGITS)])
    skill = {"skill": pack_skill(numbers.skill)} if numbers.skill is not None else {}
    return skill | {
        "dimensions": list(numbers.dimensions),
        "left_out": list(numbers.left_out),
        "k": numbers.k,
        "half_life_days": numbers.half_life_days,
        "segments": [list(segment) for segment in segments],
        "rows": rows,
    }


def unpack_numbers(content: Mapping[str, Any]) -> Numbers:
    segments = [tuple(segment) for segment in content["segments"]]
    rows: Iterable[tuple[int, int, float, float]] = content["rows"]
    dimensions = tuple(content["dimensions"])
    return Numbers(
        dimensions=dimensions,
        k=content["k"],
        half_life_days=content["half_life_days"],
        counted=tuple(Counted(rep, segments[place], wins, leads) for place, rep, leads, wins in rows),
        left_out=tuple(content["left_out"]),
        skill=unpack_skill(content["skill"], dimensions=dimensions) if "skill" in content else None,
    )
