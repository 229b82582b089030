"""What `up` refuses: one line on the terminal that says what is wrong, and an exit code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from leadrouting import local_redis, startup
from tests.processes.running import ROOT, SETTINGS_OF_TESTS, refusal
from tests.valkey import running_valkey

pytestmark = pytest.mark.processes


def said_of(check: Callable[[], object]) -> str:
    """Why `up` would not start: it ends with this text of its own checks, as those below show with processes."""
    with pytest.raises(startup.CannotStart) as reason:
        check()
    [line] = str(reason.value).splitlines()
    return line


def test_a_busy_port(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings.HOST, settings.PORT = other.getsockname()

        line = said_of(startup.open_web)

    assert line == f"PORT: 127.0.0.1:{settings.PORT} is taken by another program. Set PORT to a free port."


def test_a_redis_that_does_not_answer(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"

    line = said_of(startup.open_redis)

    assert line.startswith("REDIS_URL: cannot use this Redis: ")
    assert "secret" not in line


def test_a_redis_that_drops_what_it_holds(settings: Settings, tmp_path: Path) -> None:
    with running_valkey(tmp_path) as settings.REDIS_URL, local_redis.client(settings.REDIS_URL, timeout=1) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")

        line = said_of(startup.open_redis)

    assert line.startswith("REDIS_URL: this Redis drops what it holds when it is full (maxmemory-policy allkeys-lru).")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DATABASE_URL": "postgres://me:secret@127.0.0.1:1/leads"}, "DATABASE_URL: cannot use the database: "),
        ({"PRODUCTION": "1"}, "SECRET_KEY is missing."),
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, environment: dict[str, str], expected: str) -> None:
    line = refusal(tmp_path, **environment)

    assert line.startswith(expected)
    assert "secret" not in line


def test_a_data_folder_that_cannot_be_written() -> None:
    assert refusal(Path("/proc/leads"), SECRET_KEY="given").startswith(
        "LEADROUTING_DATA: cannot write to /proc/leads: "
    )


def test_a_command_before_the_first_start(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}

    ended = subprocess.run(
        [sys.executable, "manage.py", "demo_company", "remove"],
        cwd=ROOT,
        env=kept | {"LEADROUTING_DATA": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (
        1,
        f"There is no database in {tmp_path}/leadrouting.sqlite3 yet. Start `up` once, or set LEADROUTING_DATA or"
        " DATABASE_URL.\n",
    )
