"""What all tests share: a fixed instant. Data folder and database: settings.py."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest


@pytest.fixture
def now() -> datetime:
    """A Tuesday, 17:00 in Berlin, 11:00 in New York, 08:00 in Los Angeles."""
    return datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
