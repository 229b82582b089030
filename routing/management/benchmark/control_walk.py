"""Every way in which won leads can fall to the two groups, with its chance: no dice are thrown, so none can mislead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from routing.engine.control import Won, is_left_out

NEXT_TO_NEVER = 1e-12


class Ever(NamedTuple):
    """In how many cases the interval has left out a ratio by now: it lay below that ratio, or above it."""

    below: float
    above: float

    @property
    def either(self) -> float:
        return self.below + self.above


def always(ratio: float) -> Callable[[int], float]:
    """The same true ratio for each won lead."""
    return lambda _: ratio


def chance_of(share: float, ratio: float) -> float:
    """That a won lead was in the control group."""
    return share / (share + (1 - share) * ratio)


def ratio_with(share: float, chance: float) -> float:
    """The ratio with which this is the chance that a won lead was in the control group."""
    return share * (1 - chance) / (chance * (1 - share))


def ever_left_out(
    share: float, truth: Callable[[int], float], wins: int, *, looked: Callable[[int], float]
) -> Iterator[Ever]:
    """After each won lead, for somebody who looks after each and stops at the first interval without `looked`.

    Both are by the number of the won lead, from 1 on.
    """
    alive, below, above = {0: 1.0}, 0.0, 0.0
    for number in range(1, wins + 1):
        chance, asked = chance_of(share, truth(number)), looked(number)
        middle = number * chance_of(share, asked)
        moved = defaultdict[int, float](float)
        for control, weight in alive.items():
            moved[control] += weight * (1 - chance)
            moved[control + 1] += weight * chance
        alive = {control: moved[control] for control in sorted(moved) if moved[control] > NEXT_TO_NEVER}
        for control in list(alive):
            if control >= middle or not is_left_out(asked, [Won(share, control, number - control)]):
                break
            above += alive.pop(control)
        for control in reversed(list(alive)):
            if control <= middle or not is_left_out(asked, [Won(share, control, number - control)]):
                break
            below += alive.pop(control)
        yield Ever(below, above)
