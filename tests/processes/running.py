"""`manage.py up` as a person starts it: a process of its own, with a data folder and ports of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.smtp import free_port

ROOT = Path(__file__).resolve().parents[2]
SETTINGS_OF_TESTS = ("LEADROUTING_DATA", "LEADROUTING_TEST_RUN", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
START_SECONDS = 120.0
"""What the slowest machine may take to start everything; only what fails takes as long."""
T = TypeVar("T")


@dataclass
class Running:
    """An `up`. A file is its terminal, which is never full."""

    process: subprocess.Popen[bytes]
    terminal: IO[bytes]
    port: int
    data: Path

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        return get(self.port, path)

    def words(self) -> str:
        """What it has written so far."""
        return os.pread(self.terminal.fileno(), 10_000_000, 0).decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> str:
        """End it and return what it wrote."""
        self.process.send_signal(number)
        self.process.wait(timeout=20)
        return self.words()


@contextmanager
def running(data: Path, *arguments: str, **environment: str) -> Iterator[Running]:
    """Start `up`, wait until it is ready, and leave nothing behind."""
    with started(data, *arguments, **environment) as system:
        wait_for(lambda: system.get("/readyz")[0] == 200 or system.process.poll() is not None, START_SECONDS)
        assert system.process.poll() is None, system.words()
        yield system


def refusal(data: Path, **environment: str) -> str:
    """What `up` says, in one line, before it ends with exit code 1."""
    with started(data, **environment) as system:
        code = system.process.wait(timeout=START_SECONDS)
        text = system.words()
    assert (code, len(text.splitlines())) == (1, 1), text
    return text.strip()


@contextmanager
def started(data: Path, *arguments: str, **environment: str) -> Iterator[Running]:
    """`manage.py up --data DATA …` with only this environment of settings."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    port = free_port()
    with tempfile.TemporaryFile("a+b") as terminal:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--data", str(data), *arguments],
            cwd=ROOT,
            env=kept | {"WEB_WORKERS": "1", "PORT": str(port)} | environment,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Running(process, terminal, port, data)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=20)


def get(port: int, path: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer; status 0 while nobody answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error) if "json" in error.headers.get("Content-Type", "") else {}
    except (URLError, OSError):
        return 0, {}


def wait_for(happened: Callable[[], T], seconds: float = START_SECONDS) -> T:
    """What `happened` says as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := happened():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


def descendants(pid: int) -> Mapping[int, str]:
    """Process id → command line of all that a process started, and what they started."""
    found: dict[int, str] = {}
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, path.read_text().split()):
                command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                found |= {child: command, **descendants(child)}
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
