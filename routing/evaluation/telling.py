"""How well the values of a column tell which leads were won: what nobody can know of a lead that only just came.

Each half of the leads is judged by what the other half says of a value, so many values alone tell nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from routing.engine.counting import counted
from routing.engine.folding import quoted

FEW_VALUES, BINS = 20, 20
SURE, LEAST_PURE, BY_LUCK = 0.98, 20, 1e-6
"""Leads of a value that were all won: at least so many, and luck would hardly ever make them so."""
GIVES_AWAY, DOUBTFUL = 0.9, 0.85
"""In so many pairs a won lead ranks above a lost one."""
MOSTLY = 0.5
"""Of the leads that it ranks highest so many were won: an honest column may rank well, but is seldom so sure."""


class Telling(NamedTuple):
    """`ranks`: in what part of all pairs a won lead stands above a lost one (0.5: no better than chance).

    `sure`: the share won of as many leads as were won, those that it ranks highest.
    """

    ranks: float
    sure: float

    @property
    def gives_away(self) -> bool:
        return self.ranks >= GIVES_AWAY and self.sure >= MOSTLY

    @property
    def doubtful(self) -> bool:
        return self.ranks >= DOUBTFUL


def how_telling(values: Sequence[Hashable], won: Sequence[bool]) -> Telling:
    """Of values beside what became of each lead. Some were won, and some were not."""
    toss = Random(len(won)).getrandbits
    groups = Counter(((toss(1), value), outcome) for value, outcome in zip(values, won, strict=True))
    base = sum(won) / len(won)
    scored: Counter[tuple[float, bool]] = Counter()
    for (half, value), outcome in groups:
        other = (1 - half, value)
        wins, lost = groups[other, True], groups[other, False]
        scored[(wins + base) / (wins + lost + 1), outcome] += groups[(half, value), outcome]
    ladder = [(scored[score, False], scored[score, True]) for score in sorted({score for score, _ in scored})]
    return Telling(_ranks(ladder), _sure(ladder, sum(won)))


def _ranks(ladder: Sequence[tuple[int, int]]) -> float:
    below, pairs = 0, 0.0
    for lost, won in ladder:
        pairs += won * (below + lost / 2)
        below += lost
    return pairs / (below * sum(won for _, won in ladder))


def _sure(ladder: Sequence[tuple[int, int]], wanted: int) -> float:
    taken, wins = 0.0, 0.0
    for lost, won in reversed(ladder):
        part = min((wanted - taken) / (lost + won), 1.0)
        taken += part * (lost + won)
        wins += part * won
        if part < 1:
            break
    return wins / taken


def in_bins(cells: Sequence[str]) -> Sequence[str]:
    """Numbers, if they are many, in twenty bins with as many leads each; everything else as it is."""
    if len(set(cells)) <= FEW_VALUES:
        return cells
    numbers = {cell: number for cell in set(cells) if (number := _number(cell)) is not None}
    given = sorted(numbers[cell] for cell in cells if cell in numbers)
    if len(given) < sum(cell != "" for cell in cells) / 2 or not given:
        return cells
    edges = sorted({given[len(given) * part // BINS] for part in range(1, BINS)})
    return [str(bisect_left(edges, numbers[cell])) if cell in numbers else cell for cell in cells]


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def all_won(values: Sequence[str], won: Sequence[bool]) -> str | None:
    """The value of which all leads were won, more of them than luck explains, in words; None without any."""
    share = sum(won) / len(won)
    for value, (lost, wins) in _pairs(values, won).items():
        leads = lost + wins
        if leads >= LEAST_PURE and wins >= SURE * leads and share**leads < BY_LUCK:
            return f"{wins:,} of the {counted(leads, 'lead')} with {quoted(value, 30)} were won"
    return None


def none_won(values: Sequence[str], won: Sequence[bool]) -> list[tuple[str, int]]:
    """Values of which no lead was won, though luck would hardly ever make it so, with the number of their leads."""
    missed = 1 - sum(won) / len(won)
    found = [
        (value, lost)
        for value, (lost, wins) in _pairs(values, won).items()
        if not wins and lost >= LEAST_PURE and missed**lost < BY_LUCK
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _pairs(values: Sequence[str], won: Sequence[bool]) -> Mapping[str, tuple[int, int]]:
    counts = Counter(zip(values, won, strict=True))
    return {value: (counts[value, False], counts[value, True]) for value in dict.fromkeys(values)}
