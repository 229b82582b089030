"""Rows that need no running processes: tests of the suite, run on the harness' PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from tests.chaos.harness.faults import Fault, Group, Scene, Try
from tests.processes.running import ROOT

CHAOS, ROUTING, ENGINE = "tests.chaos", "tests.routing", "tests.engine"
ROWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "17": ("rules that are broken", (f"{ROUTING}.test_damaged_versions",)),
    "21": ("false positives of the spam filter", (f"{ROUTING}.test_lead_actions_review",)),
    "24, 32": ("several act on one lead at once", (f"{CHAOS}.test_lead_actions",)),
    "25": ("weights", (f"{ENGINE}.test_fairness",)),
    "26, 28": ("people change while leads are routed", (f"{CHAOS}.test_people_changes",)),
    "30": ("order of locks", (f"{ROUTING}.test_lock_order",)),
    "33, 35": ("two of one company at once; two pools, one ledger", (f"{CHAOS}.test_concurrent_routing",)),
    "34": ("spellings of one address", (f"{ROUTING}.test_intake_normalise",)),
    "37, 38, 39": ("jobs run twice, rings lost or rolled back", ("tests.jobs.test_jobs", f"{ROUTING}.test_doorbell")),
    "59, 62, 63": ("daylight saving, shifts, leap days", ("tests.reps.test_schedules", f"{ENGINE}.test_deadlines")),
}

NOT_ON_POSTGRESQL = frozenset(
    {
        f"{ENGINE}.test_fairness",
        f"{ENGINE}.test_deadlines",
        f"{ROUTING}.test_damaged_versions",
        f"{ROUTING}.test_intake_normalise",
        "tests.reps.test_schedules",
    }
)


def _attempt(modules: tuple[str, ...]) -> Try:
    def passed(scene: Scene) -> Iterator[None]:
        scene.checked = False
        outcomes = _outcomes(scene.lab.cluster.url("postgres"), scene.lab.folder / "tests.xml")
        found = sum((outcomes.get(module, Counter()) for module in modules), Counter[str]())
        scene.result.trials = found.total()
        scene.promise(found.total() > 0, f"no tests were run: {', '.join(modules)}")
        scene.promise(found["passed"] == found.total(), f"of its tests: {dict(found)}")
        yield

    return passed


@cache
def _outcomes(database_url: str, report: Path) -> dict[str, Counter[str]]:
    """Module → how its tests ended; all are run once: on PostgreSQL what concerns a database, on SQLite the rest."""
    modules = {module for _, some in ROWS.values() for module in some}
    postgres = {"TEST_DATABASE": "postgres", "DATABASE_URL": database_url}
    return _run(modules - NOT_ON_POSTGRESQL, postgres, report) | _run(modules & NOT_ON_POSTGRESQL, {}, report)


def _run(modules: Set[str], environment: Mapping[str, str], report: Path) -> dict[str, Counter[str]]:
    files = sorted(module.replace(".", "/") + ".py" for module in modules)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LEADROUTING_", "DJANGO_", "TEST_"))
    }
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not long", f"--junitxml={report}", *files],
        cwd=ROOT, env={**kept, **environment}, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    outcomes: dict[str, Counter[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("skipped") is None:
            failed = case.find("failure") is not None or case.find("error") is not None
            outcomes.setdefault(case.attrib["classname"], Counter())["failed" if failed else "passed"] += 1
    return outcomes


GROUP = Group(
    "suite",
    [Fault(row, words, _attempt(modules), 0, 1, 1) for row, (words, modules) in ROWS.items()],
    {"roles": {"clock": 1}},
)
