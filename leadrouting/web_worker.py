"""gunicorn's threads, which wait for no sender for ever: what trickles in holds a thread until it is whole."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import TConn, ThreadWorker


class ImpatientWorker(ThreadWorker):
    """Reads no longer than WEB_READ_SECONDS from anybody; what it answers may take as long as it takes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> Any:
        self.reading[conn] = time.monotonic() + settings.WEB_READ_SECONDS
        try:
            return super().handle(conn)
        finally:
            self.reading.pop(conn, None)

    def notify(self) -> None:
        """Called about once a second. Whoever is not done has sent all that is read of it."""
        super().notify()
        now = time.monotonic()
        for conn, until in list(self.reading.items()):
            if until < now:
                self.reading.pop(conn, None)
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)
