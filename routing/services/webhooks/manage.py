"""Webhooks as people keep them: made with a secret, tested, given a new secret."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.models import Webhook, WebhookDelivery, WebhookEvent
from routing.notifications.http import Refused, check_url
from routing.notifications.signing import new_secret
from routing.services.edit_conflicts import check_revision
from routing.services.privacy import audit_log
from routing.services.webhooks.publish import body_of

FORMER_SECRET = timedelta(hours=24)
"""So long after a rotation deliveries are signed with the former secret too."""
TEST = "webhook.test"


def wrong_with(*, url: str, events: Sequence[str]) -> dict[str, list[str]]:
    """What cannot be used, by field."""
    errors: dict[str, list[str]] = {}
    try:
        check_url(url)
    except Refused as error:
        errors["url"] = [str(error)]
    if unknown := [event for event in events if event not in WebhookEvent.values]:
        known = ", ".join(WebhookEvent.values)
        errors["events"] = [f"Not known: {', '.join(map(str, unknown))}. The events are: {known}."]
    return errors


def make_webhook(*, name: str, url: str, events: Sequence[str] = (), active: bool = True) -> Webhook:
    """A webhook with a secret of its own, which is shown now or never."""
    return Webhook.objects.create(name=name, url=url, events=sorted(events), active=active, secret=new_secret())


@transaction.atomic
def change_webhook(*, hook: Webhook, changes: dict[str, object], revision: str = "") -> Webhook:
    """Set what was given. Who switches it on again forgets why it was off.

    Raises EditedMeanwhile if `revision` is another one's.
    """
    row = Webhook.objects.select_for_update(no_key=True).get(pk=hook.pk)
    if revision:
        check_revision(row, revision)
    for field, value in changes.items():
        setattr(row, field, value)
    row.events = sorted(row.events)
    if row.active:
        row.stopped_reason = ""
    row.save()
    ring_after_commit("calls")
    return row


@transaction.atomic
def remove_webhook(*, hook: Webhook, revision: str = "") -> None:
    """Take it out with its deliveries. Raises EditedMeanwhile if `revision` is another one's."""
    if revision:
        check_revision(hook, revision)
    hook.delete()


@transaction.atomic
def rotate_secret(*, hook: Webhook, now: datetime) -> Webhook:
    """Another secret from now on; for a day deliveries are signed with both."""
    row = Webhook.objects.select_for_update(no_key=True).get(pk=hook.pk)
    row.former_secret, row.former_until, row.secret = row.secret, now + FORMER_SECRET, new_secret()
    row.save(update_fields=["secret", "former_secret", "former_until"])
    audit_log.note(action="webhook.secret_exchanged", subject=row, now=now)
    return row


@transaction.atomic
def send_test(*, hook: Webhook, now: datetime) -> WebhookDelivery:
    """A delivery that tells of nothing, to see that deliveries arrive."""
    delivery = WebhookDelivery.objects.create(
        uuid=uuid.uuid4(),
        webhook=hook,
        event=TEST,
        body=body_of(TEST, {"webhook": hook.name}, now=now),
        created_at=now,
        available_at=now,
    )
    ring_after_commit("calls")
    return delivery
