"""How uneven turns were, at their worst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def running_spread(winners: Iterable[int], *, reps: int) -> int:
    """The largest difference between the most and the least leads of a rep, after any number of leads."""
    counts: Counter[int] = Counter()
    worst = 0
    for winner in winners:
        counts[winner] += 1
        least = min(counts.values()) if len(counts) == reps else 0
        worst = max(worst, max(counts.values()) - least)
    return worst
