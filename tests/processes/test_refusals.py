"""What `up` refuses: one line on the terminal that says what is wrong, and an exit code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.running import ROOT, SETTINGS_OF_TESTS, refusal

pytestmark = pytest.mark.processes


def test_a_busy_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        line = refusal(tmp_path, PORT=port)

    assert line == f"PORT: 127.0.0.1:{port} is taken by another program. Set PORT to a free port."


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DATABASE_URL": "postgres://me:secret@127.0.0.1:1/leads"}, "DATABASE_URL: cannot use the database: "),
        ({"REDIS_URL": "redis://:secret@127.0.0.1:1/0"}, "REDIS_URL: cannot use this Redis: "),
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
