"""PostgreSQL whose silence is noticed.

A server that is refused, restarted or cut off is told by the driver. One that hangs (a frozen host, a stopped process)
keeps the connection open and says nothing, and the driver would wait for ever. So nothing here waits for ever: not for
a connection, not for the sign of life that a connection gives before it is used again, not for an answer.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base, operations
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import _WaitTimeout
from psycopg.waiting import Ready

from leadrouting.connections import POSTGRES_SESSION

SIGN_OF_LIFE_SECONDS = 1.0
"""So long a connection has to say that it is still there."""
ANSWER_SECONDS = 20.0
"""So long everything else may take: longer than statement_timeout, with which a server that lives ends it itself."""
SPARE_SECONDS = 0.5
"""Connecting ends this much before `connect_timeout`, so that whoever waits is told within it."""
LEFT_ALONE_SECONDS = 1.0
"""After a silence nobody else in this process waits for the server to find out the same, for so long."""
SILENT = "The database does not answer."


class Silence:
    """Until when this process takes the server for silent."""

    until = 0.0

    def note(self) -> None:
        self.until = time.monotonic() + LEFT_ALONE_SECONDS

    def check(self) -> None:
        """Raises OperationalError while the server is left alone."""
        if time.monotonic() < self.until:
            raise OperationalError(SILENT)


silence = Silence()


class Connection(psycopg.Connection[Any]):
    """The driver's, which gives up a server that says nothing."""

    patience: float | None = ANSWER_SECONDS
    given_up = False

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except _WaitTimeout as error:
            if timeout is not None:
                raise
            self.given_up = True
            silence.note()
            self.pgconn.finish()  # what comes next must not wait as long again
            raise psycopg.errors.ConnectionTimeout(SILENT) from error

    @classmethod
    def _connect_gen(cls, conninfo: str = "", **options: Any) -> Generator[Any, Any, Any]:
        """As the driver connects, but it takes less than two seconds for the least that it can be told."""
        end = time.monotonic() + float(conninfo_to_dict(conninfo).get("connect_timeout") or 2) - SPARE_SECONDS
        steps = super()._connect_gen(conninfo, **options)
        ready = None
        while True:
            try:
                wanted = steps.send(ready)  # type: ignore[arg-type]
            except StopIteration as done:
                return done.value
            ready = yield wanted
            if ready == Ready.NONE and time.monotonic() >= end:
                steps.close()
                silence.note()
                raise psycopg.errors.ConnectionTimeout(SILENT)


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, that may also empty tables whose rows stay (triggers of theirs ask for this setting)."""

    def execute_sql_flush(self, sql_list: Any) -> None:
        super().execute_sql_flush(["SET LOCAL leadrouting.clearing = 'on'", *sql_list])


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, on such connections."""

    ops_class = DatabaseOperations
    Database = SimpleNamespace(**(vars(psycopg) | {"connect": Connection.connect}))  # type: ignore[assignment]
    _hangs = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        silence.check()
        return super().get_new_connection(conn_params)

    def init_connection_state(self) -> None:
        """A DATABASE_URL with limits of its own (`?options=…`) has no limit here."""
        super().init_connection_state()
        if self.settings_dict["OPTIONS"].get("options") != POSTGRES_SESSION:
            self.wait_for_answers(None)

    def wait_for_answers(self, seconds: float | None) -> None:
        """Whoever lifts statement_timeout lifts this, too."""
        if isinstance(self.connection, Connection):
            self.connection.patience = seconds

    def is_usable(self) -> bool:
        if not isinstance(self.connection, Connection):
            return super().is_usable()
        patience, self.connection.patience = self.connection.patience, SIGN_OF_LIFE_SECONDS
        try:
            return super().is_usable()
        finally:
            self.connection.patience = patience
            self._hangs = self.connection.given_up

    def close_if_health_check_failed(self) -> None:
        """Where the server hangs a new connection would only hang as well: say so at once."""
        self._hangs = False
        to_be_checked = self.health_check_enabled and not self.health_check_done  # type: ignore[attr-defined]
        if self.connection is not None and to_be_checked:
            silence.check()
        super().close_if_health_check_failed()
        if self._hangs:
            raise OperationalError(SILENT)
