"""The web server itself, spoken to over bare sockets: what no HTTP library would send."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes.company import manage
from tests.processes.running import Running, descendants, running, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.one_database("spoken to before any database is")]
THREADS = 2
READ_SECONDS = 2
MOST_GROWTH = 50 * 1024
"""Kilobytes that a web server process may grow by."""


@pytest.fixture(scope="module")
def system(shared_data: Path) -> Iterator[tuple[Running, str]]:
    key = manage(shared_data, "create_api_key", "fuzz", "--scopes", "leads:write,leads:read").split()[-1]
    options = {"WEB_THREADS": str(THREADS), "WEB_READ_SECONDS": str(READ_SECONDS), "WEB_WAIT_SECONDS": "1"}
    with running(shared_data, "--no-demo", **options) as up:
        yield up, key


def say(up: Running, sent: bytes, seconds: float = 10) -> bytes:
    """All that comes back until the server hangs up, or has answered once."""
    with socket.create_connection(("127.0.0.1", up.port), timeout=seconds) as line:
        try:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            said = b""
            while part := line.recv(65_536):
                said += part
        except OSError:  # it has hung up already
            return b""
        return said


def statuses(said: bytes) -> list[int]:
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


def post(key: str, *headers: str, body: bytes = b'{"email": "mia@globex.com"}', path: str = "/api/v1/leads") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\nConnection: close\r\n\r\n" + body


JSON = "Content-Type: application/json"
MANGLED = {
    "two lengths": (JSON, "Content-Length: 27", "Content-Length: 5"),
    "a length and chunks": (JSON, "Content-Length: 27", "Transfer-Encoding: chunked"),
    "chunks twice": (JSON, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    "chunks that are none": (JSON, "Transfer-Encoding: xchunked"),
    "chunks with a blank": (JSON, "Transfer-Encoding : chunked"),
    "a negative length": (JSON, "Content-Length: -1"),
    "a length with a sign": (JSON, "Content-Length: +27"),
    "a length that is a fraction": (JSON, "Content-Length: 1.5"),
    "a length in superscript": (JSON, "Content-Length: \xb2"),
    "a length of 400 digits": (JSON, "Content-Length: " + "9" * 400),
    "a folded header": (JSON, "X: a\r\n b", "Content-Length: 27"),
    "a header without a name": (JSON, ": x", "Content-Length: 27"),
    "NUL in a header": (JSON, "X: a\0b", "Content-Length: 27"),
    "a bare line feed": (JSON, "X: a\nTransfer-Encoding: chunked", "Content-Length: 27"),
    "300 headers": (JSON, *(f"X{n}: y" for n in range(300)), "Content-Length: 27"),
    "a header of 100 kB": (JSON, "X: " + "y" * 100_000, "Content-Length: 27"),
    "two hosts": ("Host: evil.example", JSON, "Content-Length: 27"),
}


@pytest.mark.parametrize("name", MANGLED)
def test_a_request_that_two_servers_could_read_differently_is_refused(system: tuple[Running, str], name: str) -> None:
    up, key = system

    said = say(up, post(key, *MANGLED[name]))

    assert all(400 <= status < 500 or status == 501 for status in statuses(said)), said[:300]  # an unknown coding
    assert len(statuses(said)) <= 1


BODIES = {
    "chunks that break off": (b'5\r\n{"ema', 400),
    "a chunk longer than it says": (b'2\r\n{"email\r\n0\r\n\r\n', 400),
    "a chunk whose length is no number": (b"zz\r\n{}\r\n0\r\n\r\n", 400),
    "a chunk of 2^64": (b"FFFFFFFFFFFFFFFFF\r\n{}", 400),
    "a chunk with an extension of 100 kB": (b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n", 400),
    "3 MB in chunks": (b"".join(b"10000\r\n" + b" " * 65_536 + b"\r\n" for _ in range(46)), 413),
}


@pytest.mark.parametrize("name", BODIES)
def test_chunks_that_are_none_are_the_senders_fault(system: tuple[Running, str], name: str) -> None:
    up, key = system
    body, status = BODIES[name]

    said = statuses(say(up, post(key, JSON, "Transfer-Encoding: chunked", body=body)))

    assert said in ([status], [400], [])  # the server hangs up on what it cannot read


def test_what_follows_a_request_is_no_request_of_somebody_else(system: tuple[Running, str]) -> None:
    up, key = system
    inner = b"GET /api/v1/leads HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    said = say(up, post(key, JSON, f"Content-Length: {27}", body=b'{"email": "mia@globex.com"}' + inner))

    assert statuses(said) == [202]


JUNK = (
    b"\x16\x03\x01\x02\x00\x01", b"\0" * 2000, b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://127.0.0.1:22/ HTTP/1.1\r\n\r\n", b"G" * 20_000, b"\r\n" * 5000, b"GET / HTTP/9.9\r\n\r\n",
    b"-" * 70_000 + b"\r\n",
)  # fmt: skip


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_no_http_is_hung_up_on(system: tuple[Running, str], junk: bytes) -> None:
    assert all(300 <= status < 500 for status in statuses(say(system[0], junk)))


def test_3_mb_are_refused_before_they_are_read(system: tuple[Running, str]) -> None:
    up, key = system
    before = memory(up)

    for _ in range(20):
        said = say(up, post(key, JSON, "Content-Length: 3000000", body=b" " * 3_000_000))
        assert statuses(said) in ([413], [])  # a sender that goes on writing may miss the answer
    assert memory(up) - before < MOST_GROWTH


def test_who_sends_a_byte_now_and_then_holds_nobody_up_for_long(system: tuple[Running, str]) -> None:
    up, key = system
    with ExitStack() as lines:
        for begun in (b"POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nX", post(key, JSON, "Content-Length: 500")) * THREADS:
            line = lines.enter_context(socket.create_connection(("127.0.0.1", up.port)))
            line.sendall(begun)
        started = time.monotonic()
        wait_for(lambda: up.get("/healthz")[0] == 200, 15)
        assert time.monotonic() - started < READ_SECONDS * 3 + 3


def memory(up: Running) -> int:
    """Kilobytes of the largest web process."""
    sizes = [0]
    for pid in descendants(up.process.pid):
        status = Path(f"/proc/{pid}/status").read_text()
        sizes += [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")]
    return max(sizes)


def test_who_waits_too_long_for_a_turn_is_told_to_come_again(system: tuple[Running, str]) -> None:
    up, key = system
    with ExitStack() as lines:
        for _ in range(THREADS * 8):  # more than enough for the threads of both processes
            line = lines.enter_context(socket.create_connection(("127.0.0.1", up.port)))
            line.sendall(b"POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nX")
        said = say(up, post(key, JSON, "Content-Length: 27"))

    assert statuses(said) == [503]
    assert b"\r\nRetry-After: 5\r\n" in said
    assert b"send it again in 5 seconds" in said


def test_who_was_answered_and_does_not_hang_up_holds_nobody_up(system: tuple[Running, str]) -> None:
    up, _ = system
    started = time.monotonic()
    with ExitStack() as lines:
        for _ in range(40):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", up.port)))
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert line.recv(1)
        assert up.get("/healthz")[0] == 200
        assert time.monotonic() - started < 20  # one after the other, two seconds each: 80, by two processes 40
