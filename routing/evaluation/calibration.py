"""Whether said chances hold: the Brier score, and the expected error of calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

BINS = 10

Said: TypeAlias = Sequence[tuple[float, bool]]
"""The chance that was said of each lead, and whether it was won."""


class Calibration(NamedTuple):
    """`brier`: the mean square of what was said less what happened; `ece`: by how much shares won are beside what was
    said, in tenths of the leads by what was said. Both from 0, which is best, to 1."""

    brier: float
    ece: float


def calibration(said: Said) -> Calibration | None:
    """None where no chance was said of any lead."""
    if not said:
        return None
    ordered, many = sorted(said, key=lambda one: one[0]), len(said)
    brier = sum((chance - won) ** 2 for chance, won in ordered) / many
    edges = [many * part // BINS for part in range(BINS + 1)]
    bins = [ordered[begin:end] for begin, end in zip(edges, edges[1:], strict=False)]
    return Calibration(brier, sum(abs(sum(chance - won for chance, won in one)) for one in bins) / many)
