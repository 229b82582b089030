"""A run: the groups that were asked for, one after the other, and the table at the end."""

from __future__ import annotations

import json
import platform
import sys
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.harness.checks import mails_twice
from tests.chaos.harness.faults import Fault, Group, run_group
from tests.chaos.harness.lab import Lab, laboratory
from tests.chaos.harness.table import Result, as_markdown, as_text, verdict, write_into
from tests.chaos.scenarios import GROUPS
from tests.processes.running import ROOT

PAGE = ROOT / "docs" / "reliability.md"


@dataclass(frozen=True)
class Wanted:
    """What was asked for. `rows`: none means all."""

    size: str
    rows: frozenset[str] = frozenset()
    seconds: float = 0
    json: Path | None = None
    write_docs: bool = False


def run(wanted: Wanted) -> int:
    """Try everything that is wanted; the exit code."""
    began = time.monotonic()
    results: list[Result] = []
    try:
        with laboratory() as lab:
            for group, faults in _groups(wanted):
                if wanted.seconds and time.monotonic() - began > wanted.seconds:
                    results += [Result(fault.row, fault.words, skipped="the time was over") for fault in faults]
                    continue
                rows = ", ".join(fault.row for fault in faults)
                _say(f"{time.monotonic() - began:5.0f} s  {group.name}: rows {rows}\n")
                found = _tried(lab, group, faults, wanted.size)
                _say("".join(f"{verdict(result)}\n" for result in found))
                results += found
    finally:  # also what was found until somebody ended it
        results.append(mails_twice(results))
        _say("\n" + as_text(results))
        _keep(results, wanted, seconds=time.monotonic() - began)
    return int(any(result.breaches for result in results) or len(results) == 1)


def _groups(wanted: Wanted) -> list[tuple[Group, list[Fault]]]:
    """What is tried together. When there is little of each, all that suffer on systems alike share one."""
    found: list[tuple[Group, list[Fault]]] = []
    for group in GROUPS:
        if not (faults := list(_chosen(group, wanted))):
            continue
        alike = [some for other, some in found if other.options == group.options and wanted.size == "brief"]
        if alike:
            alike[0].extend(faults)
        else:
            found.append((group, faults))
    return found


def _chosen(group: Group, wanted: Wanted) -> Iterable[Fault]:
    for fault in group.faults:
        names = {name.strip() for name in fault.row.split(",")} | {group.name}
        if getattr(fault, wanted.size) and (not wanted.rows or names & wanted.rows):
            yield fault


def _tried(lab: Lab, group: Group, faults: Sequence[Fault], size: str) -> list[Result]:
    """A group that cannot even be tried is a breach of all its rows."""
    try:
        return run_group(lab, group, faults, size)
    except Exception as error:
        _say(traceback.format_exc())
        return [Result(fault.row, fault.words, breaches=[f"the harness failed: {error}"]) for fault in faults]


def _keep(results: Sequence[Result], wanted: Wanted, *, seconds: float) -> None:
    if wanted.json:
        found = {"seconds": round(seconds), "size": wanted.size, "rows": [result.as_json() for result in results]}
        wanted.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if wanted.write_docs:
        note = f"Figures `{wanted.size}`, {seconds / 60:.0f} minutes, {platform.system()} {platform.machine()}."
        write_into(PAGE, as_markdown(results, note=note))


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
