"""Named places where a process can be ended on purpose, and never is otherwise."""

from __future__ import annotations

import subprocess
import sys

from routing import crash

PASS_THREE_TIMES = "from routing.crash import crash_point as p; p('a'); p('b'); p('a'); print('alive')"


def passed(plan: str) -> tuple[int, str]:
    """Exit code and words of a process that comes by three times."""
    done = subprocess.run(
        [sys.executable, "-c", PASS_THREE_TIMES],
        env={"LEADROUTING_CRASH": plan}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.strip()


def test_in_production_nobody_dies() -> None:
    assert crash.crash_point("anywhere") is None
    assert passed("") == (0, "alive")


def test_it_dies_at_the_nth_passage_of_the_named_place() -> None:
    assert passed("a:2") == (crash.KILLED, "")
    assert passed("a:3") == (0, "alive")
    assert passed("elsewhere:1") == (0, "alive")
