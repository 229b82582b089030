"""A fault of the table, how it is tried, and the run of a group of them on one system."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.harness import checks
from tests.chaos.harness.lab import Lab
from tests.chaos.harness.load import Batch
from tests.chaos.harness.processes import System, running
from tests.chaos.harness.table import Result, percentile


@dataclass
class Scene:
    """Where a fault happens. `count`: how often; `checked`: whether the usual promises are asked of its leads."""

    lab: Lab
    system: System
    batch: Batch
    result: Result
    count: int
    checked: bool = True
    mails: bool = True

    @property
    def row(self) -> str:
        return self.result.row

    def breach(self, text: str) -> None:
        self.result.breaches.append(text)

    def promise(self, kept: object, text: str) -> None:
        if not kept:
            self.breach(text)

    def not_above(self, limit: float, *, share: float = 1.0) -> None:
        """What was measured stays below so many seconds, for this share of it."""
        late = self.result.late
        self.promise(bool(late), "nothing was measured")
        if late and (found := percentile(late, share)) > limit:
            self.breach(f"{self.result.measured} took {found:.2f} s; promised: {limit:g} s")


Try = Callable[[Scene], Iterator[None]]
"""Does the harm, yields while everything settles, then looks."""


@dataclass(frozen=True)
class Fault:
    """A row of the table: words, the way to try it, and how often: in `make test`, in `make chaos`, in a long run."""

    row: str
    words: str
    attempt: Try
    brief: int
    usual: int
    long: int
    campaign: str = ""


@dataclass(frozen=True)
class Group:
    """Faults that share one running system, made with these options."""

    name: str
    faults: Sequence[Fault]
    options: dict[str, Any] = field(default_factory=dict)


def run_group(lab: Lab, group: Group, faults: Sequence[Fault], size: str) -> list[Result]:
    """Try each of the faults in turn, let everything settle once, then ask what was promised."""
    results = []
    with lab.system(**group.options) as system, running(system):
        scenes = [_scene(lab, system, fault, size) for fault in faults]
        tries = [fault.attempt(scene) for fault, scene in zip(faults, scenes, strict=True)]
        for scene, attempt in zip(scenes, tries, strict=True):
            began = time.monotonic()
            next(attempt)
            scene.result.seconds = time.monotonic() - began
        asked = [scene for scene in scenes if scene.checked]
        if not checks.settle(system, [scene.batch for scene in asked]):
            for scene in asked:
                scene.breach("still at work long after")
        for scene, attempt in zip(scenes, tries, strict=True):
            if scene.checked:
                checks.check(lab, system, scene.batch, scene.result, mails=scene.mails)
            next(attempt, None)
            results.append(scene.result)
    return results


def _scene(lab: Lab, system: System, fault: Fault, size: str) -> Scene:
    count: int = getattr(fault, size)
    name = "r" + re.sub(r"\W", "", fault.row)
    return Scene(lab, system, Batch(name, fault.campaign), Result(fault.row, fault.words, trials=count), count)
