"""The doorbell on a real Valkey: coalesced, quick, and never an obstacle."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from redis import Redis

from leadrouting import local_redis
from routing import doorbell
from tests.valkey import for_doorbells, running_valkey, start_valkey


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_valkey(tmp_path_factory.mktemp("v")) as url:
        yield url


@pytest.fixture
def redis(address: str, settings: Settings) -> Iterator[Redis]:
    with for_doorbells(address, settings) as client:
        yield client


def jobs(redis: Redis, queue: str = "routing") -> int:
    length = redis.llen(f"rq:queue:{queue}")
    assert isinstance(length, int)
    return length


def test_a_ring_calls_one_job(redis: Redis) -> None:
    doorbell.ring("routing")

    assert jobs(redis) == 1


def test_rings_are_coalesced_until_a_job_answers(redis: Redis) -> None:
    for _ in range(5):
        doorbell.ring("routing")

    assert jobs(redis) == 1


def test_a_ring_after_the_answer_calls_another_job(redis: Redis) -> None:
    doorbell.ring("routing")
    doorbell.answer("routing")

    doorbell.ring("routing")

    assert jobs(redis) == 2


def test_queues_ring_apart(redis: Redis) -> None:
    doorbell.ring("routing")
    doorbell.ring("alerts")

    assert (jobs(redis), jobs(redis, "alerts")) == (1, 1)


def test_jobs_that_nobody_takes_do_not_pile_up(redis: Redis) -> None:
    for _ in range(10):
        doorbell.answer("routing")
        doorbell.ring("routing")

    assert jobs(redis) == doorbell.ENOUGH_JOBS


def test_a_job_is_kept_a_week_after_a_failure_and_holds_no_arguments(redis: Redis) -> None:
    doorbell.ring("alerts")

    (job_id,) = redis.lrange("rq:queue:alerts", 0, -1)
    job = redis.hgetall(f"rq:job:{job_id.decode()}")
    assert (job[b"failure_ttl"], job[b"result_ttl"]) == (b"604800", b"0")
    assert job[b"description"] == b"routing.jobs.deliver()"


@pytest.mark.django_db
def test_it_rings_only_after_the_commit(
    redis: Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        doorbell.ring_after_commit("routing")
        assert jobs(redis) == 0

    assert jobs(redis) == 1


def test_a_muted_bell_is_silent_and_then_rings_again(redis: Redis) -> None:
    with doorbell.muted():
        doorbell.ring("routing")
        assert jobs(redis) == 0

    doorbell.ring("routing")

    assert jobs(redis) == 1


def test_without_redis_ringing_is_quick_and_silent(settings: Settings) -> None:
    settings.REDIS_ADDRESS = "redis://127.0.0.1:1/0"
    doorbell._line.cache_clear()

    doorbell.ring("routing")
    doorbell.answer("routing")

    assert not doorbell.is_heard()


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(settings: Settings) -> None:
    doorbell._line.cache_clear()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_ADDRESS = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()

        for _ in range(100):
            doorbell.ring("routing")

    assert time.monotonic() - began < doorbell.SILENCE_SECONDS
    assert doorbell._line().silent_until > began


def test_after_a_restart_of_redis_the_bell_works_again(tmp_path: Path, settings: Settings) -> None:
    settings.REDIS_ADDRESS = url = local_redis.address(tmp_path)
    doorbell._line.cache_clear()
    first = start_valkey(tmp_path, url)
    doorbell.ring("routing")
    first.kill()
    first.wait()

    second = start_valkey(tmp_path, url)
    doorbell.answer("routing")
    doorbell._line().silent_until = 0
    doorbell.answer("routing")
    doorbell.ring("routing")

    client = local_redis.client(url, timeout=1)
    waiting = jobs(client)
    client.close()
    second.kill()
    second.wait()
    assert waiting >= 1
