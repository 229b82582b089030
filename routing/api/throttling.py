"""How many requests a minute a key, and failed sign-ins a visitor, may make: counted for all processes together.

What a process counts of a key it tells the database in batches of a hundredth of the limit, so that a request seldom
costs a statement. With so many processes at most so many batches more than the limit get through.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from routing.api.arrival import arrived_at
from routing.services.throttling import count_hit, visitor_key
from routing.visitors import address_of

MINUTE = 60
BATCHES = 100
MOST_REMEMBERED = 10_000


class TooMany(Throttled):
    """Says what was too much, and when to come again."""

    def __init__(self, detail: str, wait: int) -> None:
        super().__init__(detail=detail)
        self.wait = wait


@dataclass(slots=True)
class _Tally:
    """Of one key in one minute: how many there were of all processes when last asked, and how many came here since."""

    minute: int
    known: int = 0
    here: int = 0


_tallies: dict[str, _Tally] = {}
_refused: dict[str, datetime] = {}
"""Visitors whose failures are not counted any more, and until when."""
_lock = threading.Lock()


def forget_counts() -> None:
    """Count anew in this process."""
    with _lock:
        _tallies.clear()
        _refused.clear()


class KeyThrottle(BaseThrottle):
    """API_PER_MINUTE requests of one key; 0: no limit."""

    def allow_request(self, request: Request, view: Any) -> bool:
        limit = settings.API_PER_MINUTE
        if limit and request.auth is not None:
            now = arrived_at(request)
            if _count(f"api:{request.auth.pk}", limit, now) > limit:
                raise TooMany(f"This key sent more than {limit} requests within a minute.", _seconds_left(now))
        return True


def count_refusal(request: Request) -> None:
    """Raise TooMany for a visitor who has sent too many wrong keys; their right keys go on opening."""
    limit = settings.API_FAILURES_PER_MINUTE
    if not limit:
        return
    now, visitor = arrived_at(request), visitor_key(address_of(request._request))
    if (until := _refused.get(visitor)) is None or until <= now:
        hits = count_hit(key=f"api-refused:{visitor}", seconds=MINUTE, now=now)
        if hits.count <= limit:
            return
        _remember(visitor, hits.resets_at, now)
    raise TooMany("Too many wrong keys came from your address.", _seconds_left(now))


def _count(key: str, limit: int, now: datetime) -> int:
    """How many of this minute there are, this one included, as far as it is known here."""
    minute = int(now.timestamp()) // MINUTE
    with _lock:
        tally = _tallies.get(key)
        if tally is None or tally.minute != minute:
            tally = _tallies[key] = _Tally(minute)
        tally.here += 1
        seen = tally.known + tally.here
        batch = tally.here if tally.known <= limit and tally.here > limit // BATCHES else 0
        if not batch:
            return seen
        tally.known, tally.here = seen, 0
    total = count_hit(key=key, seconds=MINUTE, now=now, many=batch).count
    with _lock:
        tally.known = max(tally.known, total)
        return max(total, seen)


def _remember(visitor: str, until: datetime, now: datetime) -> None:
    with _lock:
        if len(_refused) >= MOST_REMEMBERED:
            for other in [known for known, end in _refused.items() if end <= now]:
                del _refused[other]
        if len(_refused) < MOST_REMEMBERED:
            _refused[visitor] = until


def _seconds_left(now: datetime) -> int:
    return MINUTE - int(now.timestamp()) % MINUTE
