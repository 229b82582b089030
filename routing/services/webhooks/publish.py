"""What happened → deliveries to every webhook that wants to hear of it, in the transaction in which it happened."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from routing.doorbell import ring_after_commit
from routing.models import RulebookVersion, Webhook, WebhookDelivery, WebhookEvent
from routing.snapshots.lead_documents import instant_text, lead_document, lead_rows

BULK = 1_000
"""Leads that are read, and deliveries that are stored, by one set of statements."""


def publish_lead_events(event: WebhookEvent, lead_ids: Collection[int], *, now: datetime) -> None:
    """Tell of leads, as they are now in the caller's transaction. One small query if nobody listens."""
    publish_events({event: lead_ids}, now=now)


def publish_events(happened: Mapping[WebhookEvent, Collection[int]], *, now: datetime) -> None:
    """The same for several events, which look up together who listens."""
    told = {event: list(leads) for event, leads in happened.items() if leads}
    listeners = _listeners(told) if told else {}
    deliveries = [
        _delivery(hook, event, document, now=now, lead_id=pk)
        for event, hooks in listeners.items()
        for pk, document in _documents(told[event])
        for hook in hooks
    ]
    _store(deliveries)


def publish_rulebook_event(version: RulebookVersion, *, now: datetime) -> None:
    """Tell that a version of the rulebook is followed from now on."""
    event = WebhookEvent.RULEBOOK_PUBLISHED
    data = {"version": version.number, "note": version.note, "published_at": instant_text(version.published_at)}
    _store([_delivery(hook, event, data, now=now) for hook in _listeners([event]).get(event, ())])


def body_of(event: str, data: Mapping[str, Any], *, now: datetime) -> str:
    """The JSON that is sent, and signed: what happened, when, and to what."""
    body = {"type": event, "timestamp": instant_text(now), "data": data}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _listeners(events: Iterable[WebhookEvent]) -> dict[WebhookEvent, list[int]]:
    """The webhooks that want each event; one small query."""
    hooks = list(Webhook.objects.active().order_by("pk").values_list("pk", "events"))
    wanting = {event: [pk for pk, wanted in hooks if not wanted or event in wanted] for event in events}
    return {event: found for event, found in wanting.items() if found}


def _documents(lead_ids: Collection[int]) -> Iterable[tuple[int, dict[str, Any]]]:
    """Each lead as the API shows it; one that is gone by now is left out."""
    ids = sorted(lead_ids)
    for start in range(0, len(ids), BULK):
        for lead in lead_rows().filter(pk__in=ids[start : start + BULK]).order_by("pk"):
            yield lead.pk, lead_document(lead)


def _delivery(
    hook: int, event: WebhookEvent, data: Mapping[str, Any], *, now: datetime, lead_id: int | None = None
) -> WebhookDelivery:
    return WebhookDelivery(
        uuid=uuid.uuid4(),
        webhook_id=hook,
        event=event,
        lead_id=lead_id,
        body=body_of(event, data, now=now),
        created_at=now,
        available_at=now,
    )


def _store(deliveries: list[WebhookDelivery]) -> None:
    if deliveries:
        WebhookDelivery.objects.bulk_create(deliveries, batch_size=BULK)
        ring_after_commit("calls")
