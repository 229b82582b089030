"""A distribution of spans in buckets that people can read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EDGES = (0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)
"""Upper edges in seconds; what lies above the last one is a bucket of its own."""
UNITS = ((86400, "day"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many lie from `low` seconds up to, not including, `high` (None: no end)."""

    low: float
    high: float | None
    count: int

    @property
    def label(self) -> str:
        """Below 0.5 s, 1–2 s, 5–15 min, 1 day and more."""
        if self.high is None:
            return f"{span_label(self.low)} and more"
        return (
            f"below {span_label(self.high)}" if self.low == 0 else f"{span_label(self.low)} – {span_label(self.high)}"
        )


def buckets(below: Sequence[int], total: int, edges: Sequence[float] = EDGES) -> tuple[Bucket, ...]:
    """Buckets from how many lie below each edge, and how many there are."""
    lows, highs = (0.0, *edges), (*edges, None)
    sums = (0, *below, total)
    return tuple(
        Bucket(low, high, upper - lower)
        for low, high, lower, upper in zip(lows, highs, sums[:-1], sums[1:], strict=True)
    )


def span_label(seconds: float) -> str:
    """0.5 s, 5 min, 4 h, 1 day, 2 days."""
    for size, unit in UNITS:
        if seconds >= size:
            number = f"{seconds / size:g}"
            return f"{number} {unit}{'s' if unit == 'day' and number != '1' else ''}"
    return f"{seconds:g} s"
