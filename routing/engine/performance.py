"""How well a rep converts a kind of lead: segments, shrunk rates with intervals, and the tilt of weights.

A rep's result is what they won against what everybody wins of such leads, never the bare share of leads won: whoever
was given easy leads is not called good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from math import sqrt
from typing import NamedTuple

from routing.engine.folding import fold
from routing.engine.types import PerformanceTable, Record, RepId, Segment

SIZE_BANDS = ((10, "1-10"), (50, "11-50"), (200, "51-200"), (1_000, "201-1000"), (5_000, "1001-5000"))
"""Upper end → name of the band of employees."""
LARGEST_BAND = "5001+"
UNKNOWN = ""
"""The value of a dimension of which nothing is known: a kind of lead like any other."""
LONGEST_VALUE = 100
LEADS_A_REP = 10
"""A segment in which reps had fewer leads than this on average says less of them than the coarser one."""
Z_90 = 1.6448536269514722
"""A normal variable lies within this many standard deviations in 90 of 100 cases."""
MOST_TILT_BY = 0.5
NEXT_TO_NOTHING = 1e-9
"""Leads that have decayed to less than this say nothing any more."""

NOTHING = Record(0.0, 0.0)


class Estimate(NamedTuple):
    """What a rep is expected to make of a lead: the chance to win it, and a 90 % interval.

    `leads` (decayed) are those of theirs that it rests on, `level` how many dimensions they share with this lead.
    """

    rate: float
    low: float
    high: float
    leads: float
    level: int


NO_ESTIMATE = Estimate(0.0, 0.0, 1.0, 0.0, 0)


class Counted(NamedTuple):
    """Leads of one rep in one finest segment, and how many of them were won. Both decayed.

    `squares` is the sum of the squares of what each lead counts: it tells how many whole leads these are worth. None:
    each counts as a whole one.
    """

    rep: RepId
    segment: Segment
    wins: float
    leads: float
    squares: float | None = None


# --- segments -----------------------------------------------------------------------------------------------------


def segment_of(dimensions: Iterable[str], fact: Callable[[str], object]) -> Segment:
    """The values of these dimensions for a lead whose facts are looked up by field name."""
    return tuple(_value(dimension, fact) for dimension in dimensions)


def size_band(employees: object) -> str:
    """The band that a number of employees lies in; empty if it is unknown."""
    if isinstance(employees, bool) or not isinstance(employees, int | float) or not employees > 0:
        return UNKNOWN
    return next((name for upper, name in SIZE_BANDS if employees <= upper), LARGEST_BAND)


def _value(dimension: str, fact: Callable[[str], object]) -> str:
    if dimension == "size":
        return size_band(fact("employees"))
    if dimension == "region":
        country = _text(fact("country"))
        return (_text(fact("region")) or country) if country == "us" else country
    return _text(fact(dimension))


def _text(value: object) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, tuple | list):
        return fold(", ".join(str(part) for part in value))[:LONGEST_VALUE]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return fold(str(value))[:LONGEST_VALUE]


# --- tables -------------------------------------------------------------------------------------------------------


def build_table(*, day: date, dimensions: Sequence[str], k: float, counted: Iterable[Counted]) -> PerformanceTable:
    """The table of a day from counts by rep and finest segment: every coarser segment is summed up."""
    finest = list(counted)
    segments = _summed((row.segment, row.wins, row.leads) for row in finest)
    bare = PerformanceTable(day=day, dimensions=tuple(dimensions), segments=segments, k=k)
    of_rep: defaultdict[RepId, list[Counted]] = defaultdict(list)
    for row in finest:
        of_rep[row.rep].append(row)
    rates: dict[Segment, float] = {}
    reps = {rep: _records_of(rows, bare, rates) for rep, rows in of_rep.items()}
    return PerformanceTable(day=day, dimensions=bare.dimensions, segments=segments, reps=reps, k=k)


def _summed(rows: Iterable[tuple[Segment, float, float]]) -> dict[Segment, Record]:
    sums: defaultdict[Segment, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for segment, wins, leads in rows:
        for level in range(len(segment) + 1):
            total = sums[segment[:level]]
            total[0] += wins
            total[1] += leads
    return {segment: Record(wins, leads) for segment, (wins, leads) in sums.items()}


def _records_of(rows: Iterable[Counted], table: PerformanceTable, rates: dict[Segment, float]) -> dict[Segment, Record]:
    """One rep's records, with what everybody would have won of the very same leads."""
    sums: defaultdict[Segment, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in rows:
        if row.segment not in rates:
            rates[row.segment] = segment_rate(table, row.segment)
        expected = row.leads * rates[row.segment]
        for level in range(len(row.segment) + 1):
            total = sums[row.segment[:level]]
            total[0] += row.wins
            total[1] += row.leads
            total[2] += expected
    return {segment: Record(*total) for segment, total in sums.items()}


def has_statistics(table: PerformanceTable | None) -> bool:
    """Whether there is anything to go by. Without outcomes a pool goes by turn."""
    return table is not None and table.segments.get((), NOTHING).leads > 0


# --- results ------------------------------------------------------------------------------------------------------


def segment_rate(table: PerformanceTable, segment: Segment) -> float:
    """What share of such leads is won, each segment's share shrunk to that of the next coarser one."""
    everything = table.segments.get((), NOTHING)
    rate = everything.wins / everything.leads if everything.leads > 0 else 0.0
    for level in range(1, len(segment) + 1):
        record = table.segments.get(segment[:level])
        if record is None:
            break
        rate = _shrunk(record.wins, record.leads, rate, table.k)
    return min(max(rate, 0.0), 1.0)


def expected_result(table: PerformanceTable, rep: RepId, segment: Segment) -> Estimate:
    """What this rep is expected to make of a lead of this segment; NO_ESTIMATE where nothing is known of anybody.

    In the segment itself that is (wins + k·rate)/(leads + k) with the segment's own rate. Where too few leads are
    known the rep is judged by a coarser segment: by how much they won there against what everybody wins of the same
    leads, (wins + k·rate)/(expected + k·rate), times the rate of this segment.
    """
    if not has_statistics(table):
        return NO_ESTIMATE
    level = _level(table, segment)
    record = table.reps.get(rep, {}).get(segment[:level], NOTHING)
    rate, prior = segment_rate(table, segment), segment_rate(table, segment[:level])
    expected = record.leads * prior if record.expected is None else record.expected
    weight = max(table.k, 0.0) * prior
    lift = (record.wins + weight) / (expected + weight) if expected + weight > 0 else 1.0
    result = min(max(rate * lift, 0.0), 1.0)
    return Estimate(result, *wilson(result, record.leads + max(table.k, 0.0)), record.leads, level)


def _level(table: PerformanceTable, segment: Segment) -> int:
    """The finest level that is known well enough to compare people by."""
    enough = max(table.k, LEADS_A_REP * len(table.reps))
    level = 0
    while level < len(segment) and table.segments.get(segment[: level + 1], NOTHING).leads >= enough:
        level += 1
    return level


def _shrunk(wins: float, leads: float, rate: float, k: float) -> float:
    return (wins + k * rate) / (leads + k) if leads + k > 0 else rate


def wilson(rate: float, leads: float) -> tuple[float, float]:
    """Wilson's 90 % score interval of a share: within 0 and 1, and sensible for few leads and near the ends."""
    if not leads > NEXT_TO_NOTHING:
        return 0.0, 1.0
    square = Z_90 * Z_90 / leads
    centre = (rate + square / 2) / (1 + square)
    half = sqrt(rate * (1 - rate) * square + square * square / 4) / (1 + square)
    return max(centre - half, 0.0), min(centre + half, 1.0)


# --- weights and time ---------------------------------------------------------------------------------------------


def tilt(estimates: Mapping[RepId, Estimate]) -> dict[RepId, float]:
    """By how much results tilt weights: factors from 0.5 to 1.5, on average 1, in the order of the rates.

    In proportion to the rates; where that leaves the bounds, all come nearer to 1 until nobody does.

    Hand in everybody's `expected_result(table, rep, ())`: their result over the pool's own mix of leads.
    """
    rates = {rep: estimate.rate for rep, estimate in estimates.items()}
    mean = sum(rates.values()) / max(len(rates), 1)
    if not mean > 0:
        return dict.fromkeys(rates, 1.0)
    furthest = max(abs(rate / mean - 1) for rate in rates.values())
    scale = min(1.0, MOST_TILT_BY / furthest) if furthest > 0 else 1.0
    return {rep: 1 + scale * (rate / mean - 1) for rep, rate in rates.items()}


def decay(age_days: float, half_life_days: float) -> float:
    """What is left of something after a time: a half after every half-life. What is yet to come counts in full."""
    if not half_life_days > 0:
        return 0.0 if age_days > 0 else 1.0
    return float(0.5 ** (max(age_days, 0.0) / half_life_days))
