"""How strongly outcomes show that reps differ: evidence that may be looked at every day, for as long as one likes.

A test that is repeated every day finds something sooner or later. Here the outcomes are weighed against chance by a
bet instead: how much likelier they are if reps differ than if they are alike. If they are alike, whoever looks every
day for ever sees 20 to 1 against it in at most one of 20 pools (Ville's inequality), so one over the odds is a p-value
that counts every look. The bet is laid on the deviations of the Cochran-Mantel-Haenszel test (routing.engine.chance).

Reps may differ everywhere, by the value of one dimension, or by the exact kind of lead; each is a bet of its own, and
the stake is shared between them, so that looking in several places is paid for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import exp, log
from typing import NamedTuple, TypeAlias

from routing.engine.chance import LEAST_EXPECTED, NEXT_TO_NOTHING
from routing.engine.linear import cholesky, forward
from routing.engine.performance import Counted
from routing.engine.types import RepId, Segment

BEGINS_AT = 20.0
"""Odds from which on reps are said to differ."""
ENDS_BELOW = 1.0
"""Once they are said to differ, they are until the outcomes speak rather for chance."""
DIFFERENCES = (0.15, 0.4)
"""Bets are laid on reps differing by so much: standard deviations of log-odds. .4 is 7 % against 10 % against 14 %."""
LEAST_LEADS = 2.0
MOST_COMPARED = 40
"""Reps judged one by one in one place, those with most leads; the work grows with the cube. Others are as one."""
MOST_VALUES = 40
"""Values of a dimension, or kinds, in which reps are compared: those with most leads."""
MOST_OF_THEM = 0.75
MOST_LEADS = 1e9
LARGEST = 700.0
"""Of a logarithm, so that odds remain a number."""


class Share(NamedTuple):
    wins: float
    leads: float


Kind: TypeAlias = Mapping[RepId, Share]
Kinds: TypeAlias = Mapping[Segment, Kind]


class Evidence(NamedTuple):
    """`odds` against chance; `compared` leads could be compared, in kinds told apart by `depth` dimensions."""

    odds: float
    compared: float
    depth: int

    @property
    def p_value(self) -> float:
        """How often chance alone would ever, on any day, have looked like this or more so: at most so often."""
        return min(1.0, 1.0 / self.odds) if self.odds > 0 else 1.0

    def differ(self, *, before: bool = False) -> bool:
        """Whether reps differ, if that was said of them `before`, or if it was not."""
        return self.odds >= (ENDS_BELOW if before else BEGINS_AT)


def evidence_of(counted: Iterable[Counted]) -> Evidence | None:
    """The odds that these reps differ, judged within kinds of lead; None where nothing can be compared.

    Outcomes that have faded count for as many whole ones as they are worth.
    """
    kinds = _kinds(counted)
    depth = _depth(kinds)
    told = _coarser(kinds, depth)
    comparable = {segment: kind for segment, kind in told.items() if _can_tell(kind)}
    logs = list(_bets(comparable, depth))
    if not logs:
        return None
    most = max(logs)
    mean = most + log(sum(exp(one - most) for one in logs) / len(logs))
    leads = sum(share.leads for kind in comparable.values() for share in kind.values())
    return Evidence(exp(max(min(mean, LARGEST), -LARGEST)), leads, depth)


def _bets(kinds: Kinds, depth: int) -> Iterable[float]:
    """The logarithm of what each bet returns."""
    for place in range(-1, depth + 1):
        if place == depth == 1:  # one dimension: its value is the exact kind
            continue
        blocks = [*filter(None, map(_deviations, _blocks(kinds, place, depth)))]
        if blocks:
            yield from (sum(_log_odds(*block, difference**2) for block in blocks) for difference in DIFFERENCES)


def _blocks(kinds: Kinds, place: int, depth: int) -> list[list[Kind]]:
    """The kinds within which skill is one and the same: all of them (-1), by a dimension's value, or each alone."""
    found: defaultdict[Segment, list[Kind]] = defaultdict(list)
    for segment, kind in kinds.items():
        found[() if place < 0 else segment if place == depth else (segment[place],)].append(kind)
    if depth == 0 and place == 0:
        return []
    most = sorted(found, key=lambda key: (-sum(_sums(kind)[1] for kind in found[key]), key))[:MOST_VALUES]
    return [found[key] for key in most]


def _deviations(block: Sequence[Kind]) -> tuple[list[float], list[list[float]]] | None:
    """What each won above what chance would have given them, and how that varies together; None: nothing to compare.

    Who would have won too little of either is judged together with all others of whom that is so.
    """
    expected: defaultdict[RepId, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for kind in block:
        wins, leads = _sums(kind)
        for rep, share in kind.items():
            expected[rep][0] += share.leads * wins / leads
            expected[rep][1] += share.leads * (leads - wins) / leads
    most = sorted(expected, key=lambda rep: (-sum(expected[rep]), rep))[:MOST_COMPARED]
    alone = [rep for rep in most if min(expected[rep]) >= LEAST_EXPECTED]
    if not alone or len(expected) < 2:
        return None
    place_of = {rep: place for place, rep in enumerate(alone)}
    deviations, spread = [0.0] * len(alone), [[0.0] * len(alone) for _ in alone]
    for kind in block:
        _add(kind, place_of, deviations, spread)
    return deviations, spread


def _add(kind: Kind, place_of: Mapping[RepId, int], deviations: list[float], spread: list[list[float]]) -> None:
    """As in the Cochran-Mantel-Haenszel test; those together are what is left, and need no row of their own."""
    wins, leads = _sums(kind)
    scale = wins * (leads - wins) / (leads * leads * (leads - 1))
    there = [(place_of[rep], share) for rep, share in kind.items() if rep in place_of]
    for place, mine in there:
        deviations[place] += mine.wins - mine.leads * wins / leads
        row = spread[place]
        row[place] += scale * leads * mine.leads
        for other, theirs in there:
            row[other] -= scale * mine.leads * theirs.leads


def _log_odds(deviations: Sequence[float], spread: Sequence[Sequence[float]], variance: float) -> float:
    """How much likelier such deviations are where skills have this variance than where they have none: a mixture of
    likelihood ratios, log ∫ exp(θ·U − θ·Vθ/2) over normal θ."""
    lower = cholesky(
        [
            [variance * value + (1.0 if column == place else 0.0) for column, value in enumerate(row)]
            for place, row in enumerate(spread)
        ]
    )
    solved = forward(lower, deviations)
    return variance * sum(value * value for value in solved) / 2 - sum(log(row[-1]) for row in lower)


# --- counts -------------------------------------------------------------------------------------------------------


def _kinds(counted: Iterable[Counted]) -> Kinds:
    sums: defaultdict[Segment, defaultdict[RepId, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for row in in_order(counted):
        worth = worth_of(row)
        total = sums[row.segment][row.rep]
        total[0] += row.wins * worth
        total[1] += row.leads * worth
    return {segment: {rep: Share(*total) for rep, total in kind.items()} for segment, kind in sums.items()}


def in_order(counted: Iterable[Counted]) -> list[Counted]:
    """What can be counted, in an order of its own: sums come out the same, whatever order it came in."""
    return sorted(filter(_is_sound, counted), key=lambda row: (row.segment, row.rep, row[2:4], row.squares or 0.0))


def _is_sound(row: Counted) -> bool:
    return 0 <= row.wins <= row.leads <= MOST_LEADS and row.leads > NEXT_TO_NOTHING


def worth_of(row: Counted) -> float:
    """How many whole leads a lead's worth of faded ones is: a hundred that count a half each are 100, not 50."""
    squares = row.squares
    return 1.0 if squares is None or not 0 < squares <= row.leads else min(row.leads / squares, MOST_LEADS)


def _depth(kinds: Kinds) -> int:
    """The finest depth at which most of what can be compared at all still can be. Outcomes play no part in it."""
    deepest = min(map(len, kinds), default=0)
    most = _comparable(_coarser(kinds, 0))
    finer = range(deepest, 0, -1)
    return next((depth for depth in finer if _comparable(_coarser(kinds, depth)) >= MOST_OF_THEM * most), 0)


def _comparable(kinds: Kinds) -> float:
    """Leads of kinds that more than one rep had."""
    return sum(share.leads for kind in kinds.values() if len(kind) > 1 for share in kind.values())


def _coarser(kinds: Kinds, depth: int) -> Kinds:
    found: defaultdict[Segment, defaultdict[RepId, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for segment, kind in kinds.items():
        for rep, share in kind.items():
            total = found[segment[:depth]][rep]
            total[0] += share.wins
            total[1] += share.leads
    return {segment: {rep: Share(*total) for rep, total in kind.items()} for segment, kind in found.items()}


def _can_tell(kind: Kind) -> bool:
    """Two reps had such leads, some were won, and some were not."""
    wins, leads = _sums(kind)
    return len(kind) > 1 and leads >= LEAST_LEADS and NEXT_TO_NOTHING < wins < leads - NEXT_TO_NOTHING


def _sums(kind: Kind) -> tuple[float, float]:
    return sum(share.wins for share in kind.values()), sum(share.leads for share in kind.values())
