"""A rep does not want a lead: it goes to review, or to the next rep at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from reps.models import Rep
from routing.doorbell import ring_after_commit
from routing.models import Assignment, DeclineReason, EndReason, Lead, LeadEvent, Offer
from routing.services.duplicates import because, duplicates_in, let_go, lock_family
from routing.services.lead_actions.ownership import (
    end_assignment,
    lock_around,
    lock_lead,
    note_event,
    owned_by,
    refuse_states,
    send_to_routing,
    set_state,
    turn_to_give_back,
    withdraw_offers,
)
from routing.services.lead_actions.refusals import Invalid, NotOffered
from routing.services.sla.acts import end_sla_pause
from routing.services.waiting import look_again_once_offers_end

TO_REVIEW = frozenset({DeclineReason.SPAM, DeclineReason.DUPLICATE})
"""A person looks at leads declined for these reasons; no other rep gets them."""


@transaction.atomic
def decline(
    *, lead: Lead, rep: Rep, reason: str, note: str, now: datetime, actor: str, attempt: int | None = None
) -> Lead:
    """The owner, or somebody whom it is offered to, declines the lead. A second offer declined leaves its owner."""
    if reason not in DeclineReason.values:
        raise Invalid({"reason": [f"Not known. Send one of: {', '.join(DeclineReason.values)}."]})
    why = DeclineReason(reason)
    family = lock_family(lead) if why in TO_REVIEW else {lead.pk: lock_lead(lead)}
    row = family[lead.pk]
    refuse_states(row, Lead.Status.CLOSED)
    offer = Offer.objects.standing().filter(lead=row, rep=rep).first()
    if offer is not None and row.owner_id != rep.pk:
        _decline_offer(row, offer, now=now)
    elif row.owner_id is None and Offer.objects.standing().filter(lead=row).exists():
        raise NotOffered
    else:
        _give_up(row, owned_by(row, rep, attempt), why, note, now=now)
    if why in TO_REVIEW and row.owner_id in (None, rep.pk):  # what is somebody else's stays theirs
        _send_to_review(row, rep, why, duplicates_in(family, row), actor=actor, now=now)
    elif row.owner_id == rep.pk:
        withdraw_offers(row, now=now)
        send_to_routing(row, now=now)
    text = f"{rep.name} declined: {why.label.lower()}" + (f". {note}" if note else "")
    note_event(row, LeadEvent.Kind.DECLINED, text, actor=actor, now=now)
    end_sla_pause(rep, now=now)
    return row


def _send_to_review(
    lead: Lead, rep: Rep, why: DeclineReason, duplicates: Iterable[Lead], *, actor: str, now: datetime
) -> None:
    """Its duplicates go their own way."""
    withdraw_offers(lead, now=now)
    set_state(lead, Lead.Status.QUARANTINED, screen_reason=f"{rep.name} declined it: {why.label.lower()}"[:200])
    told = because(f"{rep.name} declined as {why.label.lower()}")
    let_go([(duplicate, told) for duplicate in duplicates], now=now, actor=actor)


def _give_up(lead: Lead, assignment: Assignment, why: DeclineReason, note: str, *, now: datetime) -> None:
    give_back = turn_to_give_back(assignment, why)
    lock_around(lead, ledgers={give_back.ledger_id} if give_back else (), reps={assignment.rep_id})
    end_assignment(
        assignment, EndReason.DECLINED, now=now, note=note, decline_reason=why, give_back=give_back, credit_reason=why
    )


def _decline_offer(lead: Lead, offer: Offer, *, now: datetime) -> None:
    """Once nobody is left who could take it, the lead goes on."""
    offer.ended_at, offer.result = now, Offer.Result.DECLINED
    offer.save(update_fields=["ended_at", "result"])
    look_again_once_offers_end(offers=[offer], now=now)
    if lead.owner_id is None and not Offer.objects.standing().filter(lead=lead).exists():
        lead.route_after = now
        lead.save(update_fields=["route_after"])
        ring_after_commit("routing")
