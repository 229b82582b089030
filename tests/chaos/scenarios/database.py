"""The database crashes, cuts connections, or has no more room: what was acknowledged is there, all else says 503."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import call, post_until_taken, send, sending
from tests.chaos.harness.processes import System, wait_for

AGAIN_WITHIN = 10.0
ANSWERED_WITHIN = 2.0
"""Seconds in which the API says that the database is away."""
SETTLE = 2.0
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = %s AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2
"""
BEATS = "SELECT name, EXTRACT(EPOCH FROM beat_at) FROM routing_heartbeat"


def crashed(scene: Scene) -> Iterator[None]:
    """Under load; after each crash one lead must make it all the way, in time, by the same processes."""
    system, late = scene.system, []
    before, ended = set(system.pids()), system.ended()
    with sending(system, scene.batch):
        for _ in range(scene.count):
            time.sleep(SETTLE)
            scene.lab.cluster.crash(away=0.5)
            late.append(_all_the_way(scene))
    restarted_at = time.time()
    scene.promise(system.ended() == ended, f"processes ended and had to be started anew: {system.ended() - ended}")
    scene.promise(set(system.pids()) >= before, f"{len(before - set(system.pids()))} processes are not those of before")
    yield
    _others_said_503(scene)
    asleep = [name for name, beat in _beats(system, since=restarted_at) if beat < restarted_at]
    scene.promise(not asleep, f"no sign of life since the last crash: {asleep}")
    scene.result.measured, scene.result.late = "served again", late
    scene.not_above(AGAIN_WITHIN)


def _all_the_way(scene: Scene) -> float:
    """How long one lead takes from now until its owner has the mail."""
    began, number = time.monotonic(), next(scene.batch.numbers)
    post_until_taken(scene.system, scene.batch, number)
    address = scene.batch.facts(number)["email"]
    wait_for(lambda: any(address in mail.leads for mail in list(scene.lab.sink.mails)), 60)
    return time.monotonic() - began


def _beats(system: System, *, since: float) -> list[tuple[str, float]]:
    """The last signs of life, once all have given one or had ample time for it."""

    def found() -> list[tuple[str, float]]:
        return [(name, float(beat)) for name, beat in system.ask(BEATS)]

    wait_for(lambda: all(beat > since for _, beat in found()), 30)
    return found()


def _others_said_503(scene: Scene) -> None:
    odd = {status: times for status, times in scene.batch.answers.items() if status not in (202, 503, 0)}
    scene.promise(not odd, f"answers besides 202 and 503: {odd}")


def away(scene: Scene) -> Iterator[None]:
    """The database is stopped: each call is answered 503, with the time to come back, in time."""
    scene.lab.cluster.stop()
    late = []
    try:
        for number in range(scene.count):
            began = time.monotonic()
            status, headers, _ = call(scene.system, "POST", "leads", scene.batch.facts(number), key=f"away-{number}")
            late.append(time.monotonic() - began)
            scene.promise((status, "Retry-After" in headers) == (503, True), f"answered {status}")
    finally:
        scene.lab.cluster.start()
    send(scene.system, scene.batch, scene.count)
    yield
    scene.result.measured, scene.result.late = "503", late
    scene.not_above(ANSWERED_WITHIN)


def cut(scene: Scene) -> Iterator[None]:
    """Connections end at any moment, also between COMMIT and its answer; the sender repeats the key."""
    system = scene.system
    chance = random.Random(scene.count)
    with sending(system, scene.batch, a_second=60, senders=4):
        while len(scene.batch.acked) < scene.count:
            system.cluster.ask(CUT, [system.database], database="postgres")
            time.sleep(chance.uniform(0.05, 0.3))
    yield
    _others_said_503(scene)


GROUP = Group(
    "database",
    [
        Fault("10, 42", "PostgreSQL crashed and came back", crashed, 0, 5, 50),
        Fault("away", "PostgreSQL away", away, 0, 20, 100),
        Fault("12", "connections cut, also at COMMIT", cut, 0, 1_000, 10_000),
    ],
)
