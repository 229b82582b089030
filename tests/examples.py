"""How many examples a property is tried with: few while one works, ten times as many in `make test-long`."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("TEST_EXAMPLES", "1"))


def examples(usual: int) -> int:
    """This many in `make test`; TEST_EXAMPLES says how many times as many."""
    return usual * TIMES
