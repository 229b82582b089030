"""Off-policy estimates: outcomes that there were, weighed by how much likelier a policy had made each.

Inverse propensity: the weighed mean of the outcomes. Doubly robust: what is expected of the policy's reps, put right by
the weighed mean of how far outcomes lay beside what was expected of who had the lead. It is right if either the
shares in which leads went out or the expectations are. Both are self-normalised, with weights clipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from routing.engine.performance import Z_90
from routing.evaluation.calibration import Calibration, calibration
from routing.evaluation.intervals import NO_UPLIFT, Uplift

MOST_WEIGHT = 20.0
"""One outcome stands for at most so many."""


class Judged(NamedTuple):
    """One lead under one policy. `weight`: how much likelier the policy gives it to who had it than it really was.

    `expected` of who had it, and `promised` on average of whom the policy gives it to; `unheard`: the chance that that
    is somebody who never had such a lead; `said`: the chance to win it that the policy sees for who had it.
    """

    won: bool
    weight: float
    expected: float
    promised: float
    unheard: float
    said: float | None


class Weighed(NamedTuple):
    """What a policy would have made of past deals. `uplift` is doubly robust, `by_propensity` by weights alone.

    `rate`: the share it would have won. `effective`: as many leads dealt out by the policy itself would say as much.
    `unheard`: the part of leads for somebody who never had such ones; `clipped`: of those whose weight was cut.
    """

    policy: str
    rate: float
    uplift: Uplift
    by_propensity: Uplift
    effective: float
    unheard: float
    clipped: float
    calibration: Calibration | None


class _Estimate(NamedTuple):
    """A share won, and by how much each lead moves it."""

    rate: float
    moves: list[float]


def weigh(policy: str, leads: Sequence[Judged], by_turn: Sequence[Judged]) -> Weighed:
    """A policy's estimates beside those of going by turn on the very same leads."""
    robust, weights = _doubly_robust(leads), [_weight(one) for one in leads]
    return Weighed(
        policy=policy,
        rate=robust.rate,
        uplift=_uplift(robust, _doubly_robust(by_turn)),
        by_propensity=_uplift(_inverse(leads), _inverse(by_turn)),
        effective=sum(weights) ** 2 / (sum(weight * weight for weight in weights) or 1.0),
        unheard=sum(one.unheard for one in leads) / len(leads),
        clipped=sum(one.weight > MOST_WEIGHT for one in leads) / len(leads),
        calibration=calibration([(one.said, one.won) for one in leads if one.said is not None]),
    )


def _weight(one: Judged) -> float:
    return min(one.weight, MOST_WEIGHT)


def _inverse(leads: Sequence[Judged]) -> _Estimate:
    mean = _mean_weight(leads)
    rate = sum(_weight(one) * one.won for one in leads) / (mean * len(leads))
    return _Estimate(rate, [_weight(one) / mean * (one.won - rate) for one in leads])


def _doubly_robust(leads: Sequence[Judged]) -> _Estimate:
    mean, many = _mean_weight(leads), len(leads)
    promised = sum(one.promised for one in leads) / many
    beside = sum(_weight(one) * (one.won - one.expected) for one in leads) / (mean * many)
    moves = [one.promised - promised + _weight(one) / mean * (one.won - one.expected - beside) for one in leads]
    return _Estimate(promised + beside, moves)


def _mean_weight(leads: Sequence[Judged]) -> float:
    return sum(map(_weight, leads)) / len(leads) or 1.0


def _uplift(policy: _Estimate, by_turn: _Estimate) -> Uplift:
    """The ratio of two estimates on the same leads, less 1: what moves both moves it little."""
    if not by_turn.rate > 0:
        return NO_UPLIFT
    ratio, many = policy.rate / by_turn.rate, len(policy.moves)
    moves = [(mine - ratio * other) / by_turn.rate for mine, other in zip(policy.moves, by_turn.moves, strict=True)]
    half = Z_90 * sqrt(sum(move * move for move in moves)) / many
    return Uplift(ratio - 1, ratio - 1 - half, ratio - 1 + half)
