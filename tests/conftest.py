"""What all tests share: a fixed instant; and which of them run on PostgreSQL. Data folder, database: settings.py."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

DATABASES = frozenset({"db", "transactional_db"})
REAL = ("django_db", "chaos", "processes", "postgres")


@pytest.fixture
def now() -> datetime:
    """A Tuesday, 17:00 in Berlin, 11:00 in New York, 08:00 in Los Angeles."""
    return datetime(2026, 3, 3, 16, 0, tzinfo=UTC)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what a database takes part in is run; the rest has nothing new to say there."""
    if os.environ.get("TEST_DATABASE") != "postgres":
        return
    config.hook.pytest_deselected(items=[item for item in items if not _needs_a_database(item)])
    items[:] = [item for item in items if _needs_a_database(item)]


def _needs_a_database(item: pytest.Item) -> bool:
    fixtures = DATABASES.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(item.get_closest_marker(name) for name in REAL)
