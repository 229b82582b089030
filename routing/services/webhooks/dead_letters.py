"""Deliveries that were given up: somebody hears of them, and they can be sent again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction

from routing.doorbell import ring_after_commit
from routing.models import Incident, Webhook, WebhookDelivery
from routing.models.webhooks import WebhookDeliveryQuerySet

LONGEST_TEXT = 500


def note_dead_letter(hook: Webhook, event: str, error: str, *, now: datetime) -> None:
    """Open an incident about the webhook, or say in the one that is open that it goes on."""
    text = f"A delivery of {event} to the webhook “{hook.name}” was given up: {error} Look at it and send it again."
    seen = Incident.objects.open().filter(kind=Incident.Kind.DEAD_LETTER, subject=hook.name)
    if seen.update(seen_at=now, text=text[:LONGEST_TEXT]):
        return
    try:
        with transaction.atomic():
            Incident.objects.create(
                kind=Incident.Kind.DEAD_LETTER, subject=hook.name, text=text[:LONGEST_TEXT], opened_at=now, seen_at=now
            )
    except IntegrityError:  # another thread was faster
        seen.update(seen_at=now, text=text[:LONGEST_TEXT])


@transaction.atomic
def retry_deliveries(deliveries: WebhookDeliveryQuerySet, *, now: datetime) -> int:
    """Send these at once, with all their tries before them, also those that had arrived; how many."""
    hooks = set(deliveries.values_list("webhook", flat=True))
    retried = deliveries.update(
        available_at=now, lease_until=None, tries=0, done_at=None, result=WebhookDelivery.Result.WAITING, error=""
    )
    close_incidents(hooks, now=now)
    ring_after_commit("calls")
    return retried


def close_incidents(hooks: Collection[int], *, now: datetime) -> None:
    """Those about webhooks of which nothing is left that was given up."""
    names = Webhook.objects.filter(pk__in=hooks).exclude(deliveries__result=WebhookDelivery.Result.FAILED)
    over = Incident.objects.open().filter(
        kind=Incident.Kind.DEAD_LETTER, subject__in=names.values_list("name", flat=True)
    )
    over.update(closed_at=now)
