"""Stored leads routed batch after batch, as a worker does it, with the time that each batch took."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import repeat
from time import perf_counter

from django.db import connection

from routing.clock import current_time
from routing.management.benchmark.report import Row, percentile
from routing.services.route_pending import route_pending


@dataclass(slots=True)
class Timed:
    """How many leads were routed, in how many seconds, and the seconds of each batch."""

    leads: int = 0
    seconds: float = 0.0
    batches: list[float] = field(default_factory=list)

    def row(self, part: str) -> Row:
        """Leads a second; p50 and p99 are of the batches."""
        p50, p99 = (percentile(self.batches, share) * 1e3 for share in (0.5, 0.99))
        return Row(part, connection.vendor, self.leads / self.seconds, "leads/s", p50=p50, p99=p99)


def route_timed(chosen: Iterable[list[int] | None] = repeat(None)) -> Timed:
    """Route what is due until nothing is, or these leads batch by batch."""
    timed, begun = Timed(), perf_counter()
    for lead_ids in chosen:
        batch_begun = perf_counter()
        routed = route_pending(now=current_time(), lead_ids=lead_ids)
        if not routed.worked:
            break
        timed.leads += routed.decided
        timed.batches.append(perf_counter() - batch_begun)
    timed.seconds = perf_counter() - begun
    return timed


def settle_down() -> None:
    """As a worker is, and as a database is a minute after it has grown.

    Workers are forked from a parent that has frozen its memory (processes.py). PostgreSQL plans the look-ups of foreign
    keys by what it knows of the tables' sizes; autovacuum tells it within a minute, which a benchmark does not last.
    """
    gc.collect()
    gc.freeze()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
