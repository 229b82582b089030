"""What going by results is worth beside a control group, right however often one looks.

Which group a lead is in is drawn before anybody sees it: the control group with a known share c. If a lead that goes by
results is won R times as often as one that goes by turn, then a lead *that is won* was in the control group with the
chance c / (c + (1 − c) R), whatever the rate is and however it changes with the seasons. So the groups of the won
leads, one after the other, are throws of a coin that R alone loads.

For each R₀: the likelihood of these throws, averaged over a fixed prior of R, divided by their likelihood at R₀, is a
martingale that begins with 1 if R₀ is true, so it ever reaches 10 in at most 1 of 10 cases (Ville's inequality). Where
it is below 10 lies a 90 % interval that holds at all looks together, from the first lead on: a confidence sequence by
the method of mixtures (Robbins 1970, "Statistical methods related to the law of the iterated logarithm"; Howard,
Ramdas, McAuliffe and Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences"). That there is no
difference is said with exactly this error, whatever else changes. The interval around another ratio is exact where the
ratio stays the same; where it changes, it is one of the mean over the leads that were won, and nearly as good.

Its price: leads that are not won tell nothing, so where a share p is won it takes about 1 / (1 − p) times as many
leads as if they did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from math import exp, inf, log, log1p, sqrt
from typing import NamedTuple

from routing.engine.chance import POWER

DOUBT = 0.1
"""How often the interval may be wrong at any time at all."""
USUAL = 0.35
"""How far log R is from 0 in the prior: a third more or less is nothing unusual."""
FARTHEST, STEPS = 3.0, 150
"""The prior's points of log R: from a twentieth to twenty times as many, so many to either side."""
WIDEST = 30.0
"""A log R beyond this is none that could be told from infinite."""
HALVINGS = 50
MOST_WON = 10_000_000


class Won(NamedTuple):
    """Leads that were won, of those that came while a share (between 0 and 1) went to the control group."""

    share: float
    control: int
    routed: int


class Arms(NamedTuple):
    """How many leads went by turn to compare, and how many by results, and how many of either were won."""

    control: int
    control_wins: int
    routed: int
    routed_wins: int

    @property
    def wins(self) -> int:
        return self.control_wins + self.routed_wins


class Ratio(NamedTuple):
    """How many times as many leads are won by results, in 9 of 10 cases at all looks together; 1 is no difference.

    `likely` is what makes these wins most likely, 1 where there are none. It and `high` are infinite as long as the
    control group won nothing. `p`: without a difference one would ever have seen as much in at most so many cases;
    that, too, at all looks together.
    """

    likely: float
    low: float
    high: float
    p: float

    @property
    def clear(self) -> bool:
        return self.low > 1 or self.high < 1


# --- the interval -------------------------------------------------------------------------------------------------


def ratio_of(won: Iterable[Won]) -> Ratio:
    """From all leads won so far; in what order they were won makes no difference."""
    throws = [one for one in won if 0 < one.share < 1 and one.control + one.routed > 0]
    average = _averaged(throws)
    edge, best = average + log(DOUBT), _best(throws)

    def inside(point: float) -> bool:
        return _likelihood(throws, point) > edge

    routed, control = any(one.routed for one in throws), any(one.control for one in throws)
    low = exp(_last(inside, best, -WIDEST)) if routed else 0.0
    high = exp(_last(inside, best, WIDEST)) if control else inf
    likely = exp(best) if routed == control else (inf if routed else 0.0)
    return Ratio(likely, low, high, min(exp(min(_likelihood(throws, 0.0) - average, 0.0)), 1.0))


def is_left_out(ratio: float, won: Iterable[Won]) -> bool:
    """Whether a ratio (above 0) lies outside of the interval: the same answer, for whoever asks often."""
    throws = [one for one in won if 0 < one.share < 1]
    return _likelihood(throws, log(ratio)) <= _averaged(throws) + log(DOUBT)


def points_of(ratio: float, arms: Arms) -> float:
    """The ratio as a difference of shares (−1 to 1), at the rate at which all these leads were won."""
    wins = arms.wins
    if not wins:
        return 0.0
    if ratio == inf:
        return min(wins / arms.routed, 1.0) if arms.routed else 1.0
    by_turn = arms.control + ratio * arms.routed
    return max(min(wins * (ratio - 1) / by_turn, 1.0), -1.0) if by_turn else -1.0


def wins_to_see(ratio: float, share: float) -> int | None:
    """How many won leads, of both groups, it takes until such a ratio is seen in about 8 of 10 cases; None: no number.

    Reckoned for the throws that are exceeded in 8 of 10 cases.
    """
    if not (0 < share < 1 and 0 < ratio < inf) or ratio == 1:
        return None
    chance = _in_control(share, log(ratio))
    worse = 1 if ratio > 1 else -1

    def seen(wins: int) -> bool:
        spread = POWER * sqrt(chance * (1 - chance) * wins)
        control = round(min(max(chance * wins + worse * spread, 0), wins))
        throws = [Won(share, control, wins - control)]
        apart = share * wins - control
        return apart * worse > 0 and _averaged(throws) - _likelihood(throws, 0.0) >= -log(DOUBT)

    enough = 1
    while not seen(enough):
        enough *= 2
        if enough > MOST_WON:
            return None
    return _first(seen, enough // 2, enough)


# --- throws -------------------------------------------------------------------------------------------------------


def _in_control(share: float, point: float) -> float:
    """The chance that a won lead was in the control group, where log R is `point`."""
    return share / (share + (1 - share) * exp(point))


def _likelihood(throws: Sequence[Won], point: float) -> float:
    """Of these throws, where log R is `point`; its logarithm."""
    total = 0.0
    for share, control, routed in throws:
        odds = point - log(share / (1 - share))  # of by results against by turn, among the won ones
        total -= control * _log_of_1_and_exp(odds) + routed * _log_of_1_and_exp(-odds)
    return total


def _log_of_1_and_exp(value: float) -> float:
    return value + log1p(exp(-value)) if value > 0 else log1p(exp(value))


def _averaged(throws: Sequence[Won]) -> float:
    """The likelihood, averaged over the prior; its logarithm."""
    logs = [weight for _, weight in _prior()]
    for share, control, routed in throws:
        logs = [
            before + control * inside + routed * beside
            for before, (inside, beside) in zip(logs, _at_points(share), strict=True)
        ]
    most = max(logs)
    return most + log(sum(exp(one - most) for one in logs))


@cache
def _prior() -> tuple[tuple[float, float], ...]:
    """Points of log R with the logarithms of their weights, which sum to 1: a bell around no difference."""
    points = [FARTHEST * step / STEPS for step in range(-STEPS, STEPS + 1)]
    bell = [-((point / USUAL) ** 2) / 2 for point in points]
    total = log(sum(map(exp, bell)))
    return tuple((point, weight - total) for point, weight in zip(points, bell, strict=True))


@lru_cache(maxsize=64)
def _at_points(share: float) -> tuple[tuple[float, float], ...]:
    """For each point of the prior the logarithm of the chance to be in the control group, and of that not to be."""
    return tuple(
        (_likelihood([Won(share, 1, 0)], point), _likelihood([Won(share, 0, 1)], point)) for point, _ in _prior()
    )


# --- places -------------------------------------------------------------------------------------------------------


def _best(throws: Sequence[Won]) -> float:
    """The log R that makes these throws most likely: where as many were in the control group as are expected."""
    control, routed = sum(one.control for one in throws), sum(one.routed for one in throws)
    if not control or not routed:
        return 0.0 if not control + routed else (-WIDEST if control else WIDEST)

    def too_many_expected(point: float) -> bool:
        return sum((one.control + one.routed) * _in_control(one.share, point) for one in throws) > control

    return _last(too_many_expected, -WIDEST, WIDEST)


def _last(holds: Callable[[float], bool], start: float, end: float) -> float:
    """Up to where it holds, from `start`, where it does, towards `end`."""
    if holds(end):
        return end
    for _ in range(HALVINGS):
        middle = (start + end) / 2
        start, end = (middle, end) if holds(middle) else (start, middle)
    return start


def _first(holds: Callable[[int], bool], below: int, end: int) -> int:
    """The first number for which it holds, after `below`, for which it does not."""
    while end - below > 1:
        middle = (below + end) // 2
        below, end = (below, middle) if holds(middle) else (middle, end)
    return end
