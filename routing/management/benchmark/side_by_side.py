"""Several routers at once, each a process of its own with the leads of one pool."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from time import perf_counter

from django.db import connections

from routing.clock import current_time
from routing.engine.decide import reach
from routing.engine.types import PoolId
from routing.management.benchmark.batches import Timed, route_timed
from routing.models import Lead
from routing.services.route_pending import BATCH
from routing.snapshots.leads import load_leads
from routing.snapshots.rulebook import current_rulebook

FORK = multiprocessing.get_context("fork")


def route_side_by_side(workers: int) -> Timed:
    """Route all pending leads by so many processes, each those of one pool. The seconds last until all are done."""
    shares = list(_by_pool().values())
    if len(shares) != workers:
        raise AssertionError(f"The leads reach {len(shares)} pools, not {workers}.")
    connections.close_all()
    pipes = [FORK.Pipe(duplex=False) for _ in shares]
    routers = [
        FORK.Process(target=_route, args=(_batches(share), ready))
        for share, (_, ready) in zip(shares, pipes, strict=True)
    ]
    begun = perf_counter()
    for router in routers:
        router.start()
    found: list[Timed] = [ours.recv() for ours, _ in pipes]
    seconds = perf_counter() - begun
    for router in routers:
        router.join()
    batches = [batch for timed in found for batch in timed.batches]
    return Timed(sum(timed.leads for timed in found), seconds, batches)


def _route(batches: Sequence[list[int]], ready: Connection) -> None:
    ready.send(route_timed(batches))


def _batches(lead_ids: Sequence[int]) -> list[list[int]]:
    return [list(lead_ids[start : start + BATCH]) for start in range(0, len(lead_ids), BATCH)]


def _by_pool() -> Mapping[PoolId, list[int]]:
    """The pending leads by the pool that each reaches first."""
    published, now = current_rulebook(), current_time()
    if published is None:
        raise AssertionError("Nothing is published.")
    found: defaultdict[PoolId, list[int]] = defaultdict(list)
    rows = list(Lead.objects.pending(now).order_by("pk"))
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        for lead, _ in load_leads(some, published=published, matches={}, now=now):
            (pool,) = reach(lead, published.rulebook, now).pools
            found[pool].append(lead.id)
    return found
