"""What must be true once everything has settled, asked of the database and the machines outside, not of the product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.chaos.harness.lab import Lab
from tests.chaos.harness.load import Batch
from tests.chaos.harness.processes import System, wait_for
from tests.chaos.harness.table import Result

LOOK_SECONDS = 0.25
LEASE_AND_MORE = 100.0
"""A mail whose sender was killed is sent again once its lease is over."""
STALE_SECONDS = 5.0
"""A mail that was under way when its lead moved on."""
MOST_EXTRA, ENOUGH_MAILS = 0.01, 1_000

PENDING = "SELECT count(*) FROM routing_lead WHERE idempotency_key LIKE %s AND status = 'pending'"
UNSENT = """
    SELECT count(*) FROM routing_outboxmessage m JOIN routing_lead l ON l.id = m.lead_id
    WHERE l.idempotency_key LIKE %s AND m.done_at IS NULL
"""
UNCALLED = """
    SELECT count(*) FROM routing_webhookdelivery d JOIN routing_lead l ON l.id = d.lead_id
    WHERE l.idempotency_key LIKE %s AND d.done_at IS NULL
"""
MOVING = """
    SELECT count(*) FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL AND a.responded_at IS NULL
      AND a.step_at < clock_timestamp() + interval '60 seconds'
"""
"""Leads that will leave their owners in a moment: asked of PostgreSQL alone."""
KEYS = "SELECT idempotency_key FROM routing_lead WHERE idempotency_key LIKE %s"
MANY_OWNERS = """
    SELECT l.idempotency_key FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL GROUP BY l.idempotency_key HAVING count(*) > 1
"""
FORGOTTEN = """
    SELECT l.idempotency_key, l.status FROM routing_lead l
    LEFT JOIN routing_assignment a ON a.lead_id = l.id AND a.ended_at IS NULL
    WHERE l.idempotency_key LIKE %s AND (
        (l.status = 'assigned' AND (a.id IS NULL OR l.owner_id IS NULL OR l.owner_id <> a.rep_id))
        OR (l.status <> 'assigned' AND a.id IS NOT NULL)
        OR (l.status = 'held' AND l.route_after IS NULL)
    )
"""
UNTOLD = """
    SELECT l.idempotency_key, a.attempt FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.alert = 'now'
      AND NOT EXISTS (SELECT 1 FROM routing_outboxmessage m WHERE m.assignment_id = a.id)
"""
UNHEARD = """
    SELECT l.idempotency_key FROM routing_lead l WHERE l.idempotency_key LIKE %s AND l.first_owned_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM routing_webhookdelivery d WHERE d.lead_id = l.id AND d.event = 'lead.assigned')
"""
LEFT_BEHIND = """
    UPDATE routing_webhookdelivery SET lease_until = clock_timestamp() WHERE done_at IS NULL
      AND lease_until BETWEEN clock_timestamp() + interval '1 second' AND clock_timestamp() + interval '50 seconds'
"""
"""Held for more than ten of its sixty seconds, though targets answer at once: by a caller that was killed."""
CALLED = """
    SELECT REPLACE(CAST(d.uuid AS text), '-', ''), d.result
    FROM routing_webhookdelivery d JOIN routing_lead l ON l.id = d.lead_id WHERE l.idempotency_key LIKE %s
"""
OWNED = """
    SELECT l.email, REPLACE(CAST(l.uuid AS text), '-', ''), r.email, m.result, m.error
    FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id JOIN reps_rep r ON r.id = a.rep_id
    LEFT JOIN routing_outboxmessage m ON m.assignment_id = a.id AND m.kind = 'alert'
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL AND a.alert = 'now' AND a.responded_at IS NULL
"""
"""Who has answered needs no mail any more."""
LEADS = "SELECT email, REPLACE(CAST(uuid AS text), '-', '') FROM routing_lead WHERE idempotency_key LIKE %s"
TOLD_TOO_LATE = """
    SELECT l.idempotency_key, a.attempt FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.alerted_at > a.ended_at + interval '5 seconds'
"""
SUMS = """
    SELECT ledger_id, turns_by, control, sum(balance) FROM routing_ledgeraccount
    GROUP BY ledger_id, turns_by, control HAVING sum(balance) <> 0
"""
OVER = """
    SELECT CAST(l.uuid AS text), a.attempt, EXTRACT(EPOCH FROM a.ended_at)
    FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NOT NULL
"""


def settle(system: System, batches: Iterable[Batch], *, seconds: float = LEASE_AND_MORE) -> bool:
    """Wait until these leads are decided, all are told and nobody is about to lose one; whether it came so."""
    asked = (PENDING, UNSENT, UNCALLED) if system.sqlite else (PENDING, MOVING, UNSENT, UNCALLED)
    # in one statement: asked one after the other, a lead may go from one to the next between the questions
    at_once = f"SELECT {' + '.join(f'({sql})' for sql in asked)}"
    names = [batch.pattern for batch in batches]

    def settled() -> bool:
        if not system.sqlite:
            system.ask(LEFT_BEHIND)
        return not any(system.one(at_once, *[name] * len(asked)) for name in names)

    return wait_for(settled, seconds, look=LOOK_SECONDS)


def check(lab: Lab, system: System, batch: Batch, result: Result, *, mails: bool = True) -> None:
    """Everything that is promised for the leads of a batch, added to the result."""
    name = batch.pattern
    keys = [key for (key,) in system.ask(KEYS, name)]
    lost = sorted(batch.acked.keys() - set(keys))
    waiting = system.one(PENDING, name)
    result.acked = len(batch.acked)
    result.lost = len(lost) + waiting
    result.doubled = len(keys) - len(set(keys)) + len(system.ask(MANY_OWNERS, name))
    _breach(result, "acknowledged and not stored", lost)
    _breach(result, "never decided", [f"{waiting} leads"] if waiting else [])
    _breach(result, "stored or owned twice", [f"{result.doubled}"] if result.doubled else [])
    _breach(result, "without owner or next date", system.ask(FORGOTTEN, name))
    _breach(result, "assigned without a message", system.ask(UNTOLD, name))
    _breach(result, "ledgers that do not add up to nothing", system.ask(SUMS))
    _check_calls(lab, system, batch, result)
    if mails:
        _check_mails(lab, system, batch, result)


def _check_calls(lab: Lab, system: System, batch: Batch, result: Result) -> None:
    """Every delivery to a webhook arrived; one that came again came with the same name and the same words."""
    fates = dict(system.ask(CALLED, batch.pattern))
    calls = lab.outside.by_name(fates)
    taken = {name: [call for call in some if call.taken] for name, some in calls.items()}
    result.calls = len(fates)
    result.repeats = sum(max(0, len(some) - 1) for some in taken.values())
    _breach(result, "webhooks never told", system.ask(UNHEARD, batch.pattern))
    _breach(result, "deliveries given up", [name for name, fate in fates.items() if fate == "failed"])
    _breach(result, "deliveries that nobody got", [name for name in fates if not taken.get(name)])
    differing = [name for name, some in calls.items() if len({call.digest for call in some}) > 1]
    _breach(result, "deliveries that came again with other words", differing)


def _check_mails(lab: Lab, system: System, batch: Batch, result: Result) -> None:
    sink, name = lab.sink, batch.pattern
    told, leads = sink.told(), {known for lead in system.ask(LEADS, name) for known in lead}
    missing = [
        f"{owner} of {email} ({fate or 'waiting'} {error or ''})"
        for email, uuid, owner, fate, error in system.ask(OWNED, name)
        if (owner, email) not in told and (owner, uuid) not in told
    ]
    mine = [mail for mail in sink.mails if mail.leads & leads]
    result.missing, result.mails = len(missing), len(mine)
    result.extra = len(mine) - len({(mail.to, mail.message_id) for mail in mine})
    _breach(result, "owners without a mail", missing)
    _breach(result, "mails to somebody whose lead had moved on", stale(lab, system, batch))


def stale(lab: Lab, system: System, batch: Batch) -> list[str]:
    """Mails that said “it is yours” clearly after it was not."""
    if system.sqlite:
        return []
    over = {f"<alert.{lead}.{attempt}@": float(ended) for lead, attempt, ended in system.ask(OVER, batch.pattern)}
    too_late = [f"{lead}, attempt {attempt}" for lead, attempt in system.ask(TOLD_TOO_LATE, batch.pattern)]
    return too_late + [
        f"{mail.to}: {mail.message_id}, {mail.at - over[start]:.1f} s late"
        for mail in lab.sink.mails
        if (start := mail.message_id.partition("@")[0] + "@") in over and mail.at > over[start] + STALE_SECONDS
    ]


def mails_twice(results: Sequence[Result]) -> Result:
    """Mails that came twice, over a whole run: allowed, but rarely."""
    mails, extra = sum(result.mails for result in results), sum(result.extra or 0 for result in results)
    whole = Result("all", f"mails that came twice: {extra} of {mails:,}", trials=mails)
    if mails >= ENOUGH_MAILS and extra > mails * MOST_EXTRA:
        whole.breaches.append(f"{extra} of {mails} mails came twice; promised: less than one in a hundred")
    return whole


def _breach(result: Result, what: str, found: Iterable[object]) -> None:
    found = list(found)
    if found:
        result.breaches.append(f"{what}: {len(found)} ({', '.join(map(str, found[:3]))})")
