"""Redis is emptied, killed, away, hung or full: it is only the doorbell, and nobody outside notices."""

from __future__ import annotations

import time
from collections.abc import Iterator

from redis.exceptions import RedisError

from leadrouting import local_redis
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import send, sending
from tests.chaos.scenarios.killing import MAX_ROUTED, routed_late

ANSWERED_WITHIN = 0.5
"""Seconds in which 99 of 100 leads are acknowledged, whatever Redis does."""
SENDERS = 2
FILLER = "x" * 100_000


def flushed(scene: Scene) -> Iterator[None]:
    with sending(scene.system, scene.batch, a_second=40):
        for _ in range(scene.count):
            time.sleep(0.5)
            scene.lab.valkey.flush()
    yield
    routed_late(scene)
    scene.not_above(MAX_ROUTED)


def killed(scene: Scene) -> Iterator[None]:
    with sending(scene.system, scene.batch):
        for _ in range(scene.count):
            scene.lab.valkey.kill()
            time.sleep(0.5)
            scene.lab.valkey.start()
            time.sleep(0.5)
    scene.result.kills = scene.count
    yield
    routed_late(scene)
    scene.not_above(MAX_ROUTED)


def down(scene: Scene) -> Iterator[None]:
    scene.lab.valkey.kill()
    send(scene.system, scene.batch, scene.count, senders=SENDERS, again=False)
    scene.lab.valkey.start()
    yield
    _all_at_once(scene)


def hung(scene: Scene) -> Iterator[None]:
    scene.lab.valkey.hang()
    send(scene.system, scene.batch, scene.count, senders=SENDERS, again=False)
    scene.lab.valkey.wake()
    yield
    _all_at_once(scene)


def full(scene: Scene) -> Iterator[None]:
    """With `noeviction` every write is refused."""
    valkey = scene.lab.valkey
    with local_redis.client(valkey.url, timeout=2) as client:
        client.config_set("maxmemory", "8mb")
        try:
            for number in range(1_000):
                client.set(f"filler:{number}", FILLER)
            scene.breach("Valkey was never full")
        except RedisError:
            send(scene.system, scene.batch, scene.count, senders=SENDERS, again=False)
        client.config_set("maxmemory", "0")
        client.flushall()
    yield
    _all_at_once(scene)


def _all_at_once(scene: Scene) -> None:
    """Each was acknowledged at the first try, and quickly."""
    batch, result = scene.batch, scene.result
    result.measured, result.late = "202", batch.seconds
    scene.promise(batch.answers.keys() == {202}, f"answers: {dict(batch.answers)}")
    scene.not_above(ANSWERED_WITHIN, share=0.99)


GROUP = Group(
    "redis",
    [
        Fault("4", "Redis emptied", flushed, 5, 20, 200),
        Fault("5", "Redis killed, nothing kept", killed, 0, 5, 50),
        Fault("6", "Redis down", down, 0, 500, 5_000),
        Fault("7", "Redis hung", hung, 40, 100, 1_000),
        Fault("8", "Redis full", full, 0, 100, 1_000),
    ],
)
