"""What all tests share: a fixed instant; and which of them run on PostgreSQL. Data folder, database: settings.py."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import emptied, migrated

NOW = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
DATABASES = frozenset({"db", "transactional_db"})
REAL = ("django_db", "chaos", "processes", "postgres")
# no test depends on how fast the machine is
hypothesis_settings.register_profile("however_long", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("however_long")


@pytest.fixture
def now() -> datetime:
    """A Tuesday, 17:00 in Berlin, 11:00 in New York, 08:00 in Los Angeles."""
    return NOW


@pytest.fixture(autouse=True)
def _nobody_was_erased_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What stands beside the database of who was erased is of the test alone: workers share the data folder."""
    own = f"erased-{os.getpid()}"
    monkeypatch.setattr("routing.services.privacy.suppression.FILE", own)
    yield
    (settings.DATA_DIR / own).unlink(missing_ok=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite's file has its tables before pytest-django looks. PostgreSQL copies a database of its own: settings.py."""
    if connection.vendor == "sqlite":
        migrated.sqlite(Path(settings.DATABASES["default"]["TEST"]["NAME"]))


@pytest.fixture(scope="session", autouse=True)
def _roles_stay() -> Iterator[None]:
    """Tests that commit leave what a migrate makes."""
    with pytest.MonkeyPatch.context() as patch:
        emptied.use(patch)
        yield


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Whether what is there is used as it is, and not dropped: it goes with the folder of this run."""
    return connection.vendor == "sqlite" or "LEADROUTING_TEST_TEMPLATE" in os.environ


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of full volumes alone: what takes seconds to collect is not, where it would not be run."""
    return True if collection_path.name.endswith("_long.py") and "not long" in config.option.markexpr else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is there now stays to the end: looking through it for garbage again and again is a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what concerns a database is run; the rest has nothing new to say there."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(0))
    if os.environ.get("TEST_DATABASE") != "postgres":
        return
    config.hook.pytest_deselected(items=[item for item in items if not _concerns_a_database(item)])
    items[:] = [item for item in items if _concerns_a_database(item)]


def _concerns_a_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("one_database"):
        return False
    fixtures = DATABASES.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(item.get_closest_marker(name) for name in REAL)
