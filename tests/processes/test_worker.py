"""A worker outlives its Redis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings
from redis.exceptions import RedisError
from rq.exceptions import StopRequested

from leadrouting import local_redis
from routing import doorbell
from routing.management.commands import worker as command
from routing.management.commands.worker import DoorbellWorker
from tests.processes.running import ROOT, SETTINGS_OF_TESTS, wait_for
from tests.valkey import running_valkey

pytestmark = pytest.mark.processes


@contextmanager
def worker(data: Path) -> Iterator[subprocess.Popen[str]]:
    """`manage.py worker routing` on this data folder."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "routing"],
        cwd=ROOT,
        env=kept | {"LEADROUTING_DATA": str(data)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(autouse=True)
def bell(data: Path, settings: Settings) -> Iterator[None]:
    settings.REDIS_ADDRESS = local_redis.address(data)
    doorbell._line.cache_clear()
    yield
    doorbell._line.cache_clear()


def rings_and_is_answered(url: str) -> bool:
    """Whether a job that is called now is taken."""
    doorbell._line().silent_until = 0
    doorbell.ring("routing")
    with local_redis.client(url, timeout=1) as client:
        return not client.exists("doorbell:routing") and client.llen("rq:queue:routing") == 0


def test_it_works_again_after_redis_was_away_and_ends_when_told(data: Path) -> None:
    with worker(data) as process:
        with running_valkey(data) as url:
            wait_for(lambda: rings_and_is_answered(url), 60)
        assert process.poll() is None
        with running_valkey(data) as url:
            wait_for(lambda: rings_and_is_answered(url), 60)

            process.terminate()

            assert process.wait(timeout=10) == 0


@pytest.mark.django_db
def test_it_ends_when_told_while_it_says_that_it_lives(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_valkey(data) as url, local_redis.client(url, timeout=1) as client:
        told = DoorbellWorker(["routing"], connection=client)
        monkeypatch.setattr(command, "beat", lambda *name, **at: told.request_stop(signal.SIGTERM, None))

        with pytest.raises(StopRequested):
            told.heartbeat()


class EndsUsWhenThrownAway:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)  # the signal is looked at here, and what it raises is lost


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_ends_when_told_at_a_moment_when_nothing_can_be_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bool] = []

    def redis_is_away(queue: str) -> bool:
        if tried:
            pytest.fail("It went on.")
        tried.append(True)
        EndsUsWhenThrownAway()
        raise RedisError

    monkeypatch.setattr(command, "_work", redis_is_away)
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        command._keep_working("routing")
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def test_it_ends_when_told_although_redis_is_away(data: Path) -> None:
    with worker(data) as process:
        assert process.stderr is not None
        assert "worker_without_redis" in process.stderr.readline()

        process.terminate()

        assert process.wait(timeout=10) == 0
