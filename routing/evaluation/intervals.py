"""An uplift with its 90 % interval, and what may be claimed of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import NamedTuple

from routing.engine.chance import Tally
from routing.engine.performance import Z_90
from routing.evaluation.differ import Differ, DifferTest


class Uplift(NamedTuple):
    """By how much more is won than by turn, as a part of it (0.1: a tenth more), with a 90 % interval."""

    value: float
    low: float
    high: float

    def covers(self, truth: float) -> bool:
        return self.low <= truth <= self.high


NO_UPLIFT = Uplift(0.0, 0.0, 0.0)


def uplift_of(policy: Tally, by_turn: Tally) -> Uplift | None:
    """The ratio of two shares won, less 1, with Katz's interval; None if one of them won nothing."""
    if not (policy.wins and by_turn.wins):
        return None
    ratio = (policy.wins / policy.leads) / (by_turn.wins / by_turn.leads)
    spread = sqrt(1 / policy.wins - 1 / policy.leads + 1 / by_turn.wins - 1 / by_turn.leads)
    return Uplift(ratio - 1, exp(log(ratio) - Z_90 * spread) - 1, exp(log(ratio) + Z_90 * spread) - 1)


def may_claim(uplift: Uplift | None, differ: DifferTest) -> bool:
    """The rule, which needs no truth: reps differ beyond chance, and the whole interval lies above nothing."""
    return uplift is not None and differ.verdict is Differ.YES and uplift.low > 0


def pooled(uplifts: Sequence[Uplift]) -> Uplift | None:
    """Uplifts measured in several companies as one, each by how sure it is; None of none."""
    logs = [[log(1 + one) for one in uplift] for uplift in uplifts if uplift.high > uplift.low > -1]
    if not logs:
        return None
    sureness = [((high - low) / (2 * Z_90)) ** -2 for _, low, high in logs]
    mean = sum(weight * value for weight, (value, _, _) in zip(sureness, logs, strict=True)) / sum(sureness)
    half = Z_90 / sqrt(sum(sureness))
    return Uplift(exp(mean) - 1, exp(mean - half) - 1, exp(mean + half) - 1)


def mean_of(values: Sequence[float]) -> Uplift:
    """The mean over worlds with a 90 % interval (Student's t); of one world the mean alone."""
    many = len(values)
    mean = sum(values) / many
    if many < 2:
        return Uplift(mean, mean, mean)
    variance = sum((value - mean) ** 2 for value in values) / (many - 1)
    half = _t_90(many - 1) * sqrt(variance / many)
    return Uplift(mean, mean - half, mean + half)


def _t_90(degrees: int) -> float:
    """Student's t within which 90 of 100 lie: exact for 1 and 2, else Cornish and Fisher's expansion."""
    if degrees == 1:
        return 6.313752
    if degrees == 2:
        return 2.919986
    z = Z_90
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3
