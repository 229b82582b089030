"""What time alone brings: parked leads whose day has come, and merges that were left for later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from routing.doorbell import ring_after_commit
from routing.models import Lead, LeadEvent
from routing.models.leads import LeadQuerySet
from routing.snapshots.rulebook import current_rulebook

AT_ONCE = 500
LATE = timedelta(seconds=2)
"""What the doorbell should have done is done by the clock after this long."""
MERGED_TEXTS = (
    "phone", "first_name", "last_name", "company", "website", "domain", "job_title", "industry", "country", "region",
    "postal_code", "city", "language", "product_interest", "campaign",
)  # fmt: skip
MERGED_NUMBERS = ("employees", "annual_revenue", "expected_amount", "consent")
MERGED = (*MERGED_TEXTS, *MERGED_NUMBERS, "message", "attributes", "utm")


def sweep(*, now: datetime) -> int:
    """Everything that is due by the clock, except routing and alerts themselves; how many leads were touched."""
    return review_parked(now=now) + merge_duplicates(now=now)


def routing_is_late(*, now: datetime) -> bool:
    """Whether leads are due that nobody has begun on for two seconds."""
    late = now - LATE
    return Lead.objects.pending(late).exists() or Lead.objects.to_look_at_again(late).exists()


def review_parked(*, now: datetime) -> int:
    """Parked leads whose review date has come are routed."""
    published = current_rulebook()
    zone = ZoneInfo(published.rulebook.settings.timezone if published else "UTC")
    with transaction.atomic():
        due = _locked(Lead.objects.filter(status=Lead.Status.PARKED, review_date__lte=now.astimezone(zone).date()))
        Lead.objects.filter(pk__in=[lead.pk for lead in due]).update(
            status=Lead.Status.PENDING, route_after=now, park_reason="", review_date=None
        )
        LeadEvent.objects.bulk_create(
            LeadEvent(lead=lead, kind=LeadEvent.Kind.REVIEWED, text=lead.park_reason, happened_at=now) for lead in due
        )
        if due:
            ring_after_commit("routing")
    return len(due)


def merge_duplicates(*, now: datetime) -> int:
    """What a duplicate says that its original did not is added to the original. Nothing is overwritten."""
    with transaction.atomic():
        duplicates = _locked(Lead.objects.filter(status=Lead.Status.DUPLICATE, route_after__isnull=False))
        originals = {lead.pk: lead for lead in _locked(_originals_of(duplicates))}
        # an original that somebody else holds just now has its turn in the next sweep
        merged = [duplicate for duplicate in duplicates if duplicate.duplicate_of_id in originals]
        events = [_merged(originals[duplicate.duplicate_of_id or 0], duplicate, now=now) for duplicate in merged]
        Lead.objects.bulk_update(originals.values(), MERGED)
        LeadEvent.objects.bulk_create(events)
        Lead.objects.filter(pk__in=[duplicate.pk for duplicate in merged]).update(route_after=None)
    return len(merged)


def _originals_of(duplicates: Sequence[Lead]) -> LeadQuerySet:
    return Lead.objects.filter(pk__in={duplicate.duplicate_of_id for duplicate in duplicates})


def _merged(original: Lead, duplicate: Lead, *, now: datetime) -> LeadEvent:
    news = _merge(original, duplicate)
    text = f"{duplicate.label} posted again" + (f"; new: {', '.join(news)}" if news else "")
    return LeadEvent(lead=original, kind=LeadEvent.Kind.MERGED, text=text[:500], happened_at=now)


def _locked(leads: LeadQuerySet) -> list[Lead]:
    skip = connection.features.has_select_for_update_skip_locked
    return list(leads.order_by("pk").select_for_update(no_key=True, of=("self",), skip_locked=skip)[:AT_ONCE])


def _merge(original: Lead, duplicate: Lead) -> list[str]:
    """Fill what the original lacks; the names of the fields that were filled."""
    filled = []
    for name in (*MERGED_TEXTS, *MERGED_NUMBERS):
        value = getattr(duplicate, name)
        if getattr(original, name) in ("", None) and value not in ("", None):
            setattr(original, name, value)
            filled.append(name)
    if duplicate.message and duplicate.message not in original.message:
        original.message = f"{original.message}\n\n{duplicate.message}".strip()
        filled.append("message")
    for name in ("attributes", "utm"):
        if new := _missing(getattr(original, name), getattr(duplicate, name)):
            setattr(original, name, getattr(original, name) | new)
            filled.append(name)
    return filled


def _missing(have: Mapping[str, Any], offered: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in offered.items() if key not in have}
