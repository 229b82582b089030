"""A PostgreSQL that crashes or hangs: callers are told within two seconds, and every process recovers by itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection
from typing import NamedTuple

import pytest

from tests.chaos.harness.cluster import Cluster
from tests.migrated import TEMPLATE
from tests.processes.company import lead, post, set_up
from tests.processes.running import Running, descendants, running, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.further]
AT_MOST = 2.0
OUTAGE = 6.0
"""Longer than the longest pause of anybody who tries again."""
THREADS = 4
BACK_WITHIN = 10.0
ROLES = ("clock routing", "clock alerts", "clock sweep", "worker routing", "worker alerts")

WORKER = """SELECT name FROM routing_heartbeat WHERE name LIKE 'worker alerts@%'
    AND beat_at < clock_timestamp() - interval '2 s'"""
"""The worker whose last sign of life is not just now: that the minute is over is then not found out too late."""


class Answered(NamedTuple):
    status: int
    retry_after: str | None
    kind: str
    text: str
    seconds: float


@pytest.fixture(scope="module")
def system(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """Everything `up` runs, on a PostgreSQL, and a key that may send in leads."""
    url, data = cluster.url(TEMPLATE), tmp_path_factory.mktemp("data")
    token = set_up(data, scopes="leads:read,leads:write", DATABASE_URL=url)
    with running(data, "--no-demo", DATABASE_URL=url, WEB_THREADS=str(THREADS)) as up:
        assert post(up.port, token, lead(0)) == 202
        yield up, token


def ask(up: Running, path: str, token: str = "") -> Answered:
    """One request, as somebody sends it who waits no longer than a few seconds."""
    client, begun = HTTPConnection("127.0.0.1", up.port, timeout=8), time.monotonic()
    try:
        client.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = client.getresponse()
        text = answer.read().decode()
        taken = time.monotonic() - begun
        return Answered(
            answer.status, answer.getheader("Retry-After"), answer.getheader("Content-Type", ""), text, taken
        )
    finally:
        client.close()


def everybody_is_back(cluster: Cluster) -> bool:
    """Each process has said since the outage that it lives, and the auditor has nothing to do with it."""
    beats = cluster.ask(
        "SELECT split_part(name, '@', 1) FROM routing_heartbeat WHERE beat_at > clock_timestamp() - interval '12 s'",
        database=TEMPLATE,
    )
    return set(ROLES) <= {name for (name,) in beats}


def freeze(cluster: Cluster) -> Callable[[], None]:
    """Stop every process of the server where it stands; what to call to let it go on."""
    assert cluster._process is not None
    first = cluster._process.pid
    os.kill(first, signal.SIGSTOP)  # before the list of the others: from now on it starts none
    others = list(descendants(first))
    for pid in others:
        with suppress(ProcessLookupError):  # it has just ended, as those do that look after tables now and then
            os.kill(pid, signal.SIGSTOP)
    return lambda: go_on([first, *others])


def go_on(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def freeze_postmaster(cluster: Cluster) -> Callable[[], None]:
    """Only new connections hang."""
    assert cluster._process is not None
    pid = cluster._process.pid
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


def crash(cluster: Cluster) -> Callable[[], None]:
    cluster.stop(signal.SIGQUIT)
    return cluster.start


def check_told(up: Running, token: str) -> None:
    """Ask so often, and with so many at a time, that every thread of the web server has met the outage."""
    with ThreadPoolExecutor(THREADS) as callers:
        answers = list(callers.map(lambda _: ask(up, "/api/v1/leads", token), range(3 * THREADS)))
    for told in answers:
        assert (told.status, told.kind) == (503, "application/problem+json"), told
        assert told.retry_after
        assert told.seconds < AT_MOST, told
    page = ask(up, "/admin/login/?next=/admin/")
    assert page.status == 200 or "cannot be reached right now" in page.text
    assert ask(up, "/readyz").status == 503
    assert ask(up, "/healthz").status == 200


@pytest.mark.parametrize("outage", [crash, freeze], ids=["crashed", "hung"])
def test_an_outage_is_told_within_two_seconds_and_over_ten_seconds_after(
    cluster: Cluster, system: tuple[Running, str], outage: Callable[[Cluster], Callable[[], None]]
) -> None:
    up, token = system
    begun, end = time.monotonic(), outage(cluster)
    try:
        check_told(up, token)
        assert post(up.port, token, lead(1)) == 503
        time.sleep(max(0.0, begun + OUTAGE - time.monotonic()))
    finally:
        end()
    back = time.monotonic()

    wait_for(lambda: ask(up, "/api/v1/leads", token).status == 200, BACK_WITHIN)
    number = round(back * 1000)
    assert post(up.port, token, lead(number)) == 202
    owned = f"SELECT count(*) FROM routing_lead WHERE email = '{lead(number)['email']}' AND owner_id IS NOT NULL"
    wait_for(lambda: cluster.ask(owned, database=TEMPLATE) == [(1,)], BACK_WITHIN)
    wait_for(lambda: everybody_is_back(cluster), BACK_WITHIN + 10)  # each says so every ten seconds


def test_where_only_new_connections_hang_those_there_are_go_on(cluster: Cluster, system: tuple[Running, str]) -> None:
    up, token = system
    wait_for(lambda: ask(up, "/api/v1/leads", token).status == 200)
    end = freeze_postmaster(cluster)
    try:
        answers = [ask(up, "/api/v1/leads", token) for _ in range(12)]
    finally:
        end()

    assert {answer.status for answer in answers} <= {200, 503}
    assert max(answer.seconds for answer in answers) < AT_MOST


@pytest.mark.parametrize("earlier", [55, pytest.param(0, marks=pytest.mark.long)])
def test_a_stopped_daemon_is_named_within_a_minute(cluster: Cluster, system: tuple[Running, str], earlier: int) -> None:
    up, _ = system
    wait_for(lambda: everybody_is_back(cluster), 30)
    [(stopped,)] = wait_for(lambda: cluster.ask(WORKER, database=TEMPLATE), 30)
    pid = int(stopped.rpartition(":")[2])
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic() - earlier
    try:
        let_it_be_earlier(cluster, stopped, earlier)
        wait_for(lambda: f"heartbeat of {stopped}" in ask(up, "/readyz").text, 61 - earlier)
    finally:
        os.kill(pid, signal.SIGCONT)

    assert time.monotonic() - begun <= 60
    wait_for(lambda: "heartbeat of" not in ask(up, "/readyz").text, 30)


def let_it_be_earlier(cluster: Cluster, name: str, seconds: int) -> None:
    """As if this process had been stopped so long ago: its last sign of life is as much older."""
    sql = "UPDATE routing_heartbeat SET beat_at = beat_at - make_interval(secs => %s) WHERE name = %s"
    cluster.ask(sql, [seconds, name], database=TEMPLATE)
