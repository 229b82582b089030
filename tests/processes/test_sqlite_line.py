"""Writers of SQLite wait in line: in turn, with a time limit, and nobody keeps the line when they end."""

from __future__ import annotations

import _thread
import fcntl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from leadrouting.connections import database
from leadrouting.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db
Connect = Callable[..., DatabaseWrapper]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Make connections to a database of this test's own."""
    made: list[DatabaseWrapper] = []

    def connection(*, timeout: float = 5) -> DatabaseWrapper:
        settings = database("", tmp_path)
        settings["OPTIONS"]["timeout"] = timeout
        wrapper = ConnectionHandler({"default": settings}).create_connection("default")
        wrapper.inc_thread_sharing()
        made.append(wrapper)
        return wrapper

    yield connection
    for wrapper in made:
        wrapper.close()


def begin(connection: DatabaseWrapper) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def end(connection: DatabaseWrapper) -> None:
    connection.commit()
    connection.set_autocommit(True)


def until_somebody_is_next(tmp_path: Path) -> None:
    with (tmp_path / "leadrouting.sqlite3-writers-next").open() as file, suppress(BlockingIOError):
        while not fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            fcntl.flock(file, fcntl.LOCK_UN)
            time.sleep(0.01)


def test_who_waits_is_next_although_the_first_comes_again_at_once(connect: Connect, tmp_path: Path) -> None:
    busy, waiting = connect(), connect()
    order: list[str] = []
    begin(busy)

    def write() -> None:
        begin(waiting)
        order.append("the one who waited")
        end(waiting)

    writer = threading.Thread(target=write)
    writer.start()
    until_somebody_is_next(tmp_path)
    end(busy)
    begin(busy)
    order.append("the one who came again")
    end(busy)

    writer.join()
    assert order == ["the one who waited", "the one who came again"]


def test_who_waits_too_long_is_told_and_can_try_again(connect: Connect) -> None:
    busy, waiting = connect(), connect(timeout=0.1)
    begin(busy)

    with pytest.raises(OperationalError, match="locked"):
        begin(waiting)

    end(busy)
    waiting.close()
    begin(waiting)
    end(waiting)


def test_who_is_interrupted_while_waiting_keeps_nobody_out(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    busy, waiting, third = connect(), connect(), connect(timeout=5)
    begin(busy)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Event, "wait", Mock(side_effect=KeyboardInterrupt))
        patch.setattr(threading.Thread, "start", begun_without_waiting)
        with pytest.raises(KeyboardInterrupt) as told:  # whoever keeps the error keeps what it went through
            begin(waiting)

    until_somebody_is_next(tmp_path)
    end(busy)

    begin(third)
    end(third)
    assert told.tb is not None


def begun_without_waiting(thread: threading.Thread) -> None:
    """As Thread.start, which waits for an event of its own."""
    _thread.start_new_thread(thread.run, ())


@pytest.mark.parametrize("leave", ["rollback", "close"])
def test_whoever_gives_up_a_transaction_lets_the_next_one_in(connect: Connect, leave: str) -> None:
    first, second = connect(), connect(timeout=1)
    begin(first)

    getattr(first, leave)()

    begin(second)
    end(second)


@pytest.mark.parametrize("lock", ["writers", "writers-next"])
def test_whoever_is_killed_lets_the_next_one_in(connect: Connect, tmp_path: Path, lock: str) -> None:
    line = tmp_path / f"leadrouting.sqlite3-{lock}"
    holder = f"import fcntl,time; f=open({str(line)!r},'ab'); fcntl.flock(f,2); print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()

    begin(waiting := connect(timeout=1))
    end(waiting)
