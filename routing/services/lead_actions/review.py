"""Review: spam and duplicates out of the way, and back when that was wrong."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from routing.models import DeclineReason, EndReason, Lead, LeadEvent, WebhookEvent
from routing.services.duplicates import because, duplicates_in, let_go, lock_family, move_to
from routing.services.lead_actions.ownership import (
    end_ownership,
    is_in_review,
    lock_lead,
    note_event,
    refuse_states,
    send_to_routing,
    set_state,
)
from routing.services.lead_actions.refusals import Invalid, WrongState
from routing.services.privacy.screening import to_tell
from routing.services.webhooks.publish import publish_lead_events

Status = Lead.Status
ASIDE = frozenset({Status.QUARANTINED, Status.DUPLICATE, Status.PARKED})


@transaction.atomic
def quarantine(*, lead: Lead, reason: str, now: datetime, actor: str) -> Lead:
    """To review, as spam, with the duplicates it has. The turn is given back if the pool credits spam."""
    family = lock_family(lead)
    row = family[lead.pk]
    refuse_states(row, Status.CLOSED)
    if row.status != Status.QUARANTINED:
        refuse_states(row, Status.QUARANTINED)
        end_ownership(row, EndReason.REVIEWED, now=now, credit_reason=DeclineReason.SPAM, note=reason, actor=actor)
        set_state(row, Status.QUARANTINED, screen_reason=(reason or "Marked as spam")[:200])
        note_event(row, LeadEvent.Kind.QUARANTINED, reason or "Marked as spam", actor=actor, now=now)
        why = because("was marked as spam")
        let_go([(duplicate, why) for duplicate in duplicates_in(family, row)], now=now, actor=actor)
    return row


@transaction.atomic
def mark_duplicate(*, lead: Lead, of: Lead, now: datetime, actor: str) -> Lead:
    """Join the lead to the one it repeats, with the duplicates it has itself. What it says anew is merged in.

    One whose person asked to be erased is released first: nothing else ends that.
    """
    family = lock_family(lead, of)
    row, original = family[lead.pk], family[of.pk]
    if row.status == Status.DUPLICATE and row.duplicate_of_id == original.pk:
        return row
    refuse_states(row, Status.CLOSED)
    if not to_tell([row]):
        refuse_states(row, Status.QUARANTINED)
    _check_original(row, original)
    end_ownership(row, EndReason.REVIEWED, now=now, credit_reason=DeclineReason.DUPLICATE, actor=actor)
    # route_after: until the sweep of merges has been here
    set_state(row, Status.DUPLICATE, duplicate_of=original, route_after=now)
    move_to(original, duplicates_in(family, row), before=row, now=now, actor=actor)
    note_event(row, LeadEvent.Kind.DUPLICATE, f"Duplicate of {original.label}", actor=actor, now=now)
    return row


def _check_original(lead: Lead, original: Lead) -> None:
    """Raises Invalid: a lead repeats neither itself, nor a duplicate, nor one in review."""
    wrong = ""
    if original.pk == lead.pk:
        wrong = "A lead is no duplicate of itself. Name another one."
    elif original.status == Status.DUPLICATE:
        wrong = "That lead is a duplicate itself. Name the one that it repeats."
    elif is_in_review(original):
        wrong = "That lead is in review. Restore it first."
    elif original.test != lead.test:
        wrong = "A test lead and a real one are never joined."
    if wrong:
        raise Invalid({"of": [wrong]})


@transaction.atomic
def restore(*, lead: Lead, now: datetime, actor: str) -> Lead:
    """Back to routing from review, a duplicate or nurture. It is neither screened nor compared again.

    Of one whose person asked to be erased other programs hear only now.
    """
    row = lock_lead(lead)
    if row.status == Status.PENDING and not is_in_review(row):
        return row
    if row.status not in ASIDE and not is_in_review(row):
        raise WrongState("Only leads in review, in nurture and duplicates can be restored.")
    was, unheard = row.get_status_display(), [] if to_tell([row]) else [row.pk]
    send_to_routing(row, now=now)
    publish_lead_events(WebhookEvent.LEAD_RECEIVED, unheard, now=now)
    note_event(row, LeadEvent.Kind.RESTORED, f"Restored from: {was.lower()}", actor=actor, now=now)
    return row
