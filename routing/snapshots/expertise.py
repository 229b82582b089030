"""Rows → what won deals teach of the expertise of a pool's reps, frozen for a day, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery

from routing.engine.types import ExpertiseTable, Learned, Pool, PoolId, Strategy
from routing.models import LearnedExpertise

TABLES_KEPT = 64
DIGITS = 4
"""Of shares and decayed counts, as they are stored."""


def load_expertise(pools: Mapping[PoolId, Pool], *, now: datetime, timezone: str) -> dict[PoolId, ExpertiseTable]:
    """What the pools that go by intent and learn go by today. One query once it is known; none if no pool learns."""
    wanted = [pool for pool, terms in pools.items() if terms.learns and terms.strategy is Strategy.INTENT]
    if not wanted:
        return {}
    rows = newest_expertise(wanted, day=now.astimezone(ZoneInfo(timezone)).date())
    return {pool: _table(row, computed_at) for pool, row, computed_at in rows.values_list("pool", "pk", "computed_at")}


def newest_expertise(pools: Collection[PoolId], *, day: date) -> QuerySet[LearnedExpertise]:
    """The rows with what was learned last of each pool as of a day."""
    same_pool = LearnedExpertise.objects.filter(pool=OuterRef("pool"), day__lte=day).order_by("-day")
    newest = LearnedExpertise.objects.filter(pool__in=pools, pk=Subquery(same_pool.values("pk")[:1]))
    return newest.order_by("pool")


def expertise_of_days(days: Collection[tuple[PoolId, date]]) -> dict[tuple[PoolId, date], ExpertiseTable]:
    """What was learned as of certain days, for what was decided by it then. One query, or none."""
    wanted = Q()
    for pool, day in days:
        wanted |= Q(pool=pool, day=day)
    rows = LearnedExpertise.objects.filter(wanted) if days else ()
    return {(row.pool_id, row.day): expertise_table(row) for row in rows}


def expertise_table(row: LearnedExpertise) -> ExpertiseTable:
    """A row as the engine's table."""
    content = row.content
    reps = {
        int(rep): {topic: Learned(*numbers) for topic, numbers in topics.items()}
        for rep, topics in content["reps"].items()
    }
    return ExpertiseTable(row.day, content["differ"], content["p_value"], reps)


def pack_expertise(table: ExpertiseTable) -> dict[str, Any]:
    """As it is stored."""
    return {
        "differ": table.differ,
        "p_value": table.p_value,
        "reps": {
            str(rep): {topic: [round(number, DIGITS) for number in learned] for topic, learned in topics.items()}
            for rep, topics in table.reps.items()
        },
    }


@lru_cache(maxsize=TABLES_KEPT)
def _table(row: int, computed_at: datetime) -> ExpertiseTable:
    """A row never changes; `computed_at` is part of the key for a database that was emptied and filled anew."""
    return expertise_table(LearnedExpertise.objects.get(pk=row))
