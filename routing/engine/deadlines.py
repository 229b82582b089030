"""Deadlines: minutes counted from an instant, around the clock or inside working time only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def after(start: datetime, *, minutes: float) -> datetime | None:
    """The instant so many real minutes later, or None if there is no such instant."""
    try:
        return start + timedelta(minutes=minutes)
    except (OverflowError, ValueError):
        return None


def deadline(start: datetime, minutes: float, windows: Sequence[tuple[datetime, datetime]] | None) -> datetime | None:
    """When `minutes` have passed since `start`, counting only time inside the UTC windows (None: all time).

    None if the windows given do not hold that much time.
    """
    if minutes <= 0:
        return start
    if windows is None:
        return after(start, minutes=minutes)
    try:
        left = timedelta(minutes=minutes)
    except (OverflowError, ValueError):
        return None
    counted_until = start
    for opens, closes in sorted(windows):
        opens = max(opens, counted_until)
        if closes <= opens:
            continue
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
        counted_until = closes
    return None
