"""How well each rep converts which leads: the numbers that decisions of a day are based on, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reps.models import Rep
from routing.engine.skill import estimate_of, usual_rate
from routing.engine.types import PerformanceTable, Record, RepId, Segment, SkillTable
from routing.models import PerformanceTable as TableRow
from routing.snapshots.performance import newest_tables, table_of, unpack_numbers


@dataclass(frozen=True, slots=True)
class Result:
    """One rep in one segment; () is everything. Counts are decayed.

    `rate` is the bare share won; `expected` what everybody would have won of the same leads; `result` what the rep is
    expected to make of such a lead, with its 90 % interval. `level` tells how many dimensions that is judged by.
    """

    rep: RepId
    name: str
    segment: Segment
    leads: float
    wins: float
    rate: float | None
    expected: float
    result: float
    low: float
    high: float
    level: int
    agent: bool = False


@dataclass(frozen=True, slots=True)
class SegmentTotal:
    """Everybody in one segment: the bare share won, and the rate shrunk to the coarser segments."""

    segment: Segment
    leads: float
    wins: float
    rate: float | None
    shrunk: float


@dataclass(frozen=True, slots=True)
class PoolPerformance:
    """A pool's numbers of a day. `left_out` are dimensions in its settings that leads cannot be counted by.

    `skill` says whether its reps differ; None for the first generation, which did not ask.
    """

    pool: int
    day: date
    computed_at: datetime
    dimensions: tuple[str, ...]
    left_out: tuple[str, ...]
    results: tuple[Result, ...]
    totals: tuple[SegmentTotal, ...]
    skill: SkillTable | None = None

    @property
    def overall(self) -> tuple[Result, ...]:
        """Each rep over the pool's own mix of leads."""
        return tuple(result for result in self.results if not result.segment)


def performance_of_pool(pool: int, *, day: date) -> PoolPerformance | None:
    """The newest numbers of a pool as of a day, people before agents, by name and segment; None before the first."""
    row = newest_tables([pool], day=day).first()
    return _performance(row) if row else None


def _performance(row: TableRow) -> PoolPerformance:
    table, numbers = table_of(row), unpack_numbers(row.content)
    reps = Rep.objects.in_bulk(table.reps)
    results = [
        _result(table, rep, reps.get(rep), segment, record)
        for rep, records in table.reps.items()
        for segment, record in records.items()
    ]
    totals = [
        SegmentTotal(segment, record.leads, record.wins, _share(record), usual_rate(table, segment))
        for segment, record in sorted(table.segments.items())
    ]
    return PoolPerformance(
        pool=row.pool_id,
        day=row.day,
        computed_at=row.computed_at,
        dimensions=numbers.dimensions,
        left_out=numbers.left_out,
        results=tuple(sorted(results, key=lambda result: (result.agent, result.name, result.rep, result.segment))),
        totals=tuple(totals),
        skill=table.skill,
    )


def _result(table: PerformanceTable, rep: RepId, row: Rep | None, segment: Segment, record: Record) -> Result:
    estimate = estimate_of(table, rep, segment)
    return Result(
        rep=rep,
        name=row.name if row else "",
        segment=segment,
        leads=record.leads,
        wins=record.wins,
        rate=_share(record),
        expected=record.expected or 0.0,
        result=estimate.rate,
        low=estimate.low,
        high=estimate.high,
        level=estimate.level,
        agent=row is not None and row.kind == Rep.Kind.AGENT,
    )


def _share(record: Record) -> float | None:
    return record.wins / record.leads if record.leads > 0 else None
