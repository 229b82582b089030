"""Take a lead from its owner and let the rules decide: without that rep, or with nobody excluded."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.engine.types import HeldReason
from routing.models import EndReason, Lead, LeadEvent
from routing.services.lead_actions.ownership import (
    end_ownership,
    is_own_act,
    lock_lead,
    note_event,
    refuse_states,
    send_to_routing,
)
from routing.services.lead_actions.refusals import NotTheirs
from routing.services.sla.acts import end_sla_pause

Status = Lead.Status
UNDECIDED = timedelta(minutes=1)
"""So long a lead that defeated the router is tried anew before it goes to the last resort after all."""


@transaction.atomic
def release(*, lead: Lead, now: datetime, actor: str, reason: str = "") -> Lead:
    """End the ownership. The lead is routed again, never back to this owner."""
    row = lock_lead(lead)
    refuse_states(row, Status.CLOSED)
    owner = row.owner
    if owner is None:
        raise NotTheirs(None)
    own_act = is_own_act(owner, actor)
    text = f"{owner.name} released the lead" if own_act else f"Released from {owner.name}"
    end_ownership(row, EndReason.RELEASED, now=now, note=reason, actor=actor)
    send_to_routing(row, now=now)
    note_event(row, LeadEvent.Kind.RELEASED, f"{text}: {reason}" if reason else text, actor=actor, now=now)
    if own_act:
        end_sla_pause(owner, now=now)
    return row


@transaction.atomic
def route_lead(*, lead: Lead, now: datetime, actor: str) -> Lead:
    """Decide again as if nobody had owned, declined or missed the lead before; the turns taken stay taken."""
    row = lock_lead(lead)
    refuse_states(row, Status.CLOSED, Status.QUARANTINED, Status.DUPLICATE)
    end_ownership(row, EndReason.ROUTED_AGAIN, now=now, actor=actor)
    row.resume = None
    if row.status in (Status.PENDING, Status.HELD):
        _look_again(row, now=now)
    else:
        send_to_routing(row, now=now)
    note_event(row, LeadEvent.Kind.ROUTED_AGAIN, "Routed again, nobody excluded", actor=actor, now=now)
    return row


def _look_again(lead: Lead, *, now: datetime) -> None:
    """An undecided lead goes on waiting if it must, until the deadline that it has."""
    lead.route_after, lead.route_tries = now, 0
    if lead.held_reason == HeldReason.UNDECIDABLE:  # then the deadline was brought forward
        lead.hold_deadline_at = now + UNDECIDED
    lead.save(update_fields=["route_after", "route_tries", "resume", "hold_deadline_at"])
    ring_after_commit("routing")
