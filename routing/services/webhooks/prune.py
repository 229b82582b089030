"""Deliveries that are of no use any more: removed by their age, some at a time, oldest first."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from routing.models import WebhookDelivery
from routing.models.webhooks import WebhookDeliveryQuerySet
from routing.services.webhooks.dead_letters import close_incidents

MOST = 1_000
"""So many are removed at a time: a turn of the clock takes moments, whatever has piled up."""
Result = WebhookDelivery.Result


def prune_deliveries(*, now: datetime) -> int:
    """Remove what arrived WEBHOOK_DAYS ago, and what was given up DEAD_LETTER_DAYS ago; how many.

    Keys rise with time, so both look at the beginning of the table only, and need no index of their own: of what lies
    before the first that arrived, nothing else is left than what waits or was given up.
    """
    arrived = WebhookDelivery.objects.filter(result=Result.SENT).order_by("pk")
    first = arrived.values_list("pk", "created_at").first()
    removed = 0
    if settings.WEBHOOK_DAYS > 0 and first and first[1] < (end := now - timedelta(days=settings.WEBHOOK_DAYS)):
        removed = _remove(arrived, end)
    if settings.DEAD_LETTER_DAYS > 0:
        dead = WebhookDelivery.objects.filter(result=Result.FAILED, **({"pk__lt": first[0]} if first else {}))
        removed += _remove_dead(dead.order_by("pk"), now=now)
    return removed


def _remove(deliveries: WebhookDeliveryQuerySet, end: datetime) -> int:
    oldest = deliveries.values_list("pk", "created_at")[:MOST]
    keys = [pk for pk, created_at in oldest if created_at < end]
    # as it was when it was looked at: somebody may send it again at this moment
    return deliveries.order_by().filter(pk__in=keys).delete()[0] if keys else 0


def _remove_dead(deliveries: WebhookDeliveryQuerySet, *, now: datetime) -> int:
    """And close the incidents about webhooks of which nothing is left that was given up."""
    end = now - timedelta(days=settings.DEAD_LETTER_DAYS)
    oldest = deliveries.values_list("pk", "created_at", "webhook")[:MOST]
    keys = {pk: hook for pk, created_at, hook in oldest if created_at < end}
    if not keys:
        return 0
    with transaction.atomic():
        removed = deliveries.order_by().filter(pk__in=keys).delete()[0]
        close_incidents(set(keys.values()), now=now)
    return int(removed)
