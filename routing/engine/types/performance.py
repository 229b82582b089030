"""What a pool's reps made of which kind of lead: counted outcomes, frozen for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias

from routing.engine.types.vocabulary import RepId

Segment: TypeAlias = tuple[str, ...]
"""Values of the pool's segment dimensions, in their order; shorter is coarser, () is everything."""


class Record(NamedTuple):
    """Leads with a final outcome, and how many of them were won. Both decayed, so not whole numbers.

    `expected` is what everybody would have won of the very same leads; None: the segment's rate of them.
    """

    wins: float
    leads: float
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class PerformanceTable:
    """The numbers of one pool as of the end of a day. Every prefix of a segment is a segment too."""

    day: date
    dimensions: tuple[str, ...] = ()
    segments: Mapping[Segment, Record] = field(default_factory=dict)
    reps: Mapping[RepId, Mapping[Segment, Record]] = field(default_factory=dict)
    k: float = 30.0
