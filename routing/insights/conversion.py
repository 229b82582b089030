"""How well each member of a pool converts which leads: the bare share won beside what routing makes of it.

A pool that goes by results is shown by the numbers that its decisions of the day are based on. Any other is counted now
as it would be, so that one can see beforehand whether results would be worth going by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from reps.models import Rep
from routing.engine.chance import Tally, Verdict, compare, holm
from routing.engine.performance import NOTHING, Counted
from routing.engine.skill import estimate_of, learned_table, usual_rate
from routing.engine.types import PerformanceTable, RepId, Segment
from routing.insights.outcomes import Question, can_be_counted_by, count_each, count_outcomes, questions_of
from routing.models import Pool, PoolMember
from routing.snapshots.performance import newest_tables, table_of, unpack_numbers

MOST_OF_THEM = 0.75
"""Of the leads must be comparable, or kinds are told apart less finely."""
MOST_KINDS = 60
"""Kinds of lead with numbers of their own, those with most leads first."""
MOST_PEOPLE = 60
"""People with numbers of their own, those with most leads."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The numbers that a pool goes by, or would. `frozen`: decisions of today use them as they are.

    `left_out` are dimensions that leads cannot be counted by.
    """

    table: PerformanceTable
    members: Mapping[RepId, Rep]
    left_out: tuple[str, ...]
    half_life_days: float
    frozen: bool


@dataclass(frozen=True, slots=True)
class Converted:
    """One rep with one kind of lead. `leads` and `wins` are decayed; `rate` is the bare share of them.

    `used` is what routing expects them to make of such a lead, with its 90 % interval.
    """

    rep: Rep
    leads: float
    wins: float
    rate: float | None
    used: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of lead; () is every lead. `rate` is what everybody wins of such leads, shrunk to coarser kinds.

    `level` is how many dimensions people are compared by here: fewer than the kind has where too few leads are known.
    """

    segment: Segment
    leads: float
    wins: float
    rate: float
    level: int
    reps: tuple[Converted, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Whole leads of a period by rep and finest kind, for tests: nothing faded, nothing shrunk."""

    kinds: Mapping[Segment, Mapping[RepId, Tally]]

    @property
    def total(self) -> Tally:
        return _added([tally for kind in self.kinds.values() for tally in kind.values()])

    def within(self, segment: Segment, depth: int) -> list[Mapping[RepId, Tally]]:
        """The kinds that lie in this one, told apart by so many dimensions."""
        found: defaultdict[Segment, defaultdict[RepId, list[Tally]]] = defaultdict(lambda: defaultdict(list))
        for one, kind in self.kinds.items():
            if one[: len(segment)] == segment:
                for rep, tally in kind.items():
                    found[one[:depth]][rep].append(tally)
        return [{rep: _added(tallies) for rep, tallies in kind.items()} for kind in found.values()]


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether people differ with a kind of lead, compared within kinds told apart by `depth` dimensions."""

    verdict: Verdict[RepId]
    depth: int


def basis_and_counts(pool: Pool, *, by_results: bool, day: date, until: datetime, days: int) -> tuple[Basis, Counts]:
    """The numbers of a pool for a day, and what became final in the last days, of the same people by the same kinds.

    Outcomes count `until` midnight. `by_results`: the published pool goes by them. At most four queries.
    """
    memberships = PoolMember.objects.filter(pool=pool).select_related("rep").order_by("rep__name", "rep_id")
    members = {row.rep_id: row.rep for row in memberships}
    row = newest_tables([pool.pk], day=day).first() if by_results else None
    if row is not None:
        numbers = unpack_numbers(row.content)
        basis = Basis(table_of(row), members, numbers.left_out, numbers.half_life_days, frozen=True)
        asked = Question(list(members), basis.table.dimensions, until, basis.half_life_days, whole_days=days)
        return basis, _counts(count_outcomes(asked))
    dimensions = tuple(dict.fromkeys(filter(can_be_counted_by, pool.segments)))
    questions = questions_of(list(members), dimensions, until, pool.half_life_days)
    faded, whole, of_days = count_each([*questions, replace(questions[0], whole_days=days)])
    table = learned_table(day=day, dimensions=dimensions, k=pool.shrinkage_k, faded=faded, whole=whole, before=False)
    left_out = tuple(name for name in pool.segments if name not in dimensions)
    return Basis(table, members, left_out, pool.half_life_days, frozen=False), _counts(of_days)


def _counts(counted: Iterable[Counted]) -> Counts:
    kinds: defaultdict[Segment, dict[RepId, Tally]] = defaultdict(dict)
    for row in counted:
        kinds[row.segment][row.rep] = Tally(round(row.wins), round(row.leads))
    return Counts(kinds)


def segments_at(basis: Basis, depth: int) -> list[Segment]:
    """Every kind of lead told apart by so many dimensions, those with most leads first."""
    found = [segment for segment in basis.table.segments if len(segment) == depth]
    return sorted(found, key=lambda segment: (-basis.table.segments[segment].leads, segment))


def kinds_at(basis: Basis, depth: int, *, most: int = MOST_KINDS) -> list[Kind]:
    """So many of these kinds with what the people with most leads made of them. People by their results."""
    leads = {rep: basis.table.reps.get(rep, {}).get((), NOTHING).leads for rep in basis.members}
    shown = sorted(basis.members, key=lambda rep: (-leads[rep], rep))[:MOST_PEOPLE]
    overall = {rep: estimate_of(basis.table, rep, ()).rate for rep in shown}
    order = sorted(shown, key=lambda rep: (-overall[rep], basis.members[rep].name, rep))
    return [_kind(basis, segment, order) for segment in segments_at(basis, depth)[:most]]


def judged(segment: Segment, counts: Counts, *, deepest: int) -> Judged | None:
    """Whether people differ with such leads; None where too little is known.

    Within the finest kinds of which enough is known to compare most of the leads, so that easy leads make nobody good.
    """
    for depth in range(deepest, len(segment) - 1, -1):
        kinds = counts.within(segment, depth)
        verdict = compare(kinds)
        if verdict is None:
            continue
        leads = sum(tally.leads for kind in kinds for tally in kind.values())
        if depth == len(segment) or verdict.compared >= MOST_OF_THEM * leads:
            return Judged(verdict, depth)
    return None


def looked_at_together(verdicts: Mapping[Segment, Judged]) -> dict[Segment, float]:
    """The chance of each verdict as it counts where all of them were asked for (Holm)."""
    return dict(zip(verdicts, holm([one.verdict.p for one in verdicts.values()]), strict=True))


def _added(tallies: Sequence[Tally]) -> Tally:
    return Tally(sum(tally.wins for tally in tallies), sum(tally.leads for tally in tallies))


def _kind(basis: Basis, segment: Segment, order: Sequence[RepId]) -> Kind:
    table = basis.table
    record = table.segments[segment]
    level = next((estimate_of(table, rep, segment).level for rep in order), 0)
    rows = tuple(_converted(basis, rep, segment) for rep in order)
    return Kind(segment, record.leads, record.wins, usual_rate(table, segment), level, rows)


def _converted(basis: Basis, rep: RepId, segment: Segment) -> Converted:
    record = basis.table.reps.get(rep, {}).get(segment, NOTHING)
    estimate = estimate_of(basis.table, rep, segment)
    return Converted(
        rep=basis.members[rep],
        leads=record.leads,
        wins=record.wins,
        rate=record.wins / record.leads if record.leads > 0 else None,
        used=estimate.rate,
        low=estimate.low,
        high=estimate.high,
    )
