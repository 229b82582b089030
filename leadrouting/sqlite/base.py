"""SQLite whose writers wait in line.

SQLite's busy handler sleeps and tries again, so that under load some writer waits for seconds while others go first.
A lock of the operating system on a file beside the database lets them in one after the other, and a second one in
front of it keeps whoever has just written from coming back in before the next. They are only the queue: what keeps
the data consistent is SQLite's own lock, which every writer still takes.
"""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base, operations


class Place:
    """One connection's place in the line of a database's writers."""

    def __init__(self, path: Path) -> None:
        self.next = path.with_name(f"{path.name}-next").open("ab")  # who holds it writes next
        self.line = path.open("ab")  # who holds it writes
        self.guard = threading.Lock()
        self.given_up = False

    def wait(self, seconds: float) -> bool:
        """Whether it is our turn within so many seconds."""
        try:
            self._enter(fcntl.LOCK_NB)
        except BlockingIOError:
            return self._wait_in_line(seconds)
        return True

    def leave(self) -> None:
        """Let the next one in."""
        fcntl.flock(self.line, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give back the files, and with them what is held."""
        self.next.close()
        self.line.close()

    def _enter(self, how: int) -> None:
        fcntl.flock(self.next, fcntl.LOCK_EX | how)
        try:
            fcntl.flock(self.line, fcntl.LOCK_EX | how)
        finally:
            fcntl.flock(self.next, fcntl.LOCK_UN)

    def _wait_in_line(self, seconds: float) -> bool:
        """The line has no time limit, so a thread stands in it; if we give up it leaves as soon as it is in."""
        turn = threading.Event()
        threading.Thread(target=self._stand, args=(turn,), daemon=True).start()
        try:
            turn.wait(seconds)
        except BaseException:  # a time limit of the job, or a stop: whoever was to write does not come any more
            if not self._give_up(turn):
                self.leave()
            raise
        return not self._give_up(turn)

    def _give_up(self, turn: threading.Event) -> bool:
        """Whether it is not our turn yet: then the thread leaves by itself."""
        with self.guard:
            self.given_up = not turn.is_set()
        return self.given_up

    def _stand(self, turn: threading.Event) -> None:
        self._enter(0)
        with self.guard:
            if self.given_up:
                self.close()
            else:
                turn.set()


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, that may also empty tables whose rows stay (triggers of theirs ask `leadrouting_clearing()`)."""

    connection: DatabaseWrapper

    def execute_sql_flush(self, sql_list: Any) -> None:
        self.connection.clearing = True
        try:
            super().execute_sql_flush(sql_list)
        finally:
            self.connection.clearing = False


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, whose transactions begin when it is their turn."""

    ops_class = DatabaseOperations
    clearing = False
    _place: Place | None = None
    _in = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.create_function("leadrouting_clearing", 0, lambda: int(self.clearing))
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()
            if self._place is not None:
                self._place.close()
                self._place = None

    def _enter(self) -> None:
        if self._in or self.is_in_memory_db():
            return
        if self._place is None:
            try:
                self._place = Place(Path(f"{self.settings_dict['NAME']}-writers"))
            except OSError as error:
                raise OperationalError(f"unable to open the line of writers: {error}") from error
        if not self._place.wait(self.settings_dict["OPTIONS"].get("timeout", 5)):
            self._place = None  # its thread still stands in line, and closes its files when it is in
            raise OperationalError("database is locked")
        self._in = True

    def _leave(self) -> None:
        if self._in and self._place is not None:
            self._in = False
            self._place.leave()
