"""Named places where the chaos harness ends a process, to show that nothing is lost there.

In production a place does nothing: `LEADROUTING_CRASH=name:nth` has to be set when the process starts.
"""

from __future__ import annotations

import os
from collections.abc import Callable

KILLED = 137
"""The exit code of a process that was killed."""


def armed(plan: str) -> Callable[[str], None]:
    """What ends this process at the nth passage of the place that `name:nth` names."""
    place, _, nth = plan.partition(":")
    left = int(nth or 1)

    def die_there(name: str) -> None:
        nonlocal left
        if name == place:
            left -= 1
            if left == 0:
                os.write(2, f"crash point {name}\n".encode())
                os._exit(KILLED)

    return die_there


def _pass(name: str) -> None:
    """In production."""


crash_point = armed(plan) if (plan := os.environ.get("LEADROUTING_CRASH", "")) else _pass
"""Call it as `crash.crash_point("name")`, so that the harness can choose another place for each process."""
