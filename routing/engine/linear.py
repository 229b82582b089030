"""Small symmetric systems of equations in plain Python: what the estimates of skill and evidence need, no more."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from operator import mul

SMALLEST = 1e-12
"""A pivot is at least this: rounding can leave it at zero or below, and nothing here may raise."""


def cholesky(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """The lower triangle L with L·Lᵀ = matrix, which is symmetric and positive. Row `i` has `i + 1` entries."""
    lower: list[list[float]] = []
    for place, row in enumerate(matrix):
        mine: list[float] = []
        for other in range(place):
            theirs = lower[other]
            mine.append((row[other] - sum(map(mul, mine, theirs))) / theirs[other])
        mine.append(sqrt(max(row[place] - sum(map(mul, mine, mine)), SMALLEST)))
        lower.append(mine)
    return lower


def forward(lower: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """y with L·y = right."""
    found: list[float] = []
    for row, value in zip(lower, right, strict=True):
        found.append((value - sum(map(mul, row, found))) / row[-1])
    return found


def inverse(lower: Sequence[Sequence[float]]) -> list[list[float]]:
    """The inverse of L·Lᵀ."""
    size = len(lower)
    columns = [_unit_solution(lower, place) for place in range(size)]  # column `c` of L⁻¹, from row `c` on
    full = [[0.0] * size for _ in range(size)]
    for one in range(size):
        for other in range(one + 1):
            shared = columns[other][one - other :]
            full[one][other] = full[other][one] = sum(map(mul, columns[one], shared))
    return full


def _unit_solution(lower: Sequence[Sequence[float]], place: int) -> list[float]:
    found = [1.0 / lower[place][place]]
    for row in lower[place + 1 :]:
        found.append(-sum(map(mul, row[place:-1], found)) / row[-1])
    return found
