"""A lead gets an owner other than by a batch: by hand, or because somebody took up an offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reps.models import Rep
from routing import crash, outbox
from routing.engine.types import Method, Outcome, Rule
from routing.models import Assignment, Decision, Lead, OutboxMessage, Posting, WebhookEvent
from routing.services.lead_actions.ownership import STATE
from routing.services.sla.clock import set_clock
from routing.services.sla.policies import load_policies
from routing.services.webhooks.publish import publish_lead_events
from routing.snapshots.columns import pack_json
from routing.snapshots.progress import read_progress, write_progress
from routing.snapshots.rulebook import Published

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Handing:
    """How a lead comes to its owner. `taken_up`: they took an offer, of which they were told at `told_at`.

    `released`: it had waited, and counts for the owner's pace.
    """

    rep: Rep
    method: Method
    reason: str
    pool_id: int | None = None
    rule_id: int | None = None
    posting: Posting | None = None
    units: int = 1
    released: bool = False
    taken_up: bool = False
    told_at: datetime | None = None


def hand_over(lead: Lead, handing: Handing, *, published: Published | None, now: datetime) -> Assignment:
    """Store the new owner: assignment, decision and alert. The lead has no owner; everything is locked."""
    rules = published.rulebook.rules if published else ()
    rule = next((rule for rule in rules if rule.id == handing.rule_id), None)
    lead.status, lead.owner, lead.owned_at, lead.method = Lead.Status.ASSIGNED, handing.rep, now, handing.method.value
    lead.first_owned_at, lead.attempt = lead.first_owned_at or now, lead.attempt + 1
    _, first_reached = read_progress(lead.resume)  # a wait that is over stays over, should the lead come back
    lead.resume = write_progress(None, first_reached)
    lead.route_after, lead.route_tries, lead.held_reason = None, 0, ""
    lead.hold_deadline_at, lead.park_reason, lead.review_date, lead.duplicate_of = None, "", None, None
    lead.save(update_fields=STATE)
    assignment = _assignment(lead, handing, rule, published, now=now)
    if handing.taken_up:
        _let_run(assignment, handing, now=now)
    assignment.save(force_insert=True)
    Decision.objects.create(
        lead=lead, outcome=Outcome.ASSIGNED.value, method=handing.method.value, rep=handing.rep,
        pool_id=handing.pool_id, rule_name=rule.name if rule else "", reason=handing.reason[:LONGEST_REASON],
        rulebook_version=published.number if published else None, posting=handing.posting, decided_at=now,
        trace=pack_json({"steps": [handing.reason]}),
    )  # fmt: skip
    crash.crash_point("after_owner_before_alert")
    outbox.publish([_alert(lead, assignment, now=now)])
    again = WebhookEvent.LEAD_REASSIGNED if lead.attempt > 1 else WebhookEvent.LEAD_ASSIGNED
    publish_lead_events(again, [lead.pk], now=now)
    return assignment


def _assignment(
    lead: Lead, handing: Handing, rule: Rule | None, published: Published | None, *, now: datetime
) -> Assignment:
    pool = published.rulebook.pools.get(handing.pool_id or 0) if published else None
    terms = published.sla_of(rule) if published else None
    return Assignment(
        lead=lead, attempt=lead.attempt, rep=handing.rep, pool_id=handing.pool_id, rule_id=handing.rule_id,
        method=handing.method.value, strategy=pool.strategy.value if pool else "", units=handing.units,
        released=handing.released,
        rulebook_version=published.number if published else None, sla=terms.name if terms else "",
        posting=handing.posting, assigned_at=now,
    )  # fmt: skip


def _let_run(assignment: Assignment, handing: Handing, *, now: datetime) -> None:
    """The clock of an offer runs since the rep was told of it; who takes it up has accepted the lead."""
    assignment.alerted_at, assignment.accepted_at = handing.told_at, now
    started = handing.told_at or now
    set_clock(assignment, load_policies([assignment], start=started), started)


def _alert(lead: Lead, assignment: Assignment, *, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        key=f"{OutboxMessage.Kind.ALERT}:{lead.uuid}:{assignment.attempt}",
        kind=OutboxMessage.Kind.ALERT,
        lead=lead,
        assignment=assignment,
        rep_id=assignment.rep_id,
        created_at=now,
        available_at=now,
    )
