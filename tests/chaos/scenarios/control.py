"""The negative control: without the clock and without Redis leads must stay behind, or this harness sees nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.chaos.harness.checks import PENDING
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import send

LONG_ENOUGH = 6.0


def blind(scene: Scene) -> Iterator[None]:
    scene.checked = False
    scene.lab.valkey.kill()
    send(scene.system, scene.batch, scene.count)
    time.sleep(LONG_ENOUGH)
    left = scene.system.one(PENDING, scene.batch.pattern)
    scene.lab.valkey.start()
    scene.promise(left, "every lead was routed with the clock off and Redis away: this harness would not see a loss")
    scene.result.acked = len(scene.batch.acked)
    yield


GROUP = Group(
    "control",
    [Fault("control", "clock off, Redis away: must be seen to fail", blind, 5, 40, 100)],
    {"roles": {"web": 1, "workers": 2}},
)
