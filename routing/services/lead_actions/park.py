"""Nurture: a lead goes to nobody until its review date, or until something new is heard of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.models import EndReason, Lead, LeadEvent
from routing.models.bounds import LONGEST_DAYS
from routing.models.leads import LeadQuerySet
from routing.services.free_leads import lock_free_leads
from routing.services.lead_actions.ownership import (
    end_ownership,
    lock_lead,
    note_event,
    refuse_states,
    set_state,
)
from routing.services.lead_actions.refusals import Invalid
from routing.snapshots.rulebook import current_rulebook

Status = Lead.Status
LONGEST_REASON = 200


@transaction.atomic
def park(*, lead: Lead, reason: str, review_date: date, now: datetime, actor: str) -> Lead:
    """Send the lead to nurture until a day in the next ten years. Its owner, if it has one, loses it."""
    if errors := _wrong(reason, review_date, today(now)):
        raise Invalid(errors)
    row = lock_lead(lead)
    refuse_states(row, Status.CLOSED, Status.QUARANTINED, Status.DUPLICATE)
    if (row.status, row.park_reason, row.review_date) == (Status.PARKED, reason, review_date):
        return row
    end_ownership(row, EndReason.PARKED, now=now, note=reason, actor=actor)
    set_state(row, Status.PARKED, park_reason=reason, review_date=review_date)
    text = f"Nurture until {review_date:%Y-%m-%d}" + (f": {reason}" if reason else "")
    note_event(row, LeadEvent.Kind.PARKED, text, actor=actor, now=now)
    return row


def today(now: datetime) -> date:
    """The company's day."""
    published = current_rulebook()
    return now.astimezone(ZoneInfo(published.rulebook.settings.timezone if published else "UTC")).date()


def _wrong(reason: str, review_date: date, day: date) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if len(reason) > LONGEST_REASON:
        errors["reason"] = [f"Too long: {len(reason)} characters, at most {LONGEST_REASON}."]
    if review_date <= day:
        errors["review_date"] = ["Send a day in the future."]
    elif review_date > day + timedelta(days=LONGEST_DAYS):
        errors["review_date"] = ["Send a day in the next ten years."]
    return errors


def wake_parked(*, lead_ids: Collection[int], now: datetime) -> int:
    """Route those of the leads that are parked, because something new was heard of them; how many."""
    return wake(Lead.objects.filter(pk__in=lead_ids), now=now, why="something new was heard")


@transaction.atomic
def wake(leads: LeadQuerySet, *, now: datetime, why: str = "") -> int:
    """Parked leads are pending; those that somebody works on just now are left out."""
    due = lock_free_leads(leads.filter(status=Status.PARKED))
    if not due:
        return 0
    Lead.objects.filter(pk__in=[lead.pk for lead in due]).update(
        status=Status.PENDING, route_after=now, park_reason="", review_date=None
    )
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=lead,
            kind=LeadEvent.Kind.REVIEWED,
            text="; ".join(part for part in (lead.park_reason, why) if part),
            happened_at=now,
        )
        for lead in due
    )
    ring_after_commit("routing")
    return len(due)
