"""Whether counted outcomes differ by more than chance: a test within kinds of lead, intervals, and how many it takes.

Plain arithmetic, without the database. The test is the generalised Cochran-Mantel-Haenszel test: within each kind of
lead it compares what everybody won with what the wins of that kind, dealt out at random, would have given them, and
adds that up. So nobody looks good for having been given easy leads, and one question gets one answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, erfc, exp, lgamma, log, sqrt
from statistics import NormalDist
from typing import Generic, NamedTuple, TypeVar

from routing.engine.performance import Z_90, wilson

Who = TypeVar("Who", bound=Hashable)

LEAST_EXPECTED = 5.0
"""Wins, and leads not won, that chance would give somebody: with fewer the test would see things that are not there."""
DOUBT = 0.05
"""What happens by chance more rarely than this is taken for more than chance."""
POWER = NormalDist().inv_cdf(0.8)
"""A real difference shall be seen in 8 of 10 cases."""
NEXT_TO_NOTHING = 1e-9
MOST_COMPARED = 60
"""People judged one by one, those with most leads; the work grows with the cube. The others are judged as one."""


class Tally(NamedTuple):
    """Leads with a final outcome, and how many of them were won. Whole numbers."""

    wins: int
    leads: int


@dataclass(frozen=True, slots=True)
class Verdict(Generic[Who]):
    """`p`: how often chance alone makes people differ by as much. `compared` leads were comparable.

    `together` had fewer leads than the others and were judged as one; `left_out` had too few even so. `scores` says of
    each of the others by how many standard deviations they won more (+) or less (−) than chance would have given them.
    """

    p: float
    statistic: float
    degrees: int
    compared: int
    together: tuple[Who, ...]
    left_out: tuple[Who, ...]
    scores: Mapping[Who, float]

    @property
    def beyond_chance(self) -> bool:
        return self.p < DOUBT

    def standing_out(self) -> dict[Who, float]:
        """Whose score is beyond chance, with as many compared as there are (Holm). Nobody's, where people are alike."""
        if not self.beyond_chance:
            return {}
        names = list(self.scores)
        adjusted = holm([two_sided(self.scores[name]) for name in names])
        return {name: self.scores[name] for name, p in zip(names, adjusted, strict=True) if p < DOUBT}


class Difference(NamedTuple):
    """One share less another, with a 90 % interval. Shares from 0 to 1."""

    value: float
    low: float
    high: float

    @property
    def beyond_chance(self) -> bool:
        return self.low > 0 or self.high < 0


# --- do they differ? ----------------------------------------------------------------------------------------------


def compare(kinds: Iterable[Mapping[Who, Tally]]) -> Verdict[Who] | None:
    """Whether people differ, judged within each kind of lead; None where too little is known of two of them."""
    comparable, together, left_out = _comparable(kinds)
    groups = [_grouped(kind, together) for kind in comparable]
    names = list(dict.fromkeys(name for kind in groups for name in kind))
    if len(names) < 2:
        return None
    deviations, spread = _added_up(groups, names)
    scores = {
        name: deviation / sqrt(spread[place][place])
        for place, (name, deviation) in enumerate(zip(names, deviations, strict=True))
        if name is not None and spread[place][place] > NEXT_TO_NOTHING
    }
    statistic, degrees = _distance(deviations, spread)
    if not degrees:
        return None
    leads = sum(tally.leads for kind in comparable for tally in kind.values())
    p = chi_square_tail(statistic, degrees)
    return Verdict(p, statistic, degrees, leads, tuple(together), tuple(left_out), scores)


def leads_a_rep(rate: float) -> int | None:
    """How many leads somebody needs before they can be compared, where this share is won; None if all or none is."""
    rarer = min(rate, 1 - rate)
    return ceil(LEAST_EXPECTED / rarer) if rarer > 0 else None


def _comparable(
    kinds: Iterable[Mapping[Who, Tally]],
) -> tuple[list[Mapping[Who, Tally]], frozenset[Who], list[Who]]:
    """The kinds of lead that tell something; who of them is judged as one, and who had to be left out."""
    left, left_out = [kind for kind in kinds if _can_tell(kind)], list[Who]()
    while True:
        expected = _expected(left)
        known = _one_by_one(expected)
        few = [name for name in expected if name not in known]
        if not few or _enough(sum(expected[name][side] for name in few) for side in (0, 1)):
            return left, frozenset(few), left_out
        left_out += few
        without = ({name: tally for name, tally in kind.items() if name in known} for kind in left)
        left = [kind for kind in without if _can_tell(kind)]


def _one_by_one(expected: Mapping[Who, tuple[float, float]]) -> set[Who]:
    """Who has enough leads, of those with most."""
    most = sorted(expected, key=lambda name: -sum(expected[name]))[:MOST_COMPARED]
    return {name for name in most if _enough(expected[name])}


def _enough(sides: Iterable[float]) -> bool:
    """Wins and leads not won alike."""
    return min(sides) >= LEAST_EXPECTED


def _can_tell(kind: Mapping[Who, Tally]) -> bool:
    """Two people had such leads, some were won, and some were not."""
    wins, leads = _sums(kind)
    return 0 < wins < leads and sum(tally.leads > 0 for tally in kind.values()) > 1


def _sums(kind: Mapping[Who, Tally]) -> tuple[int, int]:
    return sum(tally.wins for tally in kind.values()), sum(tally.leads for tally in kind.values())


def _expected(kinds: Iterable[Mapping[Who, Tally]]) -> dict[Who, tuple[float, float]]:
    """Wins, and leads not won, that chance would have given each."""
    won, lost = defaultdict[Who, float](float), defaultdict[Who, float](float)
    for kind in kinds:
        wins, leads = _sums(kind)
        for name, tally in kind.items():
            won[name] += tally.leads * wins / leads
            lost[name] += tally.leads * (leads - wins) / leads
    return {name: (won[name], lost[name]) for name in won}


def _grouped(kind: Mapping[Who, Tally], together: frozenset[Who]) -> dict[Who | None, Tally]:
    """With those who are judged as one under None."""
    wins, leads = Counter[Who | None](), Counter[Who | None]()
    for name, tally in kind.items():
        group = None if name in together else name
        wins[group] += tally.wins
        leads[group] += tally.leads
    return {group: Tally(wins[group], leads[group]) for group in leads}


def _added_up(
    kinds: Iterable[Mapping[Who | None, Tally]], names: Sequence[Who | None]
) -> tuple[list[float], list[list[float]]]:
    """What each of these won above what chance would have given them, and how that varies together.

    The variances are those of wins that are dealt out at random among the leads of a kind.
    """
    place_of = {name: place for place, name in enumerate(names)}
    deviations = [0.0] * len(names)
    spread = [[0.0] * len(names) for _ in names]
    for kind in kinds:
        wins, leads = _sums(kind)
        scale = wins * (leads - wins) / (leads * leads * (leads - 1))
        there = [(place_of[name], tally) for name, tally in kind.items()]
        for place, mine in there:
            deviations[place] += mine.wins - mine.leads * wins / leads
            row = spread[place]
            row[place] += scale * leads * mine.leads
            for other, theirs in there:
                row[other] -= scale * mine.leads * theirs.leads
    return deviations, spread


def _distance(deviations: Sequence[float], spread: Sequence[Sequence[float]]) -> tuple[float, int]:
    """How far deviations are from nothing, in view of how they vary together; and how many of them are free.

    One after the other is accounted for and taken out of the rest. What is determined by the others is left out.
    """
    left, rest = list(deviations), [list(row) for row in spread]
    open_places = set(range(len(left)))
    statistic, degrees = 0.0, 0
    smallest = NEXT_TO_NOTHING * max((rest[place][place] for place in open_places), default=0.0)
    while open_places:
        pivot = max(open_places, key=lambda place: rest[place][place])
        variance = rest[pivot][pivot]
        if variance <= smallest:
            break
        open_places.remove(pivot)
        statistic, degrees = statistic + left[pivot] ** 2 / variance, degrees + 1
        for place in open_places:
            part = rest[place][pivot] / variance
            left[place] -= part * left[pivot]
            rest[place] = [value - part * rest[pivot][column] for column, value in enumerate(rest[place])]
    return statistic, degrees


# --- distributions ------------------------------------------------------------------------------------------------


def chi_square_tail(statistic: float, degrees: int) -> float:
    """How often a chi-square variable is as large as this or larger. Exact: a finite sum for whole degrees."""
    if statistic <= 0 or degrees < 1:
        return 1.0
    half = statistic / 2
    first = 0.0 if degrees % 2 == 0 else 0.5
    tail = erfc(sqrt(half)) if first else 0.0
    steps = range(degrees // 2)
    terms = (exp((step + first) * log(half) - half - lgamma(step + first + 1)) for step in steps)
    return min(tail + sum(terms), 1.0)


def two_sided(score: float) -> float:
    """How often a normal variable is as many standard deviations away, on either side."""
    return erfc(abs(score) / sqrt(2))


def holm(chances: Sequence[float]) -> list[float]:
    """Each chance as it counts where all of these were looked at: with ten looks, one in twenty is nothing special."""
    adjusted, least = [0.0] * len(chances), 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda one: chances[one])):
        least = max(least, min((len(chances) - rank) * chances[place], 1.0))
        adjusted[place] = least
    return adjusted


# --- two shares ---------------------------------------------------------------------------------------------------


def difference(one: Tally, other: Tally) -> Difference:
    """The share won of one less that of the other. Newcombe's interval: for few leads too."""
    first, second = _share(one), _share(other)
    (low, high), (other_low, other_high) = wilson(first, one.leads), wilson(second, other.leads)
    value = first - second
    below = sqrt((first - low) ** 2 + (other_high - second) ** 2)
    above = sqrt((high - first) ** 2 + (second - other_low) ** 2)
    return Difference(value, max(value - below, -1.0), min(value + above, 1.0))


def leads_to_see(rate: float, better: float, *, ratio: float) -> int | None:
    """How many leads the smaller of two groups needs so that a rise from one share to another is seen 8 times of 10.

    `ratio`: how many times as many the other group has. None where no number would do.
    """
    if not (0 < rate < 1 and 0 < better < 1 and ratio > 0) or rate == better:
        return None
    mean = (rate + ratio * better) / (1 + ratio)
    alike = Z_90 * sqrt(mean * (1 - mean) * (1 + 1 / ratio))
    apart = POWER * sqrt(rate * (1 - rate) + better * (1 - better) / ratio)
    return ceil(((alike + apart) / (better - rate)) ** 2)


def _share(tally: Tally) -> float:
    return tally.wins / tally.leads if tally.leads else 0.0
