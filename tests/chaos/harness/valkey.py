"""A Valkey of the harness' own: killed, hung, emptied and filled at will. It keeps nothing on disk."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from leadrouting import local_redis
from tests.valkey import start_valkey


class Valkey:
    """One server process behind one address."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.url = folder, local_redis.address(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is None:
            self._process = start_valkey(self.folder, self.url)

    def kill(self) -> None:
        """kill -9, with everything it held: its file goes too."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for file in self.folder.rglob("*.aof*"):
            file.unlink(missing_ok=True)

    def hang(self) -> None:
        """It takes connections and never answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        with local_redis.client(self.url, timeout=2) as client:
            client.flushall()

    def stop(self) -> None:
        self.wake()
        self.kill()
