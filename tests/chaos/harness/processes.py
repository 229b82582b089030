"""The running product: started by the harness in processes of their own, found by role, killed, stopped and ended."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from tests.chaos.harness.cluster import Cluster
from tests.chaos.harness.setup import WORKERS, Setup
from tests.processes.running import ROOT, SETTINGS_OF_TESTS, get

START_SECONDS = 60.0
LOOK_SECONDS = 0.05
ENDED = re.compile(r"program_ended.*?\"program\": \"(\w+)\", \"exit_code\": (-?\d+)")
EVERYTHING = {"web": 1, WORKERS: 2, "clock": 2}
"""What `up` runs, the daemons more than once."""


@dataclass
class System:
    """One copy of the product on a database of its own."""

    cluster: Cluster
    database: str
    folder: Path
    token: str
    environment: Mapping[str, str]
    setup: Setup
    process: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = None

    @property
    def port(self) -> int:
        return self.setup.port

    @property
    def sqlite(self) -> bool:
        return self.environment["DATABASE_URL"].startswith("sqlite")

    def ask(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of its database, read from outside."""
        if self.sqlite:
            with sqlite3.connect(f"file:{self.folder / 'leadrouting.sqlite3'}?mode=ro", uri=True, timeout=20) as found:
                return found.execute(sql.replace("%s", "?"), parameters).fetchall()
        return self.cluster.ask(sql, parameters, database=self.database)

    def one(self, sql: str, *parameters: Any) -> Any:
        return self.ask(sql, *parameters)[0][0]

    def start(self, **changes: Any) -> None:
        """Start everything, with these changes of the setup, and wait until the web answers."""
        self.setup = replace(self.setup, **changes)
        kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
        self.log = self.log or (self.folder / "log").open("a+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.harness.nursery", self.setup.written()],
            cwd=ROOT, env={**kept, **self.environment}, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        ready = "/healthz" if self.setup.roles.get("web") else ""
        begun = self.words().count("started\n")
        wait_for(
            lambda: self.process is None or self.process.poll() is not None
            or (get(self.port, ready)[0] == 200 if ready else self.words().count("started\n") > begun),
            START_SECONDS,
        )  # fmt: skip
        if self.process.poll() is not None:
            raise RuntimeError(f"The product did not start:\n{self.words()[-3000:]}")

    def stop(self) -> None:
        """End everything, in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                for pid in self.pids():
                    send_signal(pid, signal.SIGKILL)
                self.process.kill()
                self.process.wait()
        self.process = None

    def restart(self, **changes: Any) -> None:
        self.stop()
        self.start(**changes)

    def words(self) -> str:
        """What its processes have said so far."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def ended(self) -> Counter[str]:
        """How often processes of which role ended and were brought back, with the exit codes."""
        return Counter(f"{role} {code}" for role, code in ENDED.findall(self.words()))

    def pids(self, *roles: str) -> list[int]:
        """Its processes, or those of these roles, the web server's own children included."""
        found, asked = [], [self.process.pid] if self.process else []
        while asked:
            parent = asked.pop()
            children = _children(parent)
            asked += children
            found += [child for child in children if not roles or _role(child) in roles]
        return found

    def signal_one(self, chance: random.Random, number: signal.Signals, *roles: str) -> bool:
        """Send a signal to one of them; False if none runs just now."""
        pids = self.pids(*roles)
        return bool(pids) and send_signal(chance.choice(pids), number)

    def kill(self, count: int, *roles: str, pause: float, number: signal.Signals = signal.SIGKILL) -> int:
        """So many signals, each to one process by chance."""
        chance, done = random.Random(count), 0
        while done < count:
            done += self.signal_one(chance, number, *roles)
            time.sleep(pause)
        return done


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _role(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def send_signal(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def wait_for(happened: Callable[[], Any], seconds: float, *, look: float = LOOK_SECONDS) -> bool:
    """Whether it happened in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(look)
    return False


@contextmanager
def running(system: System, **changes: Any) -> Iterator[System]:
    """The system while it runs; everything it started is ended."""
    try:
        system.start(**changes)
        yield system
    finally:
        system.stop()
        if system.log is not None:
            system.log.close()
