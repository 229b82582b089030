"""The mail server is away, refuses, hangs; leads arrive in floods: each owner is told, and nobody else."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.chaos.harness.company import BOSS, BOUNCES, SOLO
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import call, send, sending
from tests.chaos.harness.processes import wait_for
from tests.chaos.scenarios.routing import BY_OWNER

HOSTILE = (
    "\u000b",
    "\u001c",
    "\u2028",
    "A\r\nBcc: x@evil.example",
    "<script>alert(1)</script>",
    "=?utf-8?q?x?=",
    "𝓜𝓲𝓪",
)
LONG_NAME = "n" * 100
MAILED_LATE = """
    SELECT EXTRACT(EPOCH FROM a.alerted_at - a.assigned_at) FROM routing_assignment a
    JOIN routing_lead l ON l.id = a.lead_id WHERE l.idempotency_key LIKE %s AND a.alerted_at IS NOT NULL
"""
ASSIGNED = "SELECT count(*) FROM routing_lead WHERE idempotency_key LIKE %s AND status = 'assigned'"
SENT_LATE = """
    SELECT count(*) FROM routing_outboxmessage m JOIN routing_assignment a ON a.id = m.assignment_id
    JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NOT NULL AND m.kind = 'alert' AND m.result = 'sent'
"""
LEADS = "SELECT CAST(uuid AS text) FROM routing_lead WHERE idempotency_key LIKE %s"


def mailed_late(scene: Scene) -> None:
    scene.result.measured = "mailed"
    scene.result.late = [float(seconds) for (seconds,) in scene.system.ask(MAILED_LATE, scene.batch.pattern)]


def toggled(scene: Scene) -> Iterator[None]:
    """The server is away, or busy, every other moment."""
    sink = scene.lab.sink
    with sending(scene.system, scene.batch, a_second=10):
        for round_ in range(scene.count):
            if round_ % 2:
                sink.busy = "451 4.3.0 try again later"
            else:
                sink.stop()
            time.sleep(0.5)
            sink.start()
            sink.busy = ""
            time.sleep(0.5)
    yield
    mailed_late(scene)
    scene.promise(not scene.result.extra, f"{scene.result.extra} mails came twice")


def refused(scene: Scene) -> Iterator[None]:
    """One of two people cannot be reached for good: the other gets all, and the manager hears."""
    scene.lab.sink.refuse[BOUNCES] = "550 5.1.1 no such user"
    scene.lab.sink.refused.clear()
    send(scene.system, scene.batch, scene.count)
    yield
    owned = dict(scene.system.ask(BY_OWNER, scene.batch.pattern))
    scene.promise(BOUNCES not in owned, f"who cannot be reached still owns leads: {owned}")
    tries = scene.lab.sink.refused[BOUNCES]
    scene.promise(0 < tries <= 2 * scene.count, f"{tries} tries for {scene.count} leads")
    told = [lead for to, lead in scene.lab.sink.told() if to == BOSS and f"@{scene.batch.name}-" in lead]
    scene.promise(told, "the manager was not told")
    del scene.lab.sink.refuse[BOUNCES]


def hanging(scene: Scene) -> Iterator[None]:
    """One mail in ten is taken and never confirmed; the others do not wait for it, and it may come twice."""
    sink = scene.lab.sink
    before = sink.hung
    sink.hang = 10
    send(scene.system, scene.batch, scene.count)
    done = wait_for(lambda: sink.hung > before + scene.count // 20, 60)
    scene.promise(done, f"the server hung only {sink.hung - before} times")
    sink.hang = 0
    yield
    hung, extra = sink.hung - before, scene.result.extra or 0
    scene.promise(extra <= hung, f"{extra} mails came twice, though only {hung} were not confirmed")
    mailed_late(scene)


def hostile(scene: Scene) -> Iterator[None]:
    """Names that break mails, amid others."""
    batch = scene.batch
    for number in range(scene.count):
        index = next(batch.numbers)
        facts = batch.facts(index)
        if number % 2:
            facts["first_name"] = (HOSTILE[number % len(HOSTILE)] + LONG_NAME)[:90]
            facts["message"] = HOSTILE[number % len(HOSTILE)] * 50
        status, _, answer = call(scene.system, "POST", "leads", facts, key=f"{batch.name}-{index}")
        batch.answers[status] += 1
        scene.promise(status in (202, 400), f"answered {status}: {answer}")
        if status == 202:
            batch.acked[f"{batch.name}-{index}"] = 0.0
    yield
    scene.promise(len(batch.acked) >= scene.count // 2, f"answers: {dict(batch.answers)}")


def moved_on(scene: Scene) -> Iterator[None]:
    """The lead is given to somebody else before its first mail could leave."""
    system, sink = scene.system, scene.lab.sink
    sink.stop()
    send(system, scene.batch, scene.count)
    wait_for(lambda: system.one(ASSIGNED, scene.batch.pattern) == scene.count, 30)
    for (lead,) in system.ask(LEADS, scene.batch.pattern):
        status, _, answer = call(system, "POST", f"leads/{lead}/reassign", {"rep": SOLO, "reason": "chaos"})
        scene.promise(status == 200, f"a lead could not be given away: {status} {answer}")
    sink.start()
    yield
    told = scene.system.one(SENT_LATE, scene.batch.pattern)
    scene.promise(not told, f"{told} former owners were told that the lead is theirs")


def flood(scene: Scene) -> Iterator[None]:
    """Everything goes to one rep: every lead is named in some mail."""
    send(scene.system, scene.batch, scene.count, senders=8)
    yield
    mailed_late(scene)
    scene.result.fault += f", {scene.result.mails:,} mails"


GROUP = Group(
    "mail",
    [
        Fault("45", "mail server away or busy every other moment", toggled, 0, 20, 200),
        Fault("46", "550 for one recipient", refused, 0, 20, 100, campaign="bounces"),
        Fault("47", "mail server hangs after DATA, one in ten", hanging, 0, 40, 300),
        Fault("49", "hostile names amid others", hostile, 0, 1_000, 5_000),
        Fault("50", "given away before the mail could leave", moved_on, 0, 30, 200),
        Fault("51", "a flood for one rep", flood, 0, 500, 2_000, campaign="solo"),
    ],
)
