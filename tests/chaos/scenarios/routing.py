"""Nobody to route to, leads that kill, backlogs, caps that are raced: every lead comes to somebody, fairly."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.chaos.harness.company import BOSS, LATE_REPS, REPS
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import call, send
from tests.chaos.harness.processes import wait_for
from tests.chaos.harness.spread import running_spread

STATUSES = "SELECT status, count(*) FROM routing_lead WHERE idempotency_key LIKE %s GROUP BY status"
HELD = "SELECT held_reason FROM routing_lead WHERE idempotency_key LIKE %s AND held_reason = 'undecidable'"
OPEN = """
    SELECT CAST(l.uuid AS text) FROM routing_lead l JOIN routing_assignment a ON a.lead_id = l.id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL AND a.responded_at IS NULL
"""
TOLD = """
    SELECT count(*) FROM routing_outboxmessage m JOIN reps_rep r ON r.id = m.rep_id
    WHERE r.email = %s AND m.kind = 'last_resort' AND m.result = 'sent'
"""
TURNS = "SELECT winner_id FROM routing_posting WHERE lead_id IS NOT NULL ORDER BY id"
BY_OWNER = """
    SELECT r.email, count(*) FROM routing_assignment a JOIN reps_rep r ON r.id = a.rep_id
    JOIN routing_lead l ON l.id = a.lead_id WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL GROUP BY r.email
"""
FIRST_WITHIN, ALL_WITHIN = 10.0, 120.0
DRAIN_A_SECOND = 100
POISON = "poison"


def nobody(scene: Scene) -> Iterator[None]:
    """All are away; then they come back, and answer what they get."""
    system, pattern = scene.system, scene.batch.pattern
    send(system, scene.batch, scene.count)
    held = wait_for(lambda: dict(system.ask(STATUSES, pattern)) == {"held": scene.count}, 30)
    scene.promise(held, f"without anybody: {system.ask(STATUSES, pattern)}, not all held")
    began = time.monotonic()
    _bring_back(scene)
    first = wait_for(lambda: "assigned" in dict(system.ask(STATUSES, pattern)), FIRST_WITHIN)
    scene.promise(first, f"nobody got a lead within {FIRST_WITHIN:g} s of coming back")
    scene.result.measured, scene.result.late = "first one routed", [time.monotonic() - began]
    end = time.monotonic() + ALL_WITHIN
    while dict(system.ask(STATUSES, pattern)) != {"assigned": scene.count} and time.monotonic() < end:
        for (lead,) in system.ask(OPEN, pattern):
            call(system, "POST", f"leads/{lead}/respond", {"channel": "call"})
        time.sleep(0.2)
    scene.promise(time.monotonic() < end, f"stuck: {system.ask(STATUSES, pattern)}")
    yield


def _bring_back(scene: Scene) -> None:
    emails = {f"late{n}@acme.example" for n in range(LATE_REPS)}
    _, _, page = call(scene.system, "GET", "reps?page_size=500")
    for rep in page["results"]:
        if rep["email"] in emails:
            status, _, answer = call(scene.system, "POST", f"reps/{rep['id']}/resume", {})
            scene.promise(status == 200, f"a rep could not come back: {status} {answer}")


def capped(scene: Scene) -> Iterator[None]:
    """Four reps may have ten a day; all else waits."""
    send(scene.system, scene.batch, scene.count, senders=8)
    yield
    owned = dict(scene.system.ask(BY_OWNER, scene.batch.pattern))
    scene.promise(set(owned.values()) == {10} and len(owned) == 4, f"ten a day each were allowed: {owned}")


def deadly(scene: Scene) -> Iterator[None]:
    """One lead ends every process that decides about it; the others must not wait for it."""
    system, batch = scene.system, scene.batch
    others = scene.count
    send(system, batch, others // 2)
    post_poison(scene)
    send(system, batch, others - others // 2)
    routed = wait_for(lambda: dict(system.ask(STATUSES, batch.pattern)).get("assigned", 0) == others, 60)
    scene.promise(routed, f"the others: {system.ask(STATUSES, batch.pattern)}")
    held = wait_for(lambda: system.ask(HELD, f"{POISON}-%"), 90)
    scene.promise(held, f"the deadly lead: {system.ask(STATUSES, f'{POISON}-%')}, not held as undecidable")
    told = wait_for(lambda: system.one(TOLD, BOSS), 30)
    scene.promise(told, "the last resort was not told of the deadly lead")
    yield


def post_poison(scene: Scene) -> None:
    facts = {"email": f"p@{POISON}-1.example", "first_name": "Mia"}
    status, _, _ = call(scene.system, "POST", "leads", facts, key=f"{POISON}-1")
    scene.promise(status == 202, f"the deadly lead was answered {status}")


def backlog(scene: Scene) -> Iterator[None]:
    """Many leads wait when everything starts; eight routers work them off in fair turns, a live one overtakes."""
    scene.checked = False
    system, count = scene.system, scene.count
    system.stop()
    began = 0.0
    system.start(preload=count)
    began = time.monotonic()
    send(system, scene.batch, 1)
    live = wait_for(
        lambda: system.one("SELECT count(*) FROM routing_lead WHERE status = 'assigned' AND idempotency_key <> ''"), 20
    )
    scene.promise(live, "a live lead waited behind the backlog for 20 s")
    left = "SELECT count(*) FROM routing_lead WHERE status = 'pending'"
    before = count
    drained = wait_for(lambda: system.one(left) == 0, count / DRAIN_A_SECOND + 30)
    seconds = time.monotonic() - began
    scene.promise(drained, f"{system.one(left)} of {before} leads are still pending after {seconds:.0f} s")
    spread = running_spread((winner for (winner,) in system.ask(TURNS)), reps=REPS)
    scene.promise(spread <= 1, f"turns were uneven by {spread}")
    twice = system.one("SELECT count(*) - count(DISTINCT lead_id) FROM routing_assignment")
    scene.result.doubled, scene.result.acked = twice, count
    scene.result.lost = count + 1 - system.one("SELECT count(*) FROM routing_lead WHERE status = 'assigned'")
    scene.promise(not twice and not scene.result.lost, f"{twice} leads doubled, {scene.result.lost} not assigned")
    scene.result.measured, scene.result.late = f"all routed: {count / seconds:,.0f} a second", [seconds]
    yield


HELD_GROUP = Group(
    "held",
    [
        Fault("16", "nobody to route to, then ten come back", nobody, 0, 100, 1_000, campaign="late"),
        Fault("27", "caps raced by many leads at once", capped, 0, 200, 200, campaign="capped"),
    ],
)
POISON_GROUP = Group(
    "poison",
    [Fault("18", "a lead that kills every router", deadly, 0, 100, 1_000)],
    {"poison": f"@{POISON}-1.example"},
)
BACKLOG_GROUP = Group(
    "backlog",
    [Fault("23, 44", "a backlog and eight routers", backlog, 0, 10_000, 50_000)],
    {"roles": {"web": 1, "routing": 8, "clock": 1}},
)
