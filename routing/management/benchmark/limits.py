"""How far there is to go: what database and queue do at most on this machine, when nothing else is asked of them."""

from __future__ import annotations

import multiprocessing
from time import perf_counter

from django.conf import settings
from django.db import connection
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from routing.management.benchmark.report import Row
from routing.management.benchmark.running import free_port, product

SECONDS, QUICK_SECONDS = 5.0, 0.5
JOBS, QUICK_JOBS = 2_000, 200
MANY = 8
COMMITS = "one-row commits, 1 client"
KEY = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "bigserial PRIMARY KEY"}


def measure(*, quick: bool) -> list[Row]:
    """Commits of one row a second, by one client and by eight; jobs a second that do nothing, put in and taken out."""
    seconds = QUICK_SECONDS if quick else SECONDS
    rows = [commits(seconds), _commits_of_many(seconds)]
    return [*rows, *_jobs(QUICK_JOBS if quick else JOBS)]


def commits(seconds: float) -> Row:
    """What one client commits, a row each, on the product's own connection."""
    _make_table()
    return Row(COMMITS, connection.vendor, _committed(seconds) / seconds, "commits/s")


def _make_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS limit_rows")
        cursor.execute(f"CREATE TABLE limit_rows (id {KEY[connection.vendor]}, text text)")


def _committed(seconds: float) -> int:
    count, until = 0, perf_counter() + seconds
    with connection.cursor() as cursor:
        while perf_counter() < until:
            cursor.execute("INSERT INTO limit_rows (text) VALUES ('a row')")
            count += 1
    connection.close()
    return count


def _commits_of_many(seconds: float) -> Row:
    connection.close()
    with multiprocessing.get_context("fork").Pool(MANY) as clients:
        count = sum(clients.map(_committed, [seconds] * MANY, chunksize=1))
    return Row(f"one-row commits, {MANY} clients", connection.vendor, count / seconds, "commits/s")


def nothing() -> None:
    """What a job does that does nothing."""


def _jobs(count: int) -> list[Row]:
    """In the Redis of a product that has nothing to do."""
    connection.close()
    with product(smtp_port=free_port()), Redis.from_url(settings.REDIS_ADDRESS) as redis:
        queue = Queue("nothing", connection=redis, serializer=JSONSerializer)
        begun = perf_counter()
        for _ in range(count):
            queue.enqueue(nothing, result_ttl=0)
        put = perf_counter() - begun
        worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer)
        begun = perf_counter()
        worker.work(burst=True, logging_level="WARNING")
        done = perf_counter() - begun
    return [
        Row("RQ: jobs put in", connection.vendor, count / put, "jobs/s"),
        Row("RQ: jobs that do nothing, one worker", connection.vendor, count / done, "jobs/s"),
    ]
