"""Processes are killed while leads come in: whatever was acknowledged is stored, routed and told, once."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator

from tests.chaos.harness import checks
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import sending
from tests.chaos.harness.processes import wait_for

PAUSE, NEXT_KILL = 0.15, 1.0
"""Seconds between kills: a lead gets through between two of them, unless that takes too long."""
ROUTED_WITHIN, MAX_ROUTED = 10.0, 30.0
HOW_LATE = """
    SELECT EXTRACT(EPOCH FROM first_owned_at - submitted_at) FROM routing_lead
    WHERE idempotency_key LIKE %s AND first_owned_at IS NOT NULL
"""


def _kill(scene: Scene, *roles: str, number: signal.Signals = signal.SIGKILL) -> None:
    chance, acked = random.Random(scene.count), scene.batch.acked
    with sending(scene.system, scene.batch):
        while scene.result.kills < scene.count:
            before = len(acked)
            scene.result.kills += scene.system.signal_one(chance, number, *roles)
            time.sleep(PAUSE)
            wait_for(lambda: len(acked) > before, NEXT_KILL)  # noqa: B023  asked before the next round


def routed_late(scene: Scene) -> None:
    """How long each lead took from its arrival to its owner."""
    scene.result.measured = "routed"
    scene.result.late = [float(seconds) for (seconds,) in scene.system.ask(HOW_LATE, scene.batch.pattern)]


def web(scene: Scene) -> Iterator[None]:
    _kill(scene, "web")
    yield
    scene.result.measured, scene.result.late = "202", list(scene.batch.acked.values())


def routers(scene: Scene) -> Iterator[None]:
    _kill(scene, "routing", "clock")
    yield
    routed_late(scene)
    scene.not_above(MAX_ROUTED)


def mailers(scene: Scene) -> Iterator[None]:
    _kill(scene, "alerts", "clock")
    yield
    _few_extra(scene)


def everything(scene: Scene) -> Iterator[None]:
    _kill(scene)
    yield
    _few_extra(scene)


def restarts(scene: Scene) -> Iterator[None]:
    _kill(scene, number=signal.SIGTERM)
    scene.result.kills = 0
    checks.settle(scene.system, [scene.batch])  # before the next row kills who sends its mails
    yield
    scene.promise(not scene.result.extra, f"{scene.result.extra} mails came twice, though nobody was killed")


def _few_extra(scene: Scene) -> None:
    """A kill may make one turn of mails come twice, no more; how rare that is, is asked of the whole run."""
    extra, kills = scene.result.extra or 0, scene.result.kills
    scene.promise(extra <= kills, f"{extra} mails came twice after {kills} kills")


GROUP = Group(
    "killing",
    [
        Fault("1", "kill -9 of web processes while they answer", web, 6, 100, 1_000),
        Fault("2", "kill -9 of routers and clocks", routers, 6, 100, 1_000),
        Fault("43", "SIGTERM to one process after the other", restarts, 0, 100, 600),
        Fault("48", "kill -9 of mailers between 250 and mark", mailers, 0, 100, 1_000),
        Fault("36, 40", "kill -9 of anything, all daemons running twice", everything, 0, 100, 1_000),
    ],
)
