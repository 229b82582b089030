"""The owner's own acts: they accept a lead, and they answer it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from reps.models import Rep
from routing.models import Assignment, Lead, LeadEvent, WebhookEvent
from routing.services.lead_actions.ownership import (
    lock_around,
    lock_lead,
    note_event,
    owned_by,
    terms_of,
    withdraw_offers,
)
from routing.services.lead_actions.refusals import Invalid
from routing.services.sla.acts import end_sla_pause, note_acceptance
from routing.services.sla.first_response import note_first_response
from routing.services.waiting import look_again_once_freed
from routing.services.webhooks.publish import publish_lead_events

LONGEST_CHANNEL = Assignment._meta.get_field("channel").max_length or 0


@transaction.atomic
def accept(*, lead: Lead, rep: Rep, now: datetime, actor: str, attempt: int | None = None) -> Lead:
    """The owner takes note of the lead. No response yet, unless the SLA policy counts it as one."""
    row = lock_lead(lead)
    assignment = owned_by(row, rep, attempt)
    if assignment.accepted_at is None:
        note_acceptance(row, assignment, now=now)
        withdraw_offers(row, now=now)
        note_event(row, LeadEvent.Kind.ACCEPTED, f"{rep.name} accepted", actor=actor, now=now)
        publish_lead_events(WebhookEvent.LEAD_ACCEPTED, [row.pk], now=now)
        if terms_of(assignment).accept_counts and assignment.responded_at is None:
            answered(row, assignment, now=now)
    end_sla_pause(assignment.rep, now=now)
    return row


@transaction.atomic
def respond(*, lead: Lead, rep: Rep, channel: str, note: str, now: datetime, actor: str) -> Lead:
    """The owner got in touch with the lead. The first time counts, even after the deadline; later ones are noted."""
    if len(channel) > LONGEST_CHANNEL:
        raise Invalid({"channel": [f"Too long: at most {LONGEST_CHANNEL} characters, such as call or mail."]})
    row = lock_lead(lead)
    assignment = owned_by(row, rep)
    if assignment.responded_at is None:
        assignment.channel, assignment.note = channel, note[:500]
        answered(row, assignment, now=now)
    note_event(row, LeadEvent.Kind.RESPONDED, _told(rep, assignment, channel, note, now), actor=actor, now=now)
    end_sla_pause(assignment.rep, now=now)
    return row


def answered(lead: Lead, assignment: Assignment, *, now: datetime) -> None:
    """The rep has one unanswered lead less."""
    lock_around(lead, reps={assignment.rep_id})
    withdraw_offers(lead, now=now)
    assignment.responded_at, assignment.step_at = now, None
    assignment.save(update_fields=["responded_at", "step_at", "channel", "note"])
    note_first_response(lead, now=now)
    look_again_once_freed(assignment=assignment, now=now)
    publish_lead_events(WebhookEvent.LEAD_RESPONDED, [lead.pk], now=now)


def _told(rep: Rep, assignment: Assignment, channel: str, note: str, now: datetime) -> str:
    text = f"{rep.name} answered" + (f" ({channel})" if channel else "")
    if assignment.responded_at == now and assignment.due_at:
        text += ", in time" if now <= assignment.due_at else ", late"
    return f"{text}: {note}" if note else text
