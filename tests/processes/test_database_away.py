"""A PostgreSQL that crashes or hangs: callers are told within two seconds, and every process recovers by itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from tests.chaos.harness.cluster import Cluster
from tests.processes.company import lead, manage, post, set_up
from tests.processes.running import Running, descendants, running, wait_for

pytestmark = pytest.mark.processes
AT_MOST = 2.0
BACK_WITHIN = 10.0
ROLES = ("clock routing", "clock alerts", "clock sweep", "worker routing", "worker alerts")


class Answered(NamedTuple):
    status: int
    retry_after: str | None
    kind: str
    text: str
    seconds: float


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with TemporaryDirectory(prefix="leadrouting-away-") as folder:
        Path(folder).chmod(0o711)  # the server runs under another name
        cluster = Cluster(Path(folder) / "cluster")
        cluster.start()
        yield cluster
        cluster.stop(signal.SIGQUIT)


@pytest.fixture(scope="module")
def system(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """Everything `up` runs, on a PostgreSQL, and a key that may send in leads."""
    url, data = cluster.url("postgres"), tmp_path_factory.mktemp("data")
    manage(data, "migrate", "--verbosity=0", DATABASE_URL=url)
    set_up(data, DATABASE_URL=url)
    scopes = ("--scopes", "leads:read,leads:write")
    token = manage(data, "create_api_key", "reader", *scopes, DATABASE_URL=url).split()[-1]
    with running(data, "--no-demo", DATABASE_URL=url) as up:
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
        database="postgres",
    )
    return set(ROLES) <= {name for (name,) in beats}


def freeze(cluster: Cluster) -> Callable[[], None]:
    """Stop every process of the server where it stands; what to call to let it go on."""
    assert cluster._process is not None
    everyone = [cluster._process.pid, *descendants(cluster._process.pid)]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    return lambda: [os.kill(pid, signal.SIGCONT) for pid in everyone] and None


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
    """Ask so often that every thread of the web server has met the outage."""
    for _ in range(12):
        told = ask(up, "/api/v1/leads", token)
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
    end = outage(cluster)
    try:
        check_told(up, token)
        assert post(up.port, token, lead(1)) == 503
        time.sleep(5)
    finally:
        end()
    back = time.monotonic()

    wait_for(lambda: ask(up, "/api/v1/leads", token).status == 200, BACK_WITHIN)
    number = round(back * 1000)
    assert post(up.port, token, lead(number)) == 202
    owned = f"SELECT count(*) FROM routing_lead WHERE email = '{lead(number)['email']}' AND owner_id IS NOT NULL"
    wait_for(lambda: cluster.ask(owned, database="postgres") == [(1,)], BACK_WITHIN)
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


def test_a_stopped_daemon_is_named_within_a_minute(cluster: Cluster, system: tuple[Running, str]) -> None:
    up, _ = system
    wait_for(lambda: everybody_is_back(cluster), 30)
    names = [name for (name,) in cluster.ask("SELECT name FROM routing_heartbeat", database="postgres")]
    [stopped] = [name for name in names if name.startswith("worker alerts@")]
    pid = int(stopped.rpartition(":")[2])
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()
    try:
        wait_for(lambda: f"heartbeat of {stopped}" in ask(up, "/readyz").text, 61)
    finally:
        os.kill(pid, signal.SIGCONT)

    assert time.monotonic() - begun <= 60
    wait_for(lambda: "heartbeat of" not in ask(up, "/readyz").text, 30)
