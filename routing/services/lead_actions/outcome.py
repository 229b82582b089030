"""What became of a lead: qualified, won or lost. A stage may hand it over to somebody else."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from routing.models import EndReason, Lead, LeadEvent, WebhookEvent
from routing.services.lead_actions.ownership import (
    assignment_of,
    end_ownership,
    is_own_act,
    lock_around,
    lock_lead,
    note_event,
    refuse_states,
    send_to_routing,
    set_state,
    withdraw_offers,
)
from routing.services.lead_actions.refusals import Invalid, WrongState
from routing.services.sla.acts import end_sla_pause, go_on_with_steps, stop_steps
from routing.services.waiting import look_again_once_freed
from routing.services.webhooks.publish import publish_lead_events
from routing.snapshots.rulebook import current_rulebook

Status, Outcome = Lead.Status, Lead.Outcome
STAGES = (Outcome.QUALIFIED, Outcome.WON, Outcome.LOST)
FINAL = frozenset({Outcome.WON, Outcome.LOST})
LARGEST_AMOUNT = Decimal(10) ** 14
LONGEST_REASON = 200
COLUMNS = ("outcome", "amount", "outcome_reason", "outcome_at", "closed_at", "status")


@transaction.atomic
def set_outcome(*, lead: Lead, stage: str, amount: Decimal | None, reason: str, now: datetime, actor: str) -> Lead:
    """Note the stage a lead has come to. Won and lost close it; qualified hands it over if the rulebook says so."""
    if errors := _wrong(stage, amount, reason):
        raise Invalid(errors)
    row = lock_lead(lead)
    owner = row.owner
    refuse_states(row, Status.QUARANTINED, Status.DUPLICATE)
    if (row.outcome, row.amount, row.outcome_reason) == (stage, amount, reason):
        return row
    # a lead that is reopened was handed over, or kept, before it was closed
    first = row.outcome != stage and row.status != Status.CLOSED
    if row.outcome != stage:  # not where only the amount or the reason is put right
        row.outcome_at = now
    row.outcome, row.amount, row.outcome_reason = stage, amount, reason
    if stage in FINAL:
        _close(row, now=now)
    else:
        _reopen(row)
    row.save(update_fields=COLUMNS)
    text = row.get_outcome_display() + (f", {amount:,.0f}" if amount else "") + (f": {reason}" if reason else "")
    note_event(row, LeadEvent.Kind.OUTCOME, text, actor=actor, now=now)
    publish_lead_events(WebhookEvent.LEAD_OUTCOME, [row.pk], now=now)
    if first and row.owner_id and _hands_over(stage):
        end_ownership(row, EndReason.HANDED_OVER, now=now, actor=actor)
        send_to_routing(row, now=now)
    if owner is not None and is_own_act(owner, actor):
        end_sla_pause(owner, now=now)
    return row


def _wrong(stage: str, amount: Decimal | None, reason: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if stage not in STAGES:
        errors["stage"] = [f"Not known. Send one of: {', '.join(STAGES)}."]
    if amount is not None and not (amount.is_finite() and 0 <= amount < LARGEST_AMOUNT):
        errors["amount"] = [f"Send a number from 0 to {LARGEST_AMOUNT - 1:,}."]
    if len(reason) > LONGEST_REASON:
        errors["reason"] = [f"Too long: {len(reason)} characters, at most {LONGEST_REASON}."]
    return errors


def _close(lead: Lead, *, now: datetime) -> None:
    """Whoever owns it keeps it, as one open lead less."""
    lock_around(lead, reps={lead.owner_id})
    if lead.owner_id is None:
        withdraw_offers(lead, now=now)
        set_state(lead, Status.CLOSED)
    elif assignment := assignment_of(lead):
        withdraw_offers(lead, now=now)
        stop_steps(assignment)
        look_again_once_freed(assignment=assignment, now=now)
    lead.status, lead.closed_at = Status.CLOSED, lead.closed_at or now


def _reopen(lead: Lead) -> None:
    if lead.status != Status.CLOSED:
        return
    if lead.owner_id is None:
        raise WrongState("The lead is closed and nobody owns it. Send it to somebody first.")
    lock_around(lead, reps={lead.owner_id})
    if assignment := assignment_of(lead):
        go_on_with_steps(assignment)
    lead.status, lead.closed_at = Status.ASSIGNED, None


def _hands_over(stage: str) -> bool:
    published = current_rulebook()
    return published is not None and stage in published.hand_over_stages
