"""One person's working time as a ruler: how much of it lies between two instants, and when so much has passed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate

from reps.schedules import Window


class WorkingTime:
    """Windows of working time, in order and disjoint, with the seconds that lie before each."""

    __slots__ = ("_before", "_ends", "_starts")

    def __init__(self, windows: Sequence[Window]) -> None:
        self._starts = [start.timestamp() for start, _ in windows]
        self._ends = [end.timestamp() for _, end in windows]
        lengths = [end - start for start, end in zip(self._starts, self._ends, strict=True)]
        self._before = list(accumulate(lengths, initial=0.0))

    def seconds(self, start: datetime, end: datetime) -> float:
        """How much working time lies between the two."""
        return max(0.0, self._until(end.timestamp()) - self._until(start.timestamp()))

    def after(self, start: datetime, seconds: float) -> datetime | None:
        """The instant at which so much working time has passed since `start`; None if there is not so much."""
        target = self._until(start.timestamp()) + seconds
        place = bisect_left(self._before, target) - 1
        if seconds <= 0:
            return start
        if not 0 <= place < len(self._starts):
            return None
        return datetime.fromtimestamp(self._starts[place] + target - self._before[place], UTC)

    def _until(self, moment: float) -> float:
        place = bisect_right(self._starts, moment) - 1
        if place < 0:
            return 0.0
        return self._before[place] + min(moment, self._ends[place]) - self._starts[place]
