"""Machines of others answer badly or never, callers are killed: every delivery arrives, and none waits for others."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator

from tests.chaos.harness.company import ASSIGNED, COMPANY_HOOK, TOKENS
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import call, send, sending
from tests.chaos.harness.outside import CHAT, Answer, broken, busy, dripping, large, moved, silent, take
from tests.chaos.harness.processes import wait_for
from tests.chaos.scenarios.mail import ASSIGNED as ROUTED

FINE = "fine"
BAD: dict[str, tuple[Answer, int]] = {
    FINE: (take, 0),
    "busy": (busy, 6),
    "broken": (broken, 6),
    "moved": (moved, 30),
    "dripping": (dripping, 2),
    "silent": (silent, 2),
    "large": (large, 1_000),
}
"""Targets: how their first calls are answered, and how many of them."""
HELD_AT_MOST = 16.0
"""A call is ended after 15 seconds; then the other side must notice."""
FINE_WITHIN = 5.0
MOST_READ = 8 << 20
"""64 kB are read; more than what the kernel buffers on both sides must never have been taken."""
PATIENCE = 300.0
SCHEDULE = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between tries, as docs/webhooks.md promises them, each moved by up to a tenth."""
SLACK_TIME = 3.0
FAILED = """
    SELECT REPLACE(CAST(d.uuid AS text), '-', ''), d.tries, EXTRACT(EPOCH FROM d.available_at)
    FROM routing_webhookdelivery d
    WHERE d.done_at IS NULL AND d.lease_until IS NULL AND d.tries > 0 AND d.error <> ''
"""
LEFT = """
    SELECT count(*) FROM routing_webhookdelivery d JOIN routing_lead l ON l.id = d.lead_id
    WHERE l.idempotency_key LIKE %s AND d.done_at IS NULL
"""
TIME_PASSES = """
    UPDATE routing_webhookdelivery SET available_at = clock_timestamp() - interval '5 seconds'
    WHERE done_at IS NULL AND lease_until IS NULL AND available_at > clock_timestamp() + interval '2 seconds'
"""
SWITCH_OFF = "UPDATE routing_webhook SET active = false WHERE name <> %s"
ARRIVED_LATE = """
    SELECT EXTRACT(EPOCH FROM d.done_at - d.created_at) FROM routing_webhookdelivery d
    JOIN routing_lead l ON l.id = d.lead_id JOIN routing_webhook w ON w.id = d.webhook_id
    WHERE l.idempotency_key LIKE %s AND w.name = %s AND d.done_at IS NOT NULL
"""
TOLD = """
    SELECT m.channel, m.result, count(*) FROM routing_outboxmessage m JOIN routing_lead l ON l.id = m.lead_id
    WHERE l.idempotency_key LIKE %s AND m.kind = 'alert' GROUP BY m.channel, m.result
"""
UNTOLD = """
    SELECT l.idempotency_key FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL AND a.alerted_at IS NULL
"""


def badly_answered(scene: Scene) -> Iterator[None]:
    """Each lead is told to targets of every kind; what fails comes again by the schedule, while hours pass by hand."""
    outside, system = scene.lab.outside, scene.system
    for name, plan in BAD.items():
        outside.plans[f"/{name}"] = plan
        body = {"name": name, "url": f"{outside.url}/{name}", "events": [ASSIGNED]}
        status, _, answer = call(system, "POST", "webhooks", body)
        scene.promise(status == 201, f"the webhook {name} could not be made: {status} {answer}")
    leads = -(-scene.count // len(BAD))
    send(system, scene.batch, leads)
    wait_for(lambda: system.one(ROUTED, scene.batch.pattern) == leads, 30)
    tries = _let_hours_pass(scene)
    _others_were_quick(scene)
    system.ask(SWITCH_OFF, COMPANY_HOOK)  # what comes later is told to the company's alone
    yield
    calls = [call for call in outside.calls if call.path.strip("/") in BAD]
    scene.result.trials = len({call.name for call in calls})
    scene.result.fault += f": {len(calls):,} calls, {tries} waits by the schedule"
    scene.result.measured, scene.result.late = "a call", [call.seconds for call in calls]
    scene.not_above(HELD_AT_MOST)
    scene.promise(tries, "no delivery was put off")
    elsewhere = [call.path for call in outside.calls if call.path == "/elsewhere"]
    scene.promise(not elsewhere, f"{len(elsewhere)} redirects were followed")
    most = max((call.written for call in calls), default=0)
    scene.promise(0 < most < MOST_READ, f"{most:,} bytes of one answer were read")


def _let_hours_pass(scene: Scene) -> int:
    """Look when each failed delivery comes next, then make it due; how many waits were seen."""
    system, seen, wrong = scene.system, set[tuple[str, int]](), list[str]()
    end = time.monotonic() + PATIENCE
    while system.one(LEFT, scene.batch.pattern) and time.monotonic() < end:
        calls = list(scene.lab.outside.calls)
        last = {call.name: call.at + call.seconds for call in calls if call.seconds}  # the others see no end yet
        for name, tries, due in system.ask(FAILED):
            if name in last and (name, tries) not in seen and float(due) > time.time():
                seen.add((name, tries))
                waits, wanted = float(due) - last[name], SCHEDULE[tries - 1]
                if not 0.9 * wanted - 1 <= waits <= 1.1 * wanted + SLACK_TIME:
                    wrong.append(f"{waits:.0f} s after try {tries}")
        system.ask(TIME_PASSES)
        time.sleep(0.5)
    left = system.one(LEFT, scene.batch.pattern)
    scene.promise(not left, f"{left} deliveries have not arrived after {PATIENCE:.0f} s of tries")
    scene.promise(not wrong, f"{len(wrong)} of {len(seen)} waits are not the schedule's: {wrong[:3]}")
    return len(seen)


def _others_were_quick(scene: Scene) -> None:
    """While others hung, what goes to a target that answers was told at once."""
    late = [float(seconds) for (seconds,) in scene.system.ask(ARRIVED_LATE, scene.batch.pattern, FINE)]
    scene.promise(late, "nothing went to the target that answers")
    slowest = max(late, default=0.0)
    scene.promise(slowest <= FINE_WITHIN, f"a target that answers was told {slowest:.1f} s late, because of others")


def killed(scene: Scene) -> Iterator[None]:
    """Callers are killed in the middle of calls to a target that takes its time."""
    chance, system = random.Random(scene.count), scene.system
    scene.lab.outside.pause = 0.1
    with sending(system, scene.batch, a_second=15):
        while scene.result.kills < scene.count:
            time.sleep(chance.uniform(0.1, 0.4))
            scene.result.kills += system.signal_one(chance, signal.SIGKILL, "calls", "clock")
    scene.lab.outside.pause = 0.0
    yield
    scene.result.fault += f": {scene.result.repeats} of {scene.result.calls} deliveries came twice"
    scene.promise(scene.result.repeats <= scene.result.kills, f"{scene.result.repeats} deliveries came twice")


def chat(scene: Scene) -> Iterator[None]:
    """Slack answers as badly for three of four reps: they are told by mail then, in time, and nobody twice."""
    scene.mails = False
    plans: list[tuple[Answer, int]] = [(take, 0), (busy, 1_000), (broken, 1_000), (moved, 1_000)]
    for token, plan in zip(TOKENS, plans, strict=True):
        scene.lab.outside.plans[f"{CHAT}/{token}"] = plan
    send(scene.system, scene.batch, scene.count)
    wait_for(lambda: not scene.system.ask(UNTOLD, scene.batch.pattern), PATIENCE)
    yield
    untold = scene.system.ask(UNTOLD, scene.batch.pattern)
    scene.promise(not untold, f"{len(untold)} owners were told by no way")
    fates = Counter({(way, result): count for way, result, count in scene.system.ask(TOLD, scene.batch.pattern)})
    mailed, chatted = fates["email", "sent"], fates["slack", "sent"]
    scene.promise(mailed + chatted == scene.count, f"ways of {scene.count} alerts: {dict(fates)}")
    scene.promise(mailed and chatted, f"only one way was taken: {dict(fates)}")
    scene.result.fault += f": {chatted} by Slack, {mailed} by mail"


GROUP = Group(
    "calls",
    [
        Fault("52", "webhooks: 429, 500, redirects, slow and endless answers", badly_answered, 0, 100, 1_000),
        Fault("52 chat", "Slack answers 429, 500 or a redirect", chat, 0, 20, 100, campaign="chat"),
        Fault("52 killed", "kill -9 of callers in the middle of calls", killed, 0, 60, 600),
    ],
    {"roles": {"web": 1, "routing": 1, "alerts": 1, "calls": 2, "clock": 2}},
)
