"""What must be true once everything has settled, asked of the database and of the mail server, not of the product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.chaos.harness.load import Batch
from tests.chaos.harness.processes import System, wait_for
from tests.chaos.harness.sink import Sink
from tests.chaos.harness.table import Result

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
OWNED = """
    SELECT l.email, r.email FROM routing_assignment a JOIN routing_lead l ON l.id = a.lead_id
    JOIN reps_rep r ON r.id = a.rep_id
    WHERE l.idempotency_key LIKE %s AND a.ended_at IS NULL AND a.alert = 'now'
"""
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
    """Wait until these leads are decided, their mails have left and nobody is about to lose one; whether it came so."""
    asked = (PENDING, UNSENT) if system.sqlite else (PENDING, MOVING, UNSENT)
    names = [batch.pattern for batch in batches]
    return wait_for(lambda: not any(system.one(sql, name) for name in names for sql in asked), seconds)


def check(system: System, sink: Sink, batch: Batch, result: Result, *, mails: bool = True) -> None:
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
    if mails:
        _check_mails(system, sink, batch, result)


def _check_mails(system: System, sink: Sink, batch: Batch, result: Result) -> None:
    told = sink.told()
    owned = system.ask(OWNED, batch.pattern)
    missing = [f"{owner} of {lead}" for lead, owner in owned if (owner, lead) not in told]
    mine = [mail for mail in sink.mails if any(_is_of(batch, lead) for lead in mail.leads)]
    result.missing, result.mails = len(missing), len(mine)
    result.extra = len(mine) - len({(mail.to, mail.message_id) for mail in mine})
    _breach(result, "owners without a mail", missing)
    _breach(result, "mails to somebody whose lead had moved on", stale(system, sink, batch))


def stale(system: System, sink: Sink, batch: Batch) -> list[str]:
    """Mails that said “it is yours” clearly after it was not."""
    if system.sqlite:
        return []
    over = {f"<alert.{lead}.{attempt}@": float(ended) for lead, attempt, ended in system.ask(OVER, batch.pattern)}
    too_late = [f"{lead}, attempt {attempt}" for lead, attempt in system.ask(TOLD_TOO_LATE, batch.pattern)]
    return too_late + [
        f"{mail.to}: {mail.message_id}, {mail.at - over[start]:.1f} s late"
        for mail in sink.mails
        if (start := mail.message_id.partition("@")[0] + "@") in over and mail.at > over[start] + STALE_SECONDS
    ]


def mails_twice(results: Sequence[Result]) -> Result:
    """Mails that came twice, over a whole run: allowed, but rarely."""
    mails, extra = sum(result.mails for result in results), sum(result.extra or 0 for result in results)
    whole = Result("all", f"mails that came twice: {extra} of {mails:,}", trials=mails)
    if mails >= ENOUGH_MAILS and extra > mails * MOST_EXTRA:
        whole.breaches.append(f"{extra} of {mails} mails came twice; promised: less than one in a hundred")
    return whole


def _is_of(batch: Batch, lead: str) -> bool:
    return f"@{batch.name}-" in lead


def _breach(result: Result, what: str, found: Iterable[object]) -> None:
    found = list(found)
    if found:
        result.breaches.append(f"{what}: {len(found)} ({', '.join(map(str, found[:3]))})")
