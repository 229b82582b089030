"""What time alone brings: parked leads whose day has come, and merges that were left for later."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.models import Lead, LeadEvent
from routing.services.free_leads import lock_free_leads
from routing.services.merge_duplicates import merge_duplicates
from routing.snapshots.rulebook import current_rulebook

LATE = timedelta(seconds=2)
"""What the doorbell should have done is done by the clock after this long."""


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
    today = now.astimezone(zone).date()
    with transaction.atomic():
        due = lock_free_leads(Lead.objects.filter(status=Lead.Status.PARKED, review_date__lte=today))
        Lead.objects.filter(pk__in=[lead.pk for lead in due]).update(
            status=Lead.Status.PENDING, route_after=now, park_reason="", review_date=None
        )
        LeadEvent.objects.bulk_create(
            LeadEvent(lead=lead, kind=LeadEvent.Kind.REVIEWED, text=lead.park_reason, happened_at=now) for lead in due
        )
        if due:
            ring_after_commit("routing")
    return len(due)
