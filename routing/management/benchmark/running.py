"""Programs that a part measures from outside: the product as `up` starts it, and what it is held against."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from routing.management.benchmark.loopback import connect

START_UP = 60.0
"""Seconds after which what does not answer is given up."""
LEAVE = 15.0


@contextmanager
def product(*, smtp_port: int, **environment: str) -> Iterator[tuple[int, int]]:
    """`manage.py up` on this database with mail to that port: its port, and the process that started all others."""
    port = free_port()
    mail = f"smtp://127.0.0.1:{smtp_port}"
    command = [str(Path(settings.BASE_DIR) / "manage.py"), "up", "--no-demo"]
    with program(command, port, "/readyz", EMAIL_URL=mail, **environment) as process:
        yield port, process


@contextmanager
def program(command: Sequence[str], port: int, path: str, **environment: str) -> Iterator[int]:
    """A Python program of ours until it is no longer needed, begun when this path of it answers; its process."""
    whole: Mapping[str, str] = {**os.environ, "PORT": str(port), "LOG_LEVEL": "WARNING", **environment}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, *command], env=whole, stdout=log, stderr=log)
        try:
            _wait_until_ready(port, path, process)
            yield process.pid
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode("utf-8", "replace")[-2_000:])
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(LEAVE)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + START_UP
    while time.perf_counter() < deadline and process.poll() is None:
        client = connect(port, patience=2)
        try:
            client.request("GET", path)
            if client.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            client.close()
    raise AssertionError(f"What should answer {path} did not become ready.")
