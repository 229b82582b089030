"""`manage.py up`: everything it starts, brings back and takes away again."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.running import Running, descendants, is_alive, refusal, running, wait_for

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def system(shared_data: Path) -> Iterator[Running]:
    """An empty one that the tests of this file share; the last one ends it."""
    with running(shared_data, "--no-demo") as started:
        yield started


def is_well(system: Running) -> bool:
    return system.get("/readyz?strict=1")[0] == 200


def test_it_becomes_ready_with_nothing_to_complain_about(system: Running) -> None:
    wait_for(lambda: is_well(system))

    assert system.get("/readyz") == (200, {"status": "ok", "causes": []})
    assert system.get("/healthz") == (200, {"status": "ok"})


@pytest.mark.parametrize("name", ["passwords", "api_key", "secret_key"])
def test_its_secrets_are_for_the_owner_only(system: Running, name: str) -> None:
    assert stat.S_IMODE((system.data / name).stat().st_mode) == 0o600


def test_a_second_one_on_the_same_folder_is_refused(system: Running) -> None:
    line = refusal(system.data)

    assert line.startswith(f"LEADROUTING_DATA: another `up` (process {system.process.pid}) runs on {system.data}.")


def test_children_that_are_killed_come_back(system: Running) -> None:
    wait_for(lambda: is_well(system))
    before = descendants(system.process.pid)

    for pid in before:
        os.kill(pid, signal.SIGKILL)

    wait_for(lambda: len(descendants(system.process.pid)) == len(before) and is_well(system))
    assert not before.keys() & descendants(system.process.pid).keys()


def test_ctrl_c_ends_it_in_time_and_leaves_nothing_but_what_it_keeps(data: Path) -> None:
    with running(data, "--no-demo") as first:
        children = descendants(first.process.pid)
        began = time.monotonic()
        said_first = first.stop(signal.SIGINT)
        assert (first.process.returncode, time.monotonic() - began < 5) == (0, True)
        assert [command for pid, command in children.items() if is_alive(pid)] == []
    with running(data, "--no-demo") as second:
        said_second = second.stop(signal.SIGTERM)

    key, password = (data / "api_key").read_text().strip(), (data / "passwords").read_text().split()[1]
    assert "How do you share leads?" in said_first and "How do you share leads?" in said_second
    assert [said.split()[:3] for said in (said_first, said_second)] == [["Lead", "routing", "runs"]] * 2  # it begins so
    assert key not in said_first + said_second
    assert password in said_first and password not in said_second
    assert f"kept in {data / 'passwords'}" in said_second


def test_its_children_end_when_it_is_killed(system: Running) -> None:
    children = descendants(system.process.pid)

    system.stop(signal.SIGKILL)

    assert len(children) >= 6
    wait_for(lambda: not any(is_alive(pid) for pid in children))
