"""Redis is emptied, killed, away, hung, full, or forgets: it is only the doorbell, and nobody outside notices."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

from redis import Redis
from redis.exceptions import RedisError

from leadrouting import local_redis
from tests.chaos.harness.company import manage
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import send, sending
from tests.chaos.harness.processes import send_signal, wait_for
from tests.chaos.scenarios.killing import MAX_ROUTED, routed_late

ANSWERED_WITHIN = 0.5
"""Seconds in which 99 of 100 leads are acknowledged, whatever Redis does."""
SENDERS = 2
FULL, FILLER, FILLERS, MOST_FILLERS = "8mb", "x" * 100_000, 1_000, 20_000
JOBS = "rq:job:*"
SILENT = 10.0
"""Nobody rings for some seconds once a ring has failed, as when Redis was full just now."""
WORKERS_WITH_JOBS = ("routing", "alerts", "calls", "reports")


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
        client.config_set("maxmemory", FULL)
        try:
            for number in range(FILLERS):
                client.set(f"filler:{number}", FILLER)
            scene.breach("Valkey was never full")
        except RedisError:
            send(scene.system, scene.batch, scene.count, senders=SENDERS, again=False)
        client.config_set("maxmemory", "0")
        client.flushall()
    yield
    _all_at_once(scene)


def evicting(scene: Scene) -> Iterator[None]:
    """With `allkeys-lru` jobs vanish silently while workers are behind: the clock routes; and the check names it."""
    system = scene.system
    workers = system.pids(*WORKERS_WITH_JOBS)
    with local_redis.client(scene.lab.valkey.url, timeout=2) as client:
        for pid in workers:
            send_signal(pid, signal.SIGSTOP)
        wait_for(lambda: send(system, scene.batch, 1) or client.keys(JOBS), SILENT)
        send(system, scene.batch, scene.count // 2)
        jobs = set(client.keys(JOBS))
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", FULL)
        scene.promise(_refused(scene), "`check --deploy` does not refuse a Redis that drops jobs")
        gone = _dropped(client, jobs)
        scene.promise(gone, "no job was dropped")
        send(system, scene.batch, scene.count - scene.count // 2)
        for pid in workers:
            send_signal(pid, signal.SIGCONT)
        client.config_set("maxmemory", "0")
        client.config_set("maxmemory-policy", local_redis.KEEPS)
    yield
    scene.result.fault += f": {gone} of {len(jobs)} waiting jobs dropped"
    routed_late(scene)
    scene.not_above(MAX_ROUTED)


def _dropped(client: Redis, jobs: set[bytes]) -> int:
    """Fill it up until one is gone: which keys go is left to chance."""
    for number in range(MOST_FILLERS):
        client.set(f"filler:{number}", FILLER)
        if number % FILLERS == 0 and not jobs <= set(client.keys(JOBS)):
            break
    return len(jobs - set(client.keys(JOBS)))


def _refused(scene: Scene) -> bool:
    try:
        manage(scene.system.environment, "check", "--deploy", "--tag", "redis")
    except RuntimeError as error:
        return "leadrouting.E006" in str(error)
    return False


def _all_at_once(scene: Scene) -> None:
    """Each was acknowledged at the first try, and quickly."""
    batch, result = scene.batch, scene.result
    result.measured, result.late = "202", batch.seconds
    scene.promise(batch.answers.keys() == {202}, f"answers: {dict(batch.answers)}")
    scene.not_above(ANSWERED_WITHIN, share=0.99)


GROUP = Group(
    "redis",
    [
        Fault("4", "Redis emptied", flushed, 3, 20, 200),
        Fault("5", "Redis killed, nothing kept", killed, 0, 5, 50),
        Fault("6", "Redis down", down, 0, 500, 5_000),
        Fault("7", "Redis hung", hung, 20, 100, 1_000),
        Fault("8", "Redis full", full, 0, 100, 1_000),
        Fault("9", "Redis drops jobs", evicting, 0, 100, 1_000),
    ],
)
