"""Daemons hang without ending: /readyz says which, in time."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.processes import send_signal, wait_for
from tests.processes.running import get

RED_WITHIN = 75.0
"""A heartbeat is missed after 60 seconds, and was given at most 10 seconds before."""
HEARTBEATS = "SELECT name FROM routing_heartbeat WHERE name <> 'auditor'"
"""The auditor is no process: any of them is, once a minute."""


def hung(scene: Scene) -> Iterator[None]:
    scene.checked = False
    system = scene.system
    wait_for(lambda: get(system.port, "/readyz?strict=1")[0] == 200, 30)
    names = {name for (name,) in system.ask(HEARTBEATS)}
    daemons = [pid for pid in system.pids() if pid not in system.pids("web")]
    for pid in daemons:
        send_signal(pid, signal.SIGSTOP)
    began = time.monotonic()
    wait_for(lambda: _silent(scene) >= names, RED_WITHIN)
    scene.result.measured, scene.result.late = "named", [time.monotonic() - began]
    scene.result.trials = len(names)
    scene.promise(_silent(scene) >= names, f"/readyz does not name {sorted(names - _silent(scene))}")
    for pid in daemons:
        send_signal(pid, signal.SIGCONT)
    well = wait_for(lambda: not _silent(scene), 30)
    scene.promise(well, f"/readyz still names {sorted(_silent(scene))} long after they went on")
    yield


def _silent(scene: Scene) -> set[str]:
    _, body = get(scene.system.port, "/readyz")
    causes = [cause if isinstance(cause, str) else str(cause) for cause in body.get("causes", [])]
    return {cause.removeprefix("heartbeat of ") for cause in causes if cause.startswith("heartbeat of ")}


GROUP = Group(
    "daemons",
    [Fault("41", "daemons hang", hung, 0, 1, 1)],
    {"roles": {"web": 1, "workers": 1, "clock": 1}},
)
