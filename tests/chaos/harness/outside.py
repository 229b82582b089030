"""Machines of others: what stands behind webhooks and chat. Takes every call, or answers as badly as it is told to."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.smtp import free_port

COMPANY, CHAT = "/company", "/chat"
"""The paths of the company's webhook, and of what it takes for Slack."""
DROP_SECONDS = 0.2
PIECE = bytes(1 << 16)
OK = b"ok"
"""What Slack says."""
LONGEST = 60.0
"""Nobody is kept waiting longer, whatever the caller does."""


@dataclass(slots=True)
class Call:
    """One call: when it came, where to, with which webhook-id and body; how long it lasted, and what was written."""

    at: float
    path: str
    name: str
    digest: str
    seconds: float = 0.0
    written: int = 0
    taken: bool = False


class Outside:
    """`plans`: path → how its first calls are answered, and how many of them; all else is taken."""

    def __init__(self) -> None:
        self.port = free_port()
        self.calls: list[Call] = []
        self.plans: dict[str, tuple[Answer, int]] = {}
        self.pause = 0.0
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def start(self) -> None:
        if self._server is None:
            handler = type("Handler", (_Handler,), {"outside": self})
            self._server = _Server(("127.0.0.1", self.port), handler)
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def reset(self) -> None:
        """Take everything again at once, and forget what came."""
        self.calls, self.plans, self.pause = [], {}, 0.0
        self._seen.clear()

    def taken(self) -> set[str]:
        """The webhook-ids of what was taken."""
        return {call.name for call in list(self.calls) if call.taken}

    def by_name(self, names: Iterable[str]) -> dict[str, list[Call]]:
        """Of these deliveries, all calls."""
        wanted, found = set(names), defaultdict[str, list[Call]](list)
        for call in list(self.calls):
            if call.name in wanted:
                found[call.name].append(call)
        return found

    def answer_to(self, call: Call) -> Answer:
        with self._lock:
            self.calls.append(call)
            answer, times = self.plans.get(call.path, (take, 0))
            self._seen[call.path] += 1
            return answer if self._seen[call.path] <= times else take


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *args: object) -> None:
        """Callers that were killed in the middle are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    outside: Outside

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        began = time.monotonic()
        name = (self.headers.get("webhook-id") or "").replace("-", "")
        call = Call(time.time(), self.path, name, hashlib.sha256(body).hexdigest())
        answer = self.outside.answer_to(call)
        try:
            with suppress(OSError):
                answer(self, call)
        finally:
            call.seconds = time.monotonic() - began

    do_GET = do_POST

    def say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for header, value in {"Content-Length": str(len(OK)), **headers}.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(OK)

    def log_message(self, *args: object) -> None:
        """Silence."""


Answer = Callable[[_Handler, Call], None]


def take(to: _Handler, call: Call) -> None:
    """It has the delivery from here on, whatever becomes of the answer."""
    call.taken = True
    time.sleep(to.outside.pause)
    to.say(200)


def busy(to: _Handler, call: Call) -> None:
    to.say(429, Retry_After="1")


def broken(to: _Handler, call: Call) -> None:
    to.say(500)


def moved(to: _Handler, call: Call) -> None:
    to.say(302, Location=f"{to.outside.url}/elsewhere")


def dripping(to: _Handler, call: Call) -> None:
    """A byte now and then, of an answer that never ends."""
    end = time.monotonic() + LONGEST
    to.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while time.monotonic() < end:
        to.wfile.write(b"x")
        time.sleep(DROP_SECONDS)


def silent(to: _Handler, call: Call) -> None:
    """Nothing, until the caller hangs up."""
    to.connection.settimeout(LONGEST)
    to.connection.recv(1)


def large(to: _Handler, call: Call) -> None:
    """It takes the delivery, and answers more than anybody should read."""
    call.taken = True
    to.send_response(200)
    to.end_headers()
    while call.written < 1000 * len(PIECE):
        to.wfile.write(PIECE)
        call.written += len(PIECE)
