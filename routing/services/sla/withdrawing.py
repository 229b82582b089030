"""Offers that nobody can take up any more, and those to whom that is said."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from routing import outbox
from routing.models import Lead, Offer
from routing.services.sla.messages import offer_gone
from routing.services.waiting import look_again_once_offers_end


def withdraw_all(leads: Collection[Lead], *, now: datetime) -> None:
    """End the standing offers of these leads, which are locked. Whoever was told of one hears that it is gone."""
    standing = list(Offer.objects.standing().filter(lead__in=leads).select_related("lead").order_by("pk"))
    if not standing:
        return
    Offer.objects.filter(pk__in=[offer.pk for offer in standing]).update(ended_at=now, result=Offer.Result.WITHDRAWN)
    outbox.publish([offer_gone(offer, now=now) for offer in standing if offer.alerted_at])
    look_again_once_offers_end(offers=standing, now=now)
