"""gunicorn's threads, which wait for no sender for ever, and keep nobody waiting for a turn for ever."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

RETRY_AFTER_SECONDS = 5
CLOSERS = 32
"""Threads that wait for senders to hang up: up to two seconds each, in which nobody else may be kept waiting."""
REQUEST_BYTES = 65_536
"""So much of a request that waited in vain is taken from its sender, who could not read the answer otherwise."""
BUSY = (
    "More requests came than could be answered, and this one waited too long for its turn. Nothing of it was looked at "
    f"or kept: send it again in {RETRY_AFTER_SECONDS} seconds."
)
PROBLEM = json.dumps({"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": BUSY})


class ImpatientWorker(ThreadWorker):
    """Reads no longer than WEB_READ_SECONDS from anybody; what it answers may take as long as it takes.

    Who has waited for a thread for WEB_WAIT_SECONDS is told to come again, so that under overload answers come late or
    not at all for some, but never later and later for everybody. Who was answered and does not hang up is waited for
    beside the thread that takes connections.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: dict[TConn, float] = {}
        self.waiting: dict[TConn, float] = {}

    def init_process(self) -> None:
        self.closers = ThreadPoolExecutor(max_workers=CLOSERS)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        self.waiting[conn] = time.monotonic() + settings.WEB_WAIT_SECONDS
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        now = time.monotonic()
        if self.waiting.pop(conn, now) < now:
            return _come_again(conn)
        if not conn.initialized and not conn.wait_for_data(0):
            return _DEFER  # browsers connect ahead: who asks for nothing takes no thread, and the poller listens
        self.reading[conn] = now + settings.WEB_READ_SECONDS
        try:
            return super().handle(conn)
        finally:
            self.reading.pop(conn, None)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            closed = self.closers.submit(conn.close, graceful=True)
            closed.add_done_callback(lambda _: self.method_queue.defer(self._forget))

    def _forget(self) -> None:
        self.nr_conns -= 1

    def notify(self) -> None:
        """Called about once a second. Whoever is not done has sent all that is read of it."""
        super().notify()
        now = time.monotonic()
        for conn, until in list(self.reading.items()):
            if until < now:
                self.reading.pop(conn, None)
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)


def _come_again(conn: TConn) -> Any:
    """Answer 503 without looking at what was asked; False, as for every connection that is not kept.

    Who has asked for nothing yet, as browsers that connect ahead, waits for no answer: the poller goes on listening.
    """
    sock: socket.socket = conn.sock
    with suppress(OSError):
        sock.setblocking(False)
        try:
            asked = sock.recv(REQUEST_BYTES)
        except BlockingIOError:
            if not conn.initialized:
                return _DEFER
            asked = b""  # read already, with the request before it
        sock.setblocking(True)
        sock.sendall(_answer(browser=b"text/html" in asked))
    return False


def _answer(*, browser: bool) -> bytes:
    kind, body = ("text/plain; charset=utf-8", BUSY) if browser else ("application/problem+json", PROBLEM)
    lines = (
        "HTTP/1.1 503 Service Unavailable",
        f"Retry-After: {RETRY_AFTER_SECONDS}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("ascii")
