"""Deploys and restores: what was under way before is finished afterwards, and nothing that is over begins again."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator

from redis import Redis
from rq import Queue
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from leadrouting import local_redis
from tests.chaos.harness.checks import PENDING
from tests.chaos.harness.company import manage
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.lab import EMPTY
from tests.chaos.harness.load import Batch, send, sending
from tests.chaos.harness.processes import EVERYTHING, send_signal, wait_for
from tests.chaos.harness.setup import WORKERS
from tests.chaos.scenarios.clocks import time_passes
from tests.chaos.scenarios.mail import ASSIGNED

RINGS = {
    "routing": "routing.jobs.route",
    "alerts": "routing.jobs.deliver",
    "calls": "routing.jobs.call",
    "reports": "routing.jobs.report",
}
"""As they stand in queues since the first version."""
STRANGE: tuple[tuple[str, str, list[int]], ...] = (
    ("routing", "routing.jobs.route", [1, 2, 3]),
    ("alerts", "routing.jobs.of_another_version", []),
)
"""What this version does not understand: arguments, and a name."""
RAN_WITHIN = 30.0
DAY_AND_MORE = 25 * 3_600
WAITING = 20
LEDGERS = "SELECT ledger_id, turns_by, control, rep_id, balance, saved FROM routing_ledgeraccount ORDER BY id"


def deployed(scene: Scene) -> Iterator[None]:
    """Rings of the version before wait while its workers go; new ones work them off, and are replaced under load."""
    system, batch = scene.system, scene.batch
    system.restart(roles={"web": 1})
    with local_redis.client(scene.lab.valkey.url, timeout=2) as client:
        _ring_as_before(client, scene.count)
        send(system, batch, scene.count)
        system.restart(roles={"web": 1, WORKERS: 1})  # without a clock: what is done now, rings have done
        workers = set(system.pids(*RINGS))
        wait_for(lambda: not _left(client) and not system.one(PENDING, batch.pattern), RAN_WITHIN)
        failed = {name: FailedJobRegistry(queue=queue).count for name, queue in _queues(client).items()}
        left = _left(client)
    strange = {name: sum(queue == name for queue, _, _ in STRANGE) for name in RINGS}
    scene.promise(not left, f"rings of the version before still wait: {left}")
    scene.promise(failed == strange, f"rings that failed: {failed}; only those of no version may: {strange}")
    pending = system.one(PENDING, batch.pattern)
    scene.promise(not pending, f"{pending} of {scene.count} leads were routed by no ring")
    scene.promise(set(system.pids(*RINGS)) == workers, "a ring ended its worker")
    system.restart(roles=EVERYTHING)
    chance = random.Random(scene.count)
    with sending(system, batch):
        for pid in chance.sample(others := system.pids(*RINGS, "clock"), len(others)):
            send_signal(pid, signal.SIGTERM)
            time.sleep(0.3)
    yield
    scene.result.trials = scene.count
    scene.promise(not scene.result.extra, f"{scene.result.extra} mails came twice, though nobody was killed")


def _queues(client: Redis) -> dict[str, Queue]:
    return {name: Queue(name, connection=client, serializer=JSONSerializer) for name in RINGS}


def _left(client: Redis) -> dict[str, int]:
    """How many rings wait, by queue."""
    return {name: queue.count for name, queue in _queues(client).items() if queue.count}


def _ring_as_before(client: Redis, count: int) -> None:
    queues = _queues(client)
    for name, function, arguments in STRANGE:
        queues[name].enqueue_call(function, args=arguments, result_ttl=0, failure_ttl=600)
    for number in range(count):
        name = list(RINGS)[number % len(RINGS)]
        queues[name].enqueue_call(RINGS[name], result_ttl=0, failure_ttl=600)


def restored(scene: Scene) -> Iterator[None]:
    """A backup taken under load, with leads that wait and alerts a day old that never left, in a new database."""
    system, lab = scene.system, scene.lab
    old = Batch(f"{scene.batch.name}old")
    lab.sink.stop()
    send(system, old, scene.count)
    wait_for(lambda: system.one(ASSIGNED, old.pattern) == scene.count, 30)
    system.stop()
    time_passes(scene, DAY_AND_MORE)
    system.start()
    file = lab.folder / f"{system.database}.backup"
    ledgers = _backed_up(scene, str(file))
    system.stop()
    system.cluster.ask(f'ALTER DATABASE "{system.database}" RENAME TO "{system.database}_before"', database="postgres")
    try:
        system.cluster.copy(EMPTY, system.database)
        manage(system.environment, "restore", str(file))
    finally:
        system.cluster.drop(f"{system.database}_before")
    scene.promise(system.ask(LEDGERS) == ledgers, "the ledgers are not those of the backup")
    waiting = system.one(PENDING, scene.batch.pattern)
    scene.promise(waiting, "no lead waited in the backup")
    lab.sink.start()
    system.start()
    yield
    told = [mail for mail in lab.sink.mails if any(f"@{old.name}-" in lead for lead in mail.leads)]
    scene.promise(not told, f"{len(told)} mails told of leads a day old")
    scene.result.trials = len(scene.batch.acked)
    scene.result.fault += f": {waiting} waiting leads routed, {scene.count} alerts a day old not sent"


def _backed_up(scene: Scene, file: str) -> list[tuple[object, ...]]:
    """Back up while leads come in; the ledgers of that moment. Nobody routes just then, so that leads wait."""
    system, late = scene.system, Batch(f"{scene.batch.name}late")
    with sending(system, scene.batch):
        wait_for(lambda: len(scene.batch.acked) >= scene.count, 60)
        frozen = system.pids("routing", "clock")
        for pid in frozen:
            send_signal(pid, signal.SIGSTOP)
        wait_for(lambda: system.one(PENDING, scene.batch.pattern) >= WAITING, 30)
    ledgers = system.ask(LEDGERS)
    with sending(system, late):  # of these some are in the backup, and all were acknowledged by what is lost
        manage(system.environment, "backup", file)
    for pid in frozen:
        send_signal(pid, signal.SIGCONT)
    return ledgers


GROUP = Group("deploy", [Fault("19", "a new version, while jobs of the old one wait", deployed, 0, 100, 1_000)])
RESTORE_GROUP = Group(
    "restore", [Fault("20", "restored from a backup that was taken under load", restored, 0, 100, 500)]
)
