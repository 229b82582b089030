"""Logistic regression with a penalty, by Newton's method: nothing is drawn, so the same rows make the same weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log, sqrt
from operator import mul
from typing import NamedTuple, TypeAlias

MOST_STEPS = 30
MOST_HALVINGS = 12
TOLERANCE = 1e-9
"""A step that lowers the loss by less than this part of it is the last."""
SURELY = 35.0
"""Log odds beyond this say nothing more."""

Columns: TypeAlias = tuple[int, ...]


class Row(NamedTuple):
    """Leads that are alike: the columns that hold for them, what they weigh together, and how much of it was won."""

    columns: Columns
    weight: float
    won: float


def chance(log_odds: float) -> float:
    """Log odds as a probability."""
    return 1 / (1 + exp(-min(max(log_odds, -SURELY), SURELY)))


def odds(probability: float) -> float:
    """A probability as log odds."""
    inside = min(max(probability, 1e-9), 1 - 1e-9)
    return log(inside / (1 - inside))


def alike(rows: Iterable[Row]) -> list[Row]:
    """Rows with the same columns as one, in the order in which they first came."""
    sums: dict[Columns, list[float]] = {}
    for columns, weight, won in rows:
        total = sums.setdefault(columns, [0.0, 0.0])
        total[0] += weight
        total[1] += won
    return [Row(columns, *total) for columns, total in sums.items()]


def log_odds(weights: Sequence[float], columns: Columns) -> float:
    """What a model says of a row; the first of its weights is what holds for all."""
    return weights[0] + sum([weights[column] for column in columns])


def fit(rows: Sequence[Row], size: int, penalty: float, start: Sequence[float] | None = None) -> list[float]:
    """The weights of `size` columns, the first being the intercept, which is not penalised.

    The loss is minus the log likelihood plus half the penalty times the sum of squared weights, so it has one lowest
    point, whatever the rows; `start` only saves steps.
    """
    total, won = sum(row.weight for row in rows), sum(row.won for row in rows)
    if not total > 0:
        return [0.0] * size
    weights = list(start) if start is not None else [odds(won / total), *([0.0] * (size - 1))]
    loss = _loss(rows, weights, penalty)
    for _ in range(MOST_STEPS):
        gradient, curvature = _slopes(rows, weights, penalty)
        step = _solve(curvature, gradient)
        before = loss
        weights, loss = _downhill(rows, weights, step, penalty, before)
        if before - loss <= TOLERANCE * max(before, 1.0):
            break
    return weights


def _downhill(
    rows: Sequence[Row], weights: list[float], step: Sequence[float], penalty: float, before: float
) -> tuple[list[float], float]:
    """As much of the step as lowers the loss; none of it if nothing does."""
    part = 1.0
    for _ in range(MOST_HALVINGS):
        tried = [weight - part * change for weight, change in zip(weights, step, strict=True)]
        loss = _loss(rows, tried, penalty)
        if loss <= before:
            return tried, loss
        part /= 2
    return weights, before


def _loss(rows: Sequence[Row], weights: Sequence[float], penalty: float) -> float:
    return loss_of(rows, weights) + penalty / 2 * sum(weight * weight for weight in weights[1:])


def loss_of(rows: Iterable[Row], weights: Sequence[float]) -> float:
    """Minus the log likelihood of rows."""
    total = 0.0
    for columns, weight, won in rows:
        p = chance(log_odds(weights, columns))
        total -= won * log(p) + (weight - won) * log(1 - p)
    return total


def _slopes(rows: Sequence[Row], weights: Sequence[float], penalty: float) -> tuple[list[float], list[list[float]]]:
    """The gradient of the loss and the lower half of its second derivatives."""
    size = len(weights)
    gradient = [0.0, *(penalty * weight for weight in weights[1:])]
    curvature = [[0.0] * (row + 1) for row in range(size)]
    for column in range(size):
        curvature[column][column] = penalty if column else 0.0
    for columns, weight, won in rows:
        p = chance(log_odds(weights, columns))
        off, bend = weight * p - won, weight * p * (1 - p)
        gradient[0] += off
        curvature[0][0] += bend
        for place, column in enumerate(columns):  # in ascending order
            gradient[column] += off
            line = curvature[column]
            line[0] += bend
            for other in columns[: place + 1]:
                line[other] += bend
    return gradient, curvature


def _solve(lower: list[list[float]], right: Sequence[float]) -> list[float]:
    """The solution of a positive definite system, by Cholesky; what cannot be told apart gets no step."""
    size = len(right)
    root: list[list[float]] = []
    for row in range(size):
        line: list[float] = []
        for column in range(row):
            rest = lower[row][column] - sum(map(mul, line, root[column]))
            line.append(rest / root[column][column])
        rest = lower[row][row] - sum(map(mul, line, line))
        line.append(sqrt(rest) if rest > TOLERANCE else float("inf"))
        root.append(line)
    half: list[float] = []
    for row in range(size):
        half.append((right[row] - sum(map(mul, root[row], half))) / root[row][row])
    found = [0.0] * size
    for row in reversed(range(size)):
        rest = half[row] - sum(root[below][row] * found[below] for below in range(row + 1, size))
        found[row] = rest / root[row][row]
    return found


def curve(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Offset and slope of the logistic curve through (place, share won), by Newton's method with halved steps."""
    offset, slope = odds(sum(share for _, share in points) / len(points)), 0.0
    loss = _curve_loss(points, offset, slope)
    for _ in range(MOST_STEPS):
        g0 = g1 = h00 = h01 = h11 = 0.0
        for at, share in points:
            p = chance(offset + slope * at)
            off, bend = p - share, p * (1 - p)
            g0, g1 = g0 + off, g1 + off * at
            h00, h01, h11 = h00 + bend, h01 + bend * at, h11 + bend * at * at
        determinant = h00 * h11 - h01 * h01
        if not determinant > TOLERANCE:
            break
        step = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        part, before = 1.0, loss
        for _ in range(MOST_HALVINGS):
            tried = offset - part * step[0], slope - part * step[1]
            loss = _curve_loss(points, *tried)
            if loss <= before:
                offset, slope = tried
                break
            part /= 2
        if before - loss <= TOLERANCE * max(before, 1.0):
            break
    return offset, slope


def _curve_loss(points: Iterable[tuple[float, float]], offset: float, slope: float) -> float:
    total = 0.0
    for at, share in points:
        p = chance(offset + slope * at)
        total -= share * log(p) + (1 - share) * log(1 - p)
    return total
