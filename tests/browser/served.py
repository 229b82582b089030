"""The product, served to browsers from a database of their own, which is put back before each test in milliseconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from django.test import modify_settings
from django.test.testcases import LiveServerThread
from django.utils import timezone

from tests import migrated
from tests.admin.conftest import fill

HOST = "localhost"


@dataclass(frozen=True)
class Served:
    """An address, and two states of the database behind it."""

    address: str
    empty: sqlite3.Connection
    filled: sqlite3.Connection

    def show_one_of_each(self) -> str:
        """With one row of everything; the owner signs in with boss and “a good password”. Return the address."""
        self.filled.backup(_database())
        return self.address

    def show_nothing(self) -> str:
        """As after a migrate. Return the address."""
        self.empty.backup(_database())
        return self.address


@contextmanager
def serving(file: Path) -> Iterator[Served]:
    """Serve it from this file, in which the tables are made."""
    migrated.sqlite(file)
    connection.close()
    with pytest.MonkeyPatch.context() as patch, modify_settings(ALLOWED_HOSTS={"append": HOST}):
        patch.setitem(connection.settings_dict, "NAME", str(file))
        empty = _copy()
        User.objects.create_superuser("boss", "boss@acme.example", "a good password")
        fill(timezone.now())
        server = LiveServerThread(HOST, StaticFilesHandler, connections_override={})
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        yield Served(f"http://{server.host}:{server.port}", empty, _copy())
        server.terminate()
        connection.close()


def _database() -> sqlite3.Connection:
    connection.ensure_connection()
    there: sqlite3.Connection = connection.connection
    return there


def _copy() -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:")
    _database().backup(copy)
    return copy
