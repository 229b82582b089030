"""Offers whose time is over: nobody took the lead up, so it goes on to the next. An expired offer posts nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.engine.types import HeldReason
from routing.models import Lead, LeadEvent, Offer
from routing.models.assignments import OfferQuerySet
from routing.services.free_leads import lock_free_leads
from routing.services.waiting import look_again_once_offers_end


def expire_offers(*, now: datetime) -> int:
    """End the offers that are over; how many. A lead that nobody can take up any more is due."""
    over = Offer.objects.standing().filter(until__lte=now)
    return _expire(over, now) if over.exists() else 0


@transaction.atomic
def _expire(over: OfferQuerySet, now: datetime) -> int:
    leads = lock_free_leads(Lead.objects.filter(pk__in=over.values("lead")))
    ended = list(over.filter(lead__in=leads).select_related("rep", "lead").order_by("pk"))
    if not ended:
        return 0
    Offer.objects.filter(pk__in=[offer.pk for offer in ended]).update(ended_at=now, result=Offer.Result.EXPIRED)
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead_id=offer.lead_id,
            kind=LeadEvent.Kind.OFFERED,
            text=f"{offer.rep.name} did not take it in time",
            happened_at=now,
        )
        for offer in ended
    )
    offered = Lead.objects.held().filter(pk__in=[lead.pk for lead in leads], held_reason=HeldReason.OFFERED)
    offered.exclude(pk__in=Offer.objects.standing().values("lead")).update(route_after=now)
    look_again_once_offers_end(offers=ended, now=now)
    ring_after_commit("routing")
    return len(ended)
