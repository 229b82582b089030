"""How good chances were, once the outcomes are known: beside the plain rate, and beyond chance or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt
from typing import NamedTuple

BINS = 10


class Judged(NamedTuple):
    """A lead with the chance that it was given before, and whether it was won."""

    chance: float
    won: bool


class Bin(NamedTuple):
    """Leads of similar chances: the mean of these, and the share that was won."""

    leads: int
    said: float
    won: float


class Figures(NamedTuple):
    """Of leads that a model was not made from.

    `brier` is the mean squared error of its chances, `plain` that of the plain rate; `gain` is their difference in
    standard errors of the difference. `ece` is the expected calibration error, `auc` the area under the ROC curve.
    """

    leads: int
    wins: int
    brier: float
    plain: float
    gain: float
    ece: float
    auc: float
    bins: tuple[Bin, ...]


def judge(judged: Sequence[Judged], rate: float) -> Figures:
    """`rate` is the plain rate that was known before. There must be at least one lead."""
    count = len(judged)
    errors = [(one.won - one.chance) ** 2 for one in judged]
    plain = [(one.won - rate) ** 2 for one in judged]
    bins = _bins(judged)
    return Figures(
        leads=count,
        wins=sum(one.won for one in judged),
        brier=sum(errors) / count,
        plain=sum(plain) / count,
        gain=in_errors([base - own for base, own in zip(plain, errors, strict=True)]),
        ece=sum(one.leads * abs(one.said - one.won) for one in bins) / count,
        auc=auc(judged),
        bins=bins,
    )


def in_errors(values: Sequence[float]) -> float:
    """The mean of values in its own standard errors; 0 where it has none."""
    count = len(values)
    mean = sum(values) / count if count else 0.0
    spread = sum((value - mean) ** 2 for value in values)
    return mean / sqrt(spread / count / (count - 1)) if count > 1 and spread > 0 else 0.0


def auc(judged: Sequence[Judged]) -> float:
    """How often a won lead had the higher chance than a lost one; equals count half. One half if all ended alike."""
    ordered = sorted(judged)
    wins = sum(one.won for one in judged)
    losses = len(judged) - wins
    if not wins or not losses:
        return 0.5
    beaten, place, below = 0.0, 0, 0
    while place < len(ordered):
        end, won = place, 0
        while end < len(ordered) and ordered[end].chance == ordered[place].chance:
            won += ordered[end].won
            end += 1
        lost = end - place - won
        beaten += won * (below + lost / 2)
        below, place = below + lost, end
    return beaten / (wins * losses)


def _bins(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    """Ten of equally many leads, from the smallest chance to the greatest."""
    ordered = sorted(judged)
    edges = [round(number * len(ordered) / BINS) for number in range(BINS + 1)]
    parts = [ordered[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    return tuple(
        Bin(len(part), sum(one.chance for one in part) / len(part), sum(one.won for one in part) / len(part))
        for part in parts
        if part
    )


# --- drift --------------------------------------------------------------------------------------------------------

SHIFTED = 0.25
"""A stability index above this is an alarm, as is usual."""
LEAST_JUDGED = 100
LEAST_ARRIVED = 200
OFF = 3.0
"""In standard errors: said and won differ beyond chance."""
WORSE = -2.33
"""In standard errors: worse than the plain rate in 99 of 100 cases."""


class Drift(NamedTuple):
    """Recent weeks against a model from before them.

    `off` is the difference of what was won and what was said, in standard errors; `gain` as in Figures; `shifted` are
    the facts that leads differ in from the examples, with their stability index. None: too few leads to tell.
    """

    leads: int
    said: float
    won: float
    off: float | None
    gain: float | None
    shifted: tuple[tuple[str, float], ...]

    @property
    def worse(self) -> bool:
        """Whether the plain rate would have been better, beyond chance."""
        return self.gain is not None and self.gain < WORSE

    @property
    def alarm(self) -> bool:
        return self.worse or (self.off is not None and abs(self.off) > OFF) or bool(self.shifted)


def drift_of(
    judged: Sequence[Judged],
    rate: float,
    before: Mapping[str, Mapping[str, int]],
    now: Mapping[str, Mapping[str, int]],
) -> Drift:
    """`before` and `now` count the leads of each value by fact: of the examples, and of those that came in of late."""
    count = len(judged)
    said, won = sum(one.chance for one in judged), sum(one.won for one in judged)
    enough = count >= LEAST_JUDGED
    errors = sqrt(sum(one.chance * (1 - one.chance) for one in judged))
    gains = [(one.won - rate) ** 2 - (one.won - one.chance) ** 2 for one in judged]
    moved = ((group, stability(values, now.get(group, {}))) for group, values in before.items())
    return Drift(
        leads=count,
        said=said / count if count else 0.0,
        won=won / count if count else 0.0,
        off=(won - said) / errors if enough and errors > 0 else None,
        gain=in_errors(gains) if enough else None,
        shifted=tuple((group, round(index, 3)) for group, index in moved if index > SHIFTED),
    )


def stability(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """The population stability index, less what chance alone makes of so few leads; 0 where there are too few."""
    many, few = sum(before.values()), sum(now.values())
    if few < LEAST_ARRIVED or many < LEAST_ARRIVED:
        return 0.0
    values = sorted(before.keys() | now.keys())
    index = 0.0
    for value in values:
        old = (before.get(value, 0) + 0.5) / (many + 0.5 * len(values))
        new = (now.get(value, 0) + 0.5) / (few + 0.5 * len(values))
        index += (new - old) * log(new / old)
    return max(index - (len(values) - 1) * (1 / many + 1 / few), 0.0)


def counts_of(features: Iterable[Iterable[tuple[str, str]]]) -> dict[str, dict[str, int]]:
    """By fact: how many leads have each value."""
    found: dict[str, Counter[str]] = {}
    for one in features:
        for group, value in one:
            found.setdefault(group, Counter())[value] += 1
    return {group: dict(values) for group, values in found.items()}
