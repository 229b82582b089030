"""The model of the extra: loaded once for all tests of a process."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from routing.intent import embeddings


@pytest.fixture
def model() -> Iterator[None]:
    """This process may use the model. Without the extra the test is left out, except in CI."""
    if why := embeddings.problem():
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(f"NOTHING IS TESTED OF EMBEDDINGS: {why}")
    embeddings.permit()
    yield
    embeddings.permit(False)
