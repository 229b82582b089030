"""Real processes on the test's own database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 1_800.0
"""Seconds that a process may take on the slowest machine; only what hangs takes as long."""


def database_url() -> str:
    """The URL of the database that this test runs on."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    host, name = quote(str(settings["HOST"]), safe=""), settings["NAME"]
    login = quote(settings["USER"]) + (f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else "")
    if host.startswith("%2F"):
        return f"postgres://{login}@/{name}?host={settings['HOST']}"
    return f"postgres://{login}@{host}:{settings['PORT'] or 5432}/{name}"


def start(module: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """`python -m module arguments` on this test's database."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url(), "LOG_LEVEL": "ERROR"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def start_routers(count: int, *, limit: int) -> subprocess.Popen[str]:
    """So many processes that each route batches of `limit` leads until none is left."""
    return start("tests.chaos.router", str(limit), str(count))


def finish(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Wait for all; the output of those that failed. None outlives the test."""
    try:
        outputs = [(process, process.communicate(timeout=LONGEST)[0]) for process in processes]
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with those that it forked
    return [output for process, output in outputs if process.returncode or "Traceback" in output]
