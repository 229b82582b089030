"""The IANA names of time zones."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def time_zones() -> frozenset[str]:
    """All of them. They are looked up on disk, hundreds of files: once for each process."""
    return frozenset(available_timezones())
