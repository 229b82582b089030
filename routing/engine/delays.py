"""Whose time it was until the first response: the system's, nobody's, outside the hours, or the owners'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum


class Whose(IntEnum):
    SYSTEM = 1
    """Deciding, and sending the alert."""
    NOBODY = 2
    """Waiting, as nobody was available."""
    OWNER = 3
    """Somebody knew of it: their own time inside the hours of their clock, else outside time."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whose time begins at an instant; it lasts until the next one. `windows`: those that an owner's clock counts."""

    start: datetime
    whose: Whose
    windows: Sequence[tuple[datetime, datetime]] | None = None


@dataclass(frozen=True, slots=True)
class Delays:
    """In seconds; together all the time from the lead's arrival to the first response."""

    system: float = 0.0
    nobody: float = 0.0
    outside: float = 0.0
    rep: float = 0.0


def delays(submitted_at: datetime, stretches: Iterable[Stretch], until: datetime) -> Delays:
    """Share out the time. Before the first stretch it is the system's; of two that begin together the later counts."""
    begun = [Stretch(submitted_at, Whose.SYSTEM), *sorted(stretches, key=lambda one: one.start)]
    ends = [*(one.start for one in begun[1:]), until]
    spent = {whose: timedelta() for whose in Whose}
    outside = timedelta()
    for one, end in zip(begun, ends, strict=True):
        start, end = (min(max(edge, submitted_at), until) for edge in (one.start, end))
        counted = _counted(one, start, end) if one.whose is Whose.OWNER else end - start
        spent[one.whose] += counted
        outside += (end - start) - counted
    return Delays(
        spent[Whose.SYSTEM].total_seconds(),
        spent[Whose.NOBODY].total_seconds(),
        outside.total_seconds(),
        spent[Whose.OWNER].total_seconds(),
    )


def _counted(one: Stretch, start: datetime, end: datetime) -> timedelta:
    if one.windows is None:
        return end - start
    inside = ((max(opens, start), min(closes, end)) for opens, closes in one.windows)
    return sum((closes - opens for opens, closes in inside if opens < closes), timedelta())
