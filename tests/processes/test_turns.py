"""Who is told to come again when a turn came too late. No server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import _DEFER, TConn

from leadrouting.web_worker import ImpatientWorker


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, TConn]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, TConn(Config(), theirs, None, None)


def turn_too_late(conn: TConn) -> Any:
    worker = ImpatientWorker.__new__(ImpatientWorker)
    worker.waiting, worker.reading = {conn: 0.0}, {}
    answered = worker.handle(conn)
    assert not worker.waiting
    return answered


def test_who_asked_is_told_to_come_again_and_the_connection_ends(line: tuple[socket.socket, TConn]) -> None:
    sender, conn = line
    sender.sendall(b"GET / HTTP/1.1\r\nAccept: text/html\r\n\r\n")

    assert turn_too_late(conn) is False
    assert sender.recv(999).startswith(b"HTTP/1.1 503 ")


def test_who_connected_ahead_and_asked_for_nothing_is_told_nothing_and_listened_to(
    line: tuple[socket.socket, TConn],
) -> None:
    sender, conn = line
    listening: list[TConn] = []

    done: Future[Any] = Future()
    done.set_result(turn_too_late(conn))
    worker = ImpatientWorker.__new__(ImpatientWorker)
    worker.alive, worker.cfg, worker.pending_conns = True, Config(), listening
    worker.poller = type("Poller", (), {"register": lambda *_: None})()
    worker.finish_request(conn, done)

    assert listening == [conn]
    sender.setblocking(False)
    with pytest.raises(BlockingIOError):
        sender.recv(1)


def test_a_line_without_a_request_takes_no_thread(
    line: tuple[socket.socket, TConn], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, waited = ImpatientWorker.__new__(ImpatientWorker), list[float]()
    worker.waiting, worker.reading = {}, {}
    monkeypatch.setattr(TConn, "wait_for_data", lambda conn, seconds: waited.append(seconds))

    assert worker.handle(line[1]) is _DEFER
    assert waited == [0]
