"""The weight of a new member grows by equal steps, one a week, to what it is to be."""

from __future__ import annotations

from datetime import datetime, timedelta

WEEK = timedelta(weeks=1)


def ramped(weight: int, *, since: datetime | None, weeks: int, now: datetime) -> int:
    """Of a weight in thousandths what counts now: with 4 weeks a fifth in the first, two in the second, and so on.

    At least one thousandth, so that nobody is forgotten.
    """
    done = 0 if since is None else max(0, (now - since) // WEEK)
    if since is None or done >= weeks:
        return weight
    return max(1, weight * (done + 1) // (weeks + 1))


def ramp_end(*, since: datetime | None, weeks: int, now: datetime) -> datetime | None:
    """When the whole weight counts; None if it does by now."""
    end = since + weeks * WEEK if since is not None else now
    return end if end > now else None
