"""How much work something is, measured in a way that does not depend on how fast the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

STEPS = 100_000


def work_of(act: Callable[[], Any]) -> float:
    """Time of the processor, of one go, as a multiple of what a million steps of a plain loop take here and now."""
    before = million_steps()
    taken = seconds_of(act)
    return taken / max(before, million_steps())


def million_steps() -> float:
    """Seconds of the processor for a million steps of a loop: the least of five tries, each a tenth of that."""
    return min(seconds_of(_steps) for _ in range(5)) * 1_000_000 / STEPS


def seconds_of(act: Callable[[], Any]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def _steps() -> int:
    total = 0
    for number in range(STEPS):
        total += number
    return total
