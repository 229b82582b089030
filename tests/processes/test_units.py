"""The systemd units of docs/systemd: their commands start, answer, and come back after a kill."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from routing.doorbell import JOBS
from tests.processes.company import ask
from tests.processes.running import ROOT, SETTINGS_OF_TESTS, get, wait_for
from tests.smtp import free_port
from tests.valkey import running_valkey

pytestmark = pytest.mark.processes
UNITS = ROOT / "docs" / "systemd"
HOME = "/srv/leadrouting"
DAEMONS = ("web", "clock", *JOBS)


def command(unit: str) -> list[str]:
    """What systemd would run, on this copy."""
    [line] = [line for line in (UNITS / f"leadrouting-{unit}.service").read_text().splitlines() if "ExecStart=" in line]
    words = shlex.split(line.removeprefix("ExecStart="))
    return [sys.executable if word == f"{HOME}/.venv/bin/python" else word for word in words]


@contextmanager
def process(unit: str, data: Path, port: int, url: str) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    environment = {"LEADROUTING_DATA": str(data), "PORT": str(port), "REDIS_URL": url, "WEB_WORKERS": "1"}
    started = subprocess.Popen(command(unit), cwd=ROOT, env=kept | environment, start_new_session=True)
    try:
        yield started
    finally:
        if started.poll() is None:
            started.terminate()
            started.wait(timeout=20)


def heartbeats(data: Path) -> set[str]:
    return {name for (name,) in ask(data, "SELECT name FROM routing_heartbeat")}


def roles(data: Path) -> set[str]:
    return {name.partition("@")[0] for name in heartbeats(data)}


def test_every_process_has_a_unit() -> None:
    for queue in JOBS:
        assert command(queue)[-2:] == ["worker", queue]
    assert command("clock")[-1] == "clock"
    assert command("web")[-1] == "web"


@pytest.mark.further
def test_the_commands_of_the_units_start_and_come_back(data: Path) -> None:
    port = free_port()
    with running_valkey(data) as url, ExitStack() as stack:
        running = {unit: stack.enter_context(process(unit, data, port, url)) for unit in DAEMONS}
        wait_for(lambda: get(port, "/readyz")[1].get("status") == "ok", 120)
        wait_for(lambda: {f"worker {queue}" for queue in JOBS} <= roles(data), 60)

        running["alerts"].send_signal(signal.SIGKILL)
        running["alerts"].wait()
        stack.enter_context(process("alerts", data, port, url))

        old = f":{running['alerts'].pid}"
        wait_for(lambda: not any(name.endswith(old) for name in heartbeats(data)), 60)
        wait_for(lambda: "worker alerts" in roles(data), 60)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        text = unit.read_text().replace(f"{HOME}/.venv/bin/python", sys.executable).replace(HOME, str(ROOT))
        (tmp_path / unit.name).write_text(text)

    files = sorted(map(str, tmp_path.iterdir()))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True)

    assert (said.returncode, said.stderr) == (0, "")
