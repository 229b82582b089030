"""Once a day, how well the reps of each pool convert which leads; some days before a month, its tilt of weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from reps.schedules import midnight
from routing.engine.performance import tilt
from routing.engine.skill import estimate_of, learned_table, nothing_shows_a_difference
from routing.engine.types import PerformanceMode, Pool, PoolId, Strategy
from routing.engine.types import PerformanceTable as Table
from routing.insights.outcomes import can_be_counted_by, count_each, questions_of
from routing.models import PerformanceTable, PoolMember, WeightTilt
from routing.models import Pool as PoolRow
from routing.snapshots.performance import Numbers, newest_tables, pack_numbers, table_of
from routing.snapshots.rulebook import Published, current_rulebook

TILT_IS_SHOWN = timedelta(days=5)
"""So long before its month a tilt is computed, for the reps to see before it applies."""
DIGITS = 4


def measure_performance(*, now: datetime) -> int:
    """Freeze today's numbers of every pool that goes by results, and next month's tilts; how many tables were written.

    What is there already stays as it is, so it can be called at any time, and costs one query where nothing is due.
    """
    published = current_rulebook()
    pools = [pool for pool in _pools(published) if pool.strategy is Strategy.PERFORMANCE]
    if published is None or not pools:
        return 0
    zone = ZoneInfo(published.rulebook.settings.timezone)
    today = now.astimezone(zone).date()
    due = _still_there(_without_numbers(pools, today))
    differed = _said_to_differ(due, today)
    for pool in due:
        _measure(pool, published, today, until=midnight(today, zone), now=now, before=pool.id in differed)
    _tilt_next_month([pool for pool in pools if pool.mode is PerformanceMode.MORE_LEADS], today, now)
    return len(due)


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _pools(published: Published | None) -> Iterable[Pool]:
    return published.rulebook.pools.values() if published else ()


def _without_numbers(pools: Sequence[Pool], today: date) -> list[Pool]:
    keys = [pool.id for pool in pools]
    measured = set(PerformanceTable.objects.filter(pool__in=keys, day=today).order_by().values_list("pool", flat=True))
    return [pool for pool in pools if pool.id not in measured]


def _still_there(pools: Sequence[Pool]) -> list[Pool]:
    """Without those that were archived or deleted since the rulebook was published."""
    if not pools:
        return []
    current = set(PoolRow.objects.current().filter(pk__in=[pool.id for pool in pools]).values_list("pk", flat=True))
    return [pool for pool in pools if pool.id in current]


def _said_to_differ(pools: Sequence[Pool], today: date) -> set[PoolId]:
    """Of whose reps the newest numbers say that they differ."""
    if not pools:
        return set()
    said = newest_tables([pool.id for pool in pools], day=today).values_list("pool", "content__skill__differ")
    return {pool for pool, differ in said if differ}


def _measure(pool: Pool, published: Published, today: date, *, until: datetime, now: datetime, before: bool) -> None:
    """The outcomes of everybody in the pool up to last midnight, wherever their leads came from."""
    terms = published.terms_of(pool.id)
    dimensions = tuple(dict.fromkeys(filter(can_be_counted_by, pool.segments)))
    faded, whole = count_each(questions_of(_members(pool.id), dimensions, until, terms.half_life_days))
    table = learned_table(
        day=today, dimensions=dimensions, k=terms.shrinkage_k, faded=faded, whole=whole, before=before
    )
    numbers = Numbers(
        dimensions=dimensions,
        k=terms.shrinkage_k,
        half_life_days=terms.half_life_days,
        counted=tuple(faded),
        left_out=tuple(name for name in pool.segments if name not in dimensions),
        skill=table.skill,
    )
    _write_once(pool.id, today, numbers, now)


def _write_once(pool: PoolId, day: date, numbers: Numbers, now: datetime) -> None:
    PerformanceTable.objects.get_or_create(
        pool_id=pool, day=day, defaults={"content": pack_numbers(numbers), "computed_at": now}
    )


def _tilt_next_month(pools: Sequence[Pool], today: date, now: datetime) -> None:
    """Factors for those who are members now; who joins later has their plain weight until the month after."""
    month = next_month(today)
    if not pools or today < month - TILT_IS_SHOWN:
        return
    keys = [pool.id for pool in pools]
    tilted = set(WeightTilt.objects.filter(pool__in=keys, month=month).order_by().values_list("pool", flat=True))
    for row in newest_tables([key for key in keys if key not in tilted], day=today):
        table = table_of(row)
        factors = _factors(table, _members(row.pool_id))
        with transaction.atomic():
            WeightTilt.objects.get_or_create(
                pool_id=row.pool_id,
                month=month,
                defaults={
                    "factors": {str(rep): round(factor, DIGITS) for rep, factor in factors.items()},
                    "computed_at": now,
                },
            )


def _factors(table: Table, members: Sequence[int]) -> dict[int, float]:
    """Where nothing shows that they differ nobody is tilted."""
    if nothing_shows_a_difference(table):
        return dict.fromkeys(members, 1.0)
    return tilt({rep: estimate_of(table, rep, ()) for rep in members})


def _members(pool: PoolId) -> list[int]:
    return list(PoolMember.objects.filter(pool=pool).order_by("rep_id").values_list("rep_id", flat=True))
