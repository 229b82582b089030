"""What is known at a time: outcomes counted by rep and kind of lead, older ones fading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

from routing.engine.chance import Tally
from routing.engine.performance import Counted, decay
from routing.engine.types import RepId, Segment

HALF_LIFE = 120.0
"""Days after which an outcome counts half: what a pool has unless told otherwise."""
PERIOD = 90.0
"""The test compares leads of the same kind and of the same so many days: all may have had better times."""


class Memory:
    """Outcomes as they become known. Days count from any beginning, and only forwards."""

    def __init__(self) -> None:
        self.day = 0.0
        self._counts: defaultdict[tuple[RepId, Segment], list[float]] = defaultdict(lambda: [0.0] * 5)

    def add(self, rep: RepId, segment: Segment, won: bool, day: float) -> None:
        """An outcome that became known on that day."""
        weight = 0.5 ** ((self.day - day) / HALF_LIFE)
        counts = self._counts[rep, segment]
        for place, more in enumerate((weight * won, weight, weight * weight, won, 1.0)):
            counts[place] += more

    def wait_until(self, day: float) -> None:
        """What is known fades until that day."""
        left = decay(day - self.day, HALF_LIFE)
        for counts in self._counts.values():
            counts[0] *= left
            counts[1] *= left
            counts[2] *= left * left
        self.day = max(day, self.day)

    def counted(self) -> list[Counted]:
        """As they have faded."""
        return [Counted(*key, *counts[:3]) for key, counts in self._counts.items()]

    def whole(self) -> list[Counted]:
        """Each outcome as one, however old: whether reps differ is asked of these."""
        return [Counted(*key, *counts[3:]) for key, counts in self._counts.items()]


class Tallies:
    """Outcomes in whole numbers, for tests: by kind of lead, in each by what else leads are alike in, and by rep."""

    def __init__(self) -> None:
        self.kinds: defaultdict[Hashable, defaultdict[Hashable, dict[RepId, Tally]]] = defaultdict(
            lambda: defaultdict(dict)
        )

    def add(self, rep: RepId, kind: Hashable, won: bool, day: float, *also: Hashable) -> None:
        there = self.kinds[kind][int(day // PERIOD), *also]
        wins, leads = there.get(rep, (0, 0))
        there[rep] = Tally(wins + won, leads + 1)
