"""Tells a worker that there is work. Rows in the database are the promise; a lost ring costs two seconds (the clock).

Rings are coalesced: while a job waits that nobody has begun, nobody rings again. Ringing never raises and never
blocks for long: short time-outs, no retries, and after a failure Redis is left alone for a moment.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache

import django_rq
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

from routing import crash

logger = logging.getLogger(__name__)

JOBS = {
    "routing": "routing.jobs.route",
    "alerts": "routing.jobs.deliver",
    "calls": "routing.jobs.call",
    "reports": "routing.jobs.report",
}
COALESCE_MS = 1000
TIMEOUT_SECONDS = 0.2
SILENCE_SECONDS = 3.0
"""How long Redis is left alone after a failure."""
ENOUGH_JOBS = 3
"""With so many jobs waiting another ring tells nobody anything new."""
FAILURE_TTL = 7 * 24 * 3600


@dataclass
class Line:
    """This process' connections to Redis (they survive a fork), and until when they are left alone."""

    client: Redis
    silent_until: float = 0.0


@cache
def _line() -> Line:
    return Line(
        Redis.from_url(
            settings.REDIS_ADDRESS,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    )


def ring_after_commit(queue: str) -> None:
    """Ring once the current transaction is committed; at once if there is none."""
    transaction.on_commit(lambda: ring(queue), robust=True)


def ring(queue: str) -> None:
    """Have a worker look for work, unless a job that nobody has begun will do so anyway."""
    crash.crash_point("after_commit_before_ring")
    line = _line()
    if time.monotonic() < line.silent_until:
        return
    try:
        jobs = _queue(queue, line)
        with line.client.pipeline(transaction=False) as pipeline:
            pipeline.set(_key(queue), 1, nx=True, px=COALESCE_MS)
            pipeline.llen(jobs.key)
            first, waiting = pipeline.execute()
        if first and waiting < ENOUGH_JOBS:
            jobs.enqueue_call(JOBS[queue], result_ttl=0, failure_ttl=FAILURE_TTL)
    except (RedisError, OSError) as error:
        _leave_alone(line, error)


def answer(queue: str) -> None:
    """Called by a job before it looks for work: whoever comes later has to ring again."""
    line = _line()
    try:
        line.client.delete(_key(queue))
    except (RedisError, OSError) as error:
        _leave_alone(line, error)


@contextmanager
def muted() -> Iterator[None]:
    """For a process that works before Redis runs and before it forks: no ring, and no connection that is left."""
    _line().silent_until = float("inf")
    try:
        yield
    finally:
        _line().client.close()
        _line.cache_clear()


@contextmanager
def unless_nobody_hears() -> Iterator[None]:
    """For a command: rings as ever, but says nothing of it where the product is stopped."""
    with nullcontext() if is_heard() else muted():
        yield


def is_heard() -> bool:
    """Whether Redis answers now."""
    try:
        return bool(_line().client.ping())
    except (RedisError, OSError):
        return False


def jobs_of(queue: str) -> Queue:
    """What RQ holds for a queue. Whatever is asked of it raises RedisError or OSError while Redis is away."""
    return _queue(queue, _line())


def _queue(queue: str, line: Line) -> Queue:
    return django_rq.get_queue(queue, connection=line.client, commit_mode="auto")


def worker_name(queue: str) -> str:
    """Under which name a queue's worker says in the database that it lives."""
    return f"worker {queue}"


def _key(queue: str) -> str:
    return f"doorbell:{queue}"


def _leave_alone(line: Line, error: Exception) -> None:
    line.silent_until = time.monotonic() + SILENCE_SECONDS
    logger.warning("doorbell_silent", extra={"cause": type(error).__name__, "seconds": SILENCE_SECONDS})
