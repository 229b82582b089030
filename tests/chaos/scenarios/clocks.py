"""Deadlines under fire: nobody is late by much, nobody is too early, and of two at once one wins."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.chaos.harness.checks import PENDING
from tests.chaos.harness.company import BOSS, QUICK_SECONDS
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import call, send, sending
from tests.chaos.harness.processes import wait_for
from tests.chaos.scenarios.routing import OPEN

LATE_P99, LATE_MAX = 10.0, 30.0
RACERS = 48
"""Each waits for its moment, so that many are needed."""
AROUND = (-0.6, 0.9)
"""Seconds around the deadline in which somebody accepts."""
FEWEST = 0.05
"""Of the races, each of the two wins this share at least."""
OUTAGE_SECONDS = 7_200
MOVED_LATE = """
    SELECT EXTRACT(EPOCH FROM a.ended_at - a.due_at) FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.end_reason = 'too_slow' AND a.due_at IS NOT NULL
"""
UNTOLD = """
    SELECT count(*) FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.end_reason = 'too_slow' AND a.alerted_at IS NULL
"""
DUE = """
    SELECT CAST(l.uuid AS text), r.email, a.attempt, EXTRACT(EPOCH FROM a.due_at)
    FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id JOIN reps_rep r ON r.id = a.rep_id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL AND a.accepted_at IS NULL
      AND a.due_at BETWEEN clock_timestamp() + interval '0.3 s' AND clock_timestamp() + interval '3 s'
"""
ENDS = """
    SELECT CAST(l.uuid AS text), a.attempt, a.accepted_at IS NOT NULL, a.end_reason
    FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id WHERE l.idempotency_key LIKE %s
"""
OVERDUE = """
    SELECT count(*) FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL AND a.responded_at IS NULL
      AND a.due_at < clock_timestamp() - interval '30 s' AND a.breached_at IS NULL
"""
OWNED_BY = """
    SELECT count(*) FROM routing_lead l JOIN reps_rep r ON r.id = l.owner_id
    WHERE l.idempotency_key LIKE %s AND r.email = %s
"""
LOUD = """
    SELECT count(*) FROM routing_outboxmessage m JOIN routing_lead l ON l.id = m.lead_id
    WHERE l.idempotency_key LIKE %s AND m.kind = 'exhausted' GROUP BY l.id
"""
STEPS_EACH = """
    SELECT l.id, count(*) FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.assigned_at > to_timestamp(%s) GROUP BY l.id
"""
INSTANTS = """
    SELECT c.table_name, c.column_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND c.data_type = 'timestamp with time zone' AND t.table_type = 'BASE TABLE'
      AND c.table_name LIKE 'routing%%' AND c.table_name NOT LIKE '%%version%%' AND c.column_name <> 'expires_at'
      AND c.table_name <> 'routing_auditentry'
"""
"""The audit log takes no change; nothing waits for what it says."""


def moved_late(scene: Scene) -> None:
    """How long after its deadline each unanswered lead moved on; none before."""
    late = [float(seconds) for (seconds,) in scene.system.ask(MOVED_LATE, scene.batch.pattern)]
    early = [seconds for seconds in late if seconds < 0]
    scene.promise(not early, f"{len(early)} moved on too early, by up to {-min(early, default=0):.2f} s")
    scene.result.measured, scene.result.late = "moved on", late
    scene.not_above(LATE_P99, share=0.99)
    scene.not_above(LATE_MAX)


def silent(scene: Scene) -> Iterator[None]:
    """Nobody answers, while Redis is emptied again and again, processes are killed and PostgreSQL crashes once."""
    system, chance = scene.system, random.Random(scene.count)
    began, crashed = time.monotonic(), False
    with sending(system, scene.batch, a_second=5):
        while (passed := time.monotonic() - began) < scene.count:
            time.sleep(1)
            scene.lab.valkey.flush()
            scene.result.kills += system.signal_one(chance, signal.SIGKILL, "routing", "alerts", "clock")
            if not crashed and passed > scene.count / 2:
                scene.lab.cluster.crash(away=0.5)
                crashed = True
    yield
    moved_late(scene)
    scene.result.trials = len(scene.result.late)
    scene.promise(not scene.system.one(OVERDUE, scene.batch.pattern), "unanswered leads are left behind")


def at_once(scene: Scene) -> Iterator[None]:
    """Somebody accepts in the very moment in which the lead would move on."""
    system, batch = scene.system, scene.batch
    said: dict[tuple[str, int], int] = {}
    tried: set[tuple[str, int]] = set()
    chance = random.Random(scene.count)

    def accept(lead: str, rep: str, attempt: int, at: float) -> None:
        time.sleep(max(0.0, at - time.time()))
        said[lead, attempt], _, _ = call(system, "POST", f"leads/{lead}/accept", {"rep": rep, "attempt": attempt})

    with ThreadPoolExecutor(RACERS) as pool, sending(system, batch, a_second=40):
        end = time.monotonic() + 30 + scene.count / 10
        while len(said) < scene.count and time.monotonic() < end:
            for lead, rep, attempt, due in sorted(system.ask(DUE, batch.pattern), key=lambda row: row[3]):
                if (lead, attempt) not in tried and len(tried) < scene.count:
                    tried.add((lead, attempt))
                    pool.submit(accept, lead, rep, attempt, float(due) + chance.uniform(*AROUND))
            time.sleep(0.2)
    yield
    _one_winner_each(scene, said)


def _one_winner_each(scene: Scene, said: dict[tuple[str, int], int]) -> None:
    """200: it was accepted and stayed. 409: it had moved on. Nothing else, and never both."""
    ends = {
        (lead, attempt): (accepted, why) for lead, attempt, accepted, why in scene.system.ask(ENDS, scene.batch.pattern)
    }
    wrong = [
        (place, status, ends.get(place)) for place, status in said.items()
        if ends.get(place) not in (((True, ""),) if status == 200 else ((False, "too_slow"),))
        or status not in (200, 409)
    ]  # fmt: skip
    scene.result.trials = len(said)
    won = Counter(said.values())
    scene.result.fault += f": {won[200]:,} accepted, {won[409]:,} moved on"
    scene.promise(not wrong, f"{len(wrong)} without exactly one winner: {wrong[:3]}")
    scene.promise(min(won[200], won[409]) >= scene.count * FEWEST, f"there was no race: {dict(won)}")
    scene.promise(len(said) >= scene.count, f"only {len(said)} of {scene.count} races were run")


def long_outage(scene: Scene) -> Iterator[None]:
    """Two hours pass while nothing runs: every instant in the database is moved back."""
    system = scene.system
    send(system, scene.batch, scene.count)
    alerted = "SELECT count(*) FROM routing_assignment WHERE alerted_at IS NOT NULL AND ended_at IS NULL"
    wait_for(lambda: system.one(alerted) >= scene.count, 30)
    system.stop()
    time_passes(scene, OUTAGE_SECONDS)
    began = time.time()
    system.start()
    time.sleep(QUICK_SECONDS - 1)
    steps = Counter(dict(system.ask(STEPS_EACH, scene.batch.pattern, began)))
    scene.promise(
        max(steps.values(), default=0) <= 1, f"a lead went through {max(steps.values(), default=0)} reps at once"
    )
    scene.promise(steps, "no lead moved on after the outage")
    scene.result.fault += f": {len(steps)} moved at once, none twice"
    wait_for(lambda: _all_answered(scene), 60)
    yield
    moved_late_ = [float(late) for (late,) in system.ask(MOVED_LATE, scene.batch.pattern)]
    scene.promise(all(late >= 0 for late in moved_late_), "some moved on too early")


def time_passes(scene: Scene, seconds: int) -> None:
    """While nothing runs: everything that happened so far happened so much earlier."""
    for table, column in scene.system.ask(INSTANTS):
        scene.system.ask(f'UPDATE "{table}" SET "{column}" = "{column}" - interval \'{seconds} s\'')
    scene.lab.sink.happened_earlier(seconds)


def _all_answered(scene: Scene) -> bool:
    """The owners answer now; whether nothing is left to answer."""
    unanswered = scene.system.ask(OPEN, scene.batch.pattern)
    for (lead,) in unanswered:
        call(scene.system, "POST", f"leads/{lead}/respond", {"channel": "call"})
    return not unanswered and not scene.system.one(PENDING, scene.batch.pattern)


def mail_down(scene: Scene) -> Iterator[None]:
    """Nobody can be told: no lead may wander through people who do not know of it."""
    scene.lab.sink.stop()
    send(scene.system, scene.batch, scene.count)
    time.sleep(QUICK_SECONDS * 4)
    wandered = scene.system.one(UNTOLD, scene.batch.pattern)
    scene.promise(not wandered, f"{wandered} owners lost a lead of which they were never told")
    scene.lab.sink.start()
    yield


def nobody_answers(scene: Scene) -> Iterator[None]:
    """Three people, three attempts: then it is the manager's, who hears of it once."""
    send(scene.system, scene.batch, scene.count)
    done = wait_for(lambda: scene.system.one(OWNED_BY, scene.batch.pattern, BOSS) == scene.count, 90)
    scene.promise(done, f"{scene.system.one(OWNED_BY, scene.batch.pattern, BOSS)} of {scene.count} are the manager's")
    yield
    told = scene.lab.sink.told()
    untold = [key for key in scene.batch.acked if (BOSS, scene.batch.address(key)) not in told]
    scene.promise(not untold, f"the manager was not told of {len(untold)} of {scene.count}: {untold[:3]}")
    loud = scene.system.ask(LOUD, scene.batch.pattern)
    scene.promise({times for (times,) in loud} == {1}, "the manager was told more than once of one lead")


def wrong_clocks(scene: Scene) -> Iterator[None]:
    """The machines' clocks differ by ten minutes either way; only the database's counts."""
    scene.system.restart(skew_minutes={"clock": 10, "routing": -10, "alerts": 10, "web": -10})
    send(scene.system, scene.batch, scene.count)
    time.sleep(QUICK_SECONDS * 3)
    yield
    moved_late(scene)


GROUP = Group(
    "clocks",
    [
        Fault("53, 55, 56", "nobody answers, while all is being harmed", silent, 0, 60, 600, campaign="quick"),
        Fault("54", "accepted in the moment of moving on", at_once, 0, 2_000, 20_000, campaign="quick"),
        Fault("61", "nobody answers at all", nobody_answers, 2, 50, 300, campaign="tired"),
        Fault("58", "mail server down: no clock may run", mail_down, 0, 20, 100, campaign="quick"),
        Fault("60", "clocks of the machines ten minutes wrong", wrong_clocks, 0, 50, 1_000, campaign="quick"),
    ],
)
OUTAGE_GROUP = Group(
    "outage", [Fault("57", "everything down for two hours", long_outage, 0, 500, 2_000, campaign="quick")]
)
