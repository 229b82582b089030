"""What each rep is expected to make of a kind of lead: the second generation, which learns how far to trust results.

Whether a lead is won depends on how often leads of its kind are won (the level) and on who has it (the skill, in
log-odds: 0 is the average rep's). A rep's skill is the sum of what they can do with any lead, with each value of each
dimension, and with exactly this kind. How much reps differ in each of these is estimated from the outcomes themselves,
and skill is shrunk by that: where reps barely differ, to nothing; where they differ much, one learns quickly.

Fitted once a day (`fit_skill`, a few rounds of iteratively weighted least squares with the spreads by MacKay's fixed
point), looked up at every decision (`skill_estimate`). Evidence is the rep's, not the pool's: who comes from another
team brings what they did with the same kinds of lead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import exp, log, sqrt

from routing.engine.evidence import Evidence, evidence_of, in_order, worth_of
from routing.engine.linear import cholesky, inverse
from routing.engine.performance import (
    NO_ESTIMATE,
    Z_90,
    Counted,
    Estimate,
    build_table,
    expected_result,
    segment_rate,
)
from routing.engine.types import (
    EVERYWHERE,
    Level,
    Part,
    PerformanceTable,
    RepId,
    RepSkill,
    Seen,
    Segment,
    SkillTable,
)

LEVEL_LEADS = 30.0
"""Before anything is known of how far kinds of lead differ, a kind's share of wins is shrunk to that of the next
coarser one as by so many leads (`k`). Then by what the outcomes show of it."""
ROUNDS = 8
FIRST_SPREAD = 0.04
"""Of log-odds, squared: where the search begins."""
SMALLEST_SPREAD = 1e-5
LARGEST_SPREAD = 4.0
USUAL_SPREAD = 0.03
"""What is believed of a spread before anything is known: standard deviations of 0.17 of log-odds for each part."""
SPREAD_BELIEF = 3.0
"""So firmly, as three reps of whom all is known would show it: a few look more alike, or less, than they are."""
LEVEL_BELIEF = 1.0
"""As firmly as one kind of lead would show it."""
MOST_VALUES = 20
"""Values of a dimension with a part of their own, those with most leads; in all others skill is of the kind alone."""
MOST_PARTS = 60
"""Parts of one rep; the work grows with the cube."""
WIDER = 1.1
"""Intervals are wider by this where reps differ: how much they do is itself an estimate. Found by simulation."""
FARTHEST = 12.0
"""Log-odds are kept within this: a chance of 6 in a million, or all but."""
LEAST_VARIANCE = 1e-9


def fit_skill(
    counted: Iterable[Counted],
    *,
    dimensions: Sequence[str],
    differ: bool | None = None,
    k: float = LEVEL_LEADS,
    spreads: Sequence[float] | None = None,
) -> SkillTable:
    """The skills that these outcomes show. Rows that cannot be counts are left out.

    `differ`: what is known of whether reps differ; None asks these very outcomes (routing.engine.evidence). `spreads`:
    how far they do, if that is known: variances of log-odds everywhere, by each dimension, and by the exact kind.
    """
    rows = in_order(counted)
    found = evidence_of(rows)
    said = differ if differ is not None else found is not None and found.differ()
    return _fitted(rows, tuple(dimensions), k, said, found, spreads)


def learned_table(
    *, day: date, dimensions: Sequence[str], k: float, faded: Iterable[Counted], whole: Iterable[Counted], before: bool
) -> PerformanceTable:
    """The table of a day. Skill is fitted to what has faded; whether reps differ is asked of whole leads.

    `before`: the numbers before these said that they differ.
    """
    rows, found = list(faded), evidence_of(whole)
    table = build_table(day=day, dimensions=dimensions, k=k, counted=rows)
    said = found is not None and found.differ(before=before)
    return replace(table, skill=_fitted(in_order(rows), table.dimensions, k, said, found))


def estimate_of(table: PerformanceTable, rep: Hashable, segment: Segment) -> Estimate:
    """What this rep is expected to make of such a lead, by the numbers of that day, of whichever generation."""
    if table.skill is not None:
        return skill_estimate(table.skill, rep, segment)
    return expected_result(table, rep, segment) if isinstance(rep, int) else NO_ESTIMATE


def usual_result(table: PerformanceTable, rep: RepId) -> float:
    """What this rep is expected to win of the pool's own mix of leads: what a turn of theirs is worth, whatever comes.

    Where everybody gets as many leads, that is the price of giving one to them.
    """
    if table.skill is None:
        return estimate_of(table, rep, ()).rate
    known = table.skill.usual
    if rep not in known:
        known[rep] = estimate_of(table, rep, ()).rate
    return known[rep]


def usual_rate(table: PerformanceTable, segment: Segment) -> float:
    """What share of such leads is won by everybody; in the second generation, by a rep of average skill."""
    return skill_estimate(table.skill, None, segment).rate if table.skill is not None else segment_rate(table, segment)


def nothing_shows_a_difference(table: PerformanceTable) -> bool:
    """Whether nothing shows that these reps differ. The first generation did not ask."""
    return table.skill is not None and not table.skill.differ


def _fitted(
    rows: Sequence[Counted],
    dimensions: tuple[str, ...],
    k: float,
    differ: bool,
    found: Evidence | None,
    spreads: Sequence[float] | None = None,
) -> SkillTable:
    whole = [row._replace(segment=_fitting(row.segment, len(dimensions))) for row in rows]
    fit = _Fit(_cells(whole), len(dimensions), k if 0 < k < float("inf") else LEVEL_LEADS, spreads)
    fit.run()
    return SkillTable(
        dimensions=dimensions,
        differ=differ,
        p_value=found.p_value if found else None,
        levels=fit.levels,
        spreads=tuple(fit.spreads),
        reps={rep: solved.frozen() for rep, solved in fit.solved.items()},
    )


def skill_estimate(table: SkillTable, rep: Hashable, segment: Iterable[str]) -> Estimate:
    """What this rep is expected to make of a lead of this kind, with a 90 % interval; of a coarser kind, over the
    pool's own mix of leads. Somebody nobody knows is expected to make of it what the average rep does."""
    if () not in table.levels:
        return NO_ESTIMATE
    kind = _fitting(segment, len(table.dimensions), fill=False)
    known = table.reps.get(rep, NOBODY) if isinstance(rep, int) else NOBODY
    finest = len(kind) == len(table.dimensions)
    mix = [(kind, 1.0)] if finest else _mix(table, kind)
    return _estimate(table, known, kind, mix)


# --- counts -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Cell:
    """One rep's leads of one kind. `worth`: how many whole leads a lead's worth of them is."""

    wins: float
    leads: float
    worth: float


def _cells(rows: Iterable[Counted]) -> dict[RepId, dict[Segment, _Cell]]:
    sums: defaultdict[RepId, defaultdict[Segment, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0] * 3))
    for row in rows:
        total = sums[row.rep][row.segment]
        total[0] += row.wins
        total[1] += row.leads
        total[2] += row.leads / worth_of(row)
    return {
        rep: {segment: _Cell(wins, leads, leads / squares) for segment, (wins, leads, squares) in kinds.items()}
        for rep, kinds in sums.items()
    }


def _fitting(segment: Iterable[str], size: int, *, fill: bool = True) -> Segment:
    """A kind told apart by no more than these dimensions; what is missing is unknown."""
    kind = tuple(segment)[:size]
    return kind + ("",) * (size - len(kind)) if fill else kind


# --- fitting ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Solved:
    """One rep's skill while it is fitted."""

    parts: tuple[Part, ...]
    places: Mapping[Segment, tuple[int, ...]]
    means: list[float] = field(default_factory=list)
    covariance: list[list[float]] = field(default_factory=list)
    seen: dict[Segment, Seen] = field(default_factory=dict)
    skill: dict[Segment, float] = field(default_factory=dict)

    def frozen(self) -> RepSkill:
        return RepSkill(self.parts, tuple(self.means), tuple(map(tuple, self.covariance)), self.seen)


class _Fit:
    """Levels, spreads and skills, each made better in turn by what is known of the others."""

    def __init__(
        self, cells: Mapping[RepId, Mapping[Segment, _Cell]], size: int, k: float, spreads: Sequence[float] | None
    ) -> None:
        self.cells, self.size, self.spreads_are_known = cells, size, spreads is not None
        factors = size + 2 if size > 1 else size + 1
        self.spreads = [FIRST_SPREAD] * factors
        if size == 1:  # the one dimension's value is the exact kind
            self.spreads = [FIRST_SPREAD, 0.0, FIRST_SPREAD]
        if size == 0:
            self.spreads = [FIRST_SPREAD, 0.0]
        if spreads is not None:
            self.spreads = list(spreads)
        parts = _common_parts(cells, size)
        self.solved = {rep: _begun(kinds, parts) for rep, kinds in cells.items()}
        self.levels: dict[Segment, Level] = {}
        wins = sum(cell.wins for kinds in cells.values() for cell in kinds.values())
        leads = sum(cell.leads for kinds in cells.values() for cell in kinds.values())
        share = (wins + 0.5) / (leads + 1)
        self.start = _logit(share)
        self.usual = 1 / (k * share * (1 - share))
        self.between = [0.0] + [self.usual] * size
        self.of_segment: defaultdict[Segment, list[tuple[RepId, Segment, _Cell]]] = defaultdict(list)
        for rep, kinds in cells.items():
            for segment, cell in kinds.items():
                for depth in range(size + 1):
                    self.of_segment[segment[:depth]].append((rep, segment, cell))
        self.order = sorted(self.of_segment, key=lambda one: (len(one), one))

    def run(self) -> None:
        if not self.cells:
            return
        for _ in range(ROUNDS):
            self._set_levels()
            for rep, solved in self.solved.items():
                self._solve(solved, self.cells[rep])
            if not self.spreads_are_known:
                self._set_spreads()
        self._set_levels()

    def _set_levels(self) -> None:
        """From coarse to fine, each shrunk to the next coarser one by how far kinds of lead differ at that depth."""
        squares, known = [0.0] * (self.size + 1), [0.0] * (self.size + 1)
        for segment in self.order:
            level, certain = self._level(segment)
            self.levels[segment] = level
            if segment:
                squares[len(segment)] += (level.logit - self.levels[segment[:-1]].logit) ** 2
                known[len(segment)] += certain
        for depth in range(1, self.size + 1):
            better = (squares[depth] + LEVEL_BELIEF * self.usual) / (known[depth] + LEVEL_BELIEF)
            self.between[depth] = min(max(better, SMALLEST_SPREAD), LARGEST_SPREAD)

    def _level(self, segment: Segment) -> tuple[Level, float]:
        """A kind's level, and how much of it is its own: from 0 (all from the coarser one) to 1."""
        rows = self.of_segment[segment]
        above = self.levels[segment[:-1]] if segment else Level(self.start, 0.0, 0.0)
        prior = 1 / self.between[len(segment)] if segment else 0.0
        before = self.levels.get(segment)
        logit = before.logit if before else above.logit
        for _ in range(1 if before else 4):
            logit = self._step(rows, logit, above.logit, prior)
        share, spread = _share(logit), sum(self.spreads)
        known = sum(1 / (1 / _information(cell, share) + spread) for _, _, cell in rows)
        whole = max(known + prior, LEAST_VARIANCE)
        variance = 1 / whole + (prior / whole) ** 2 * above.variance
        return Level(logit, variance, sum(cell.leads for _, _, cell in rows)), known / whole

    def _step(self, rows: Sequence[tuple[RepId, Segment, _Cell]], logit: float, start: float, prior: float) -> float:
        """One of Newton's, no longer than 1."""
        score, information = prior * (start - logit), prior
        for rep, segment, cell in rows:
            share = _share(logit + self.solved[rep].skill.get(segment, 0.0))
            score += cell.wins - cell.leads * share
            information += cell.leads * share * (1 - share)
        return _near(logit + max(-1.0, min(1.0, score / max(information, LEAST_VARIANCE))))

    def _solve(self, solved: _Solved, kinds: Mapping[Segment, _Cell]) -> None:
        size = len(solved.parts)
        spread_of = [max(self.spreads[part[0] + 1], SMALLEST_SPREAD) for part in solved.parts]
        finest = self.spreads[-1]
        matrix = [[0.0] * size for _ in range(size)]
        right = [0.0] * size
        for place in range(size):
            matrix[place][place] = 1 / spread_of[place]
        for segment, cell in kinds.items():
            seen = solved.seen[segment] = _seen(cell, self.levels[segment].logit, solved.skill.get(segment, 0.0))
            weight = 1 / (1 / seen.information + finest)
            for place in solved.places[segment]:
                right[place] += weight * seen.result
                row = matrix[place]
                for other in solved.places[segment]:
                    row[other] += weight
        solved.covariance = inverse(cholesky(matrix))
        solved.means = [sum(map(_times, row, right)) for row in solved.covariance]
        for segment, seen in solved.seen.items():
            of_parts = sum(solved.means[place] for place in solved.places[segment])
            trust = _trust(seen, finest)
            solved.skill[segment] = of_parts + trust * (seen.result - of_parts)

    def _set_spreads(self) -> None:
        squares, known = [0.0] * len(self.spreads), [0.0] * len(self.spreads)
        finest = self.spreads[-1]
        for solved in self.solved.values():
            for place, part in enumerate(solved.parts):
                spread = max(self.spreads[part[0] + 1], SMALLEST_SPREAD)
                squares[part[0] + 1] += solved.means[place] ** 2
                known[part[0] + 1] += max(1 - solved.covariance[place][place] / spread, 0.0)
            for segment, seen in solved.seen.items() if finest > 0 else ():
                places = solved.places[segment]
                trust = _trust(seen, finest)
                of_parts = sum(solved.covariance[one][other] for one in places for other in places)
                squares[-1] += (solved.skill[segment] - sum(solved.means[place] for place in places)) ** 2
                known[-1] += max(trust - trust * trust * of_parts / finest, 0.0)
        for place, spread in enumerate(self.spreads):
            if spread > 0:
                better = (squares[place] + SPREAD_BELIEF * USUAL_SPREAD) / (known[place] + SPREAD_BELIEF)
                self.spreads[place] = min(max(better, SMALLEST_SPREAD), LARGEST_SPREAD)


def _begun(kinds: Mapping[Segment, _Cell], common: Sequence[set[str]]) -> _Solved:
    """The parts that a rep's leads touch, by number of leads; and which of them each kind has."""
    leads: defaultdict[Part, float] = defaultdict(float)
    for segment, cell in kinds.items():
        for part in _parts_of(segment):
            if part[0] < 0 or (common and part[1] in common[part[0]]):
                leads[part] += cell.leads
    parts = tuple(sorted(sorted(leads, key=lambda part: (part != EVERYWHERE, -leads[part], part))[:MOST_PARTS]))
    place_of = {part: place for place, part in enumerate(parts)}
    places = {segment: tuple(place_of[part] for part in _parts_of(segment) if part in place_of) for segment in kinds}
    return _Solved(parts, places)


def _common_parts(cells: Mapping[RepId, Mapping[Segment, _Cell]], size: int) -> list[set[str]]:
    """Of each dimension the values with most leads. One dimension needs none: its value is the exact kind."""
    if size < 2:
        return []
    leads: list[defaultdict[str, float]] = [defaultdict(float) for _ in range(size)]
    for kinds in cells.values():
        for segment, cell in kinds.items():
            for place, value in enumerate(segment):
                leads[place][value] += cell.leads
    return [set(sorted(one, key=lambda value: (-one[value], value))[:MOST_VALUES]) for one in leads]


def _parts_of(segment: Segment) -> list[Part]:
    return [EVERYWHERE, *enumerate(segment)]


def _information(cell: _Cell, share: float) -> float:
    """How much the log-odds of these leads are known by: one over their variance."""
    return max(cell.leads * cell.worth * share * (1 - share), LEAST_VARIANCE)


def _seen(cell: _Cell, level: float, skill: float) -> Seen:
    share = _share(level + skill)
    slope = max(cell.leads * share * (1 - share), LEAST_VARIANCE)
    return Seen(_information(cell, share), skill + (cell.wins - cell.leads * share) / slope, cell.leads)


def _trust(seen: Seen, finest: float) -> float:
    """How far what is seen of exactly this kind is believed, from 0 to 1."""
    return finest * seen.information / (1 + finest * seen.information)


# --- estimates ----------------------------------------------------------------------------------------------------

NOBODY = RepSkill((), (), (), {})


def _mix(table: SkillTable, kind: Segment) -> list[tuple[Segment, float]]:
    """The finest kinds within this one, and which part of its leads each has; itself where there is none."""
    size = len(table.dimensions)
    inside = [
        (segment, level.leads)
        for segment, level in table.levels.items()
        if len(segment) == size and segment[: len(kind)] == kind
    ]
    total = sum(leads for _, leads in inside)
    return [(segment, leads / total) for segment, leads in inside] if total > 0 else [(kind, 1.0)]


def _estimate(table: SkillTable, known: RepSkill, kind: Segment, mix: Sequence[tuple[Segment, float]]) -> Estimate:
    place_of = {part: place for place, part in enumerate(known.parts)}
    finest = table.spreads[-1]
    touched: defaultdict[Part, float] = defaultdict(float)
    rate = variance = leads = certain = 0.0
    for segment, weight in mix:
        level = _level_of(table, segment)
        seen = known.seen.get(segment)
        trust = _trust(seen, finest) if seen else 0.0
        of_parts = 0.0
        for part in _parts_of(segment):
            touched[part] += weight * (1 - trust)
            of_parts += known.means[place_of[part]] if part in place_of else 0.0
        skill = of_parts + (trust * (seen.result - of_parts) if seen else 0.0)
        rate += weight * _share(level.logit + skill)
        variance += weight * weight * finest * (1 - trust)
        leads += seen.leads if seen else 0.0
        certain += weight * level.variance
    for part, weight in touched.items():
        place = place_of.get(part)
        if place is None:
            variance += weight * weight * table.spreads[part[0] + 1]
            continue
        row = known.covariance[place]
        variance += weight * sum(touched.get(other, 0.0) * row[column] for other, column in place_of.items())
    uncertain = _prior(table, mix)
    shrunk = min(variance / uncertain, 1.0) if uncertain > 0 else 0.0
    half = Z_90 * (WIDER if table.differ else 1.0) * sqrt(max(variance + shrunk * shrunk * certain, 0.0))
    centre = _logit(rate)
    low, high = _share(centre - half), _share(centre + half)
    return Estimate(rate, min(low, rate), max(high, rate), leads, len(kind))


def _prior(table: SkillTable, mix: Sequence[tuple[Segment, float]]) -> float:
    """The variance of the skill of somebody nobody knows, over these kinds."""
    weights: defaultdict[Part, float] = defaultdict(float)
    for segment, weight in mix:
        for part in _parts_of(segment):
            weights[part] += weight
    parts = sum(weight * weight * table.spreads[part[0] + 1] for part, weight in weights.items())
    return parts + table.spreads[-1] * sum(weight * weight for _, weight in mix)


def _level_of(table: SkillTable, segment: Segment) -> Level:
    """That of this kind, or of the finest coarser one that is known."""
    return next(table.levels[segment[:n]] for n in range(len(segment), -1, -1) if segment[:n] in table.levels)


def _times(one: float, other: float) -> float:
    return one * other


def _near(logit: float) -> float:
    return max(-FARTHEST, min(FARTHEST, logit))


def _share(logit: float) -> float:
    return 1 / (1 + exp(-_near(logit)))


def _logit(share: float) -> float:
    bounded = min(max(share, 1e-6), 1 - 1e-6)
    return log(bounded / (1 - bounded))
