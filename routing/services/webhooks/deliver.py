"""Deliveries that are due: claimed with a lease, sent one after the other to each webhook, and marked at once.

At least once, in no promised order. A target that is down rests as a whole: one delivery at a time finds out whether
it is back, and the others are not counted as tried.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import F, Min

from routing import crash
from routing.models import Webhook, WebhookDelivery
from routing.services.webhooks.dead_letters import note_dead_letter
from routing.services.webhooks.send import Tried, try_delivery

SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each failed try the next one comes; after the last of them a delivery is given up."""
LEASE = timedelta(seconds=60)
TIME_TO_SEND = 30.0
"""After so many seconds the rest is put back: it must not be sent by two once its lease is over."""
CHUNK = 20
REST = timedelta(seconds=30)
LONGEST_ERROR = 300
Clock = Callable[[], datetime]


def claim_webhook_calls(now: datetime, limit: int, busy: Collection[str]) -> list[tuple[str, Callable[[Clock], None]]]:
    """For at most `limit` webhooks that nobody is busy with: what is due for them, those that wait longest first."""
    due = WebhookDelivery.objects.due(now).filter(webhook__active=True).exclude(webhook__in=[int(pk) for pk in busy])
    waiting = due.values("webhook").annotate(oldest=Min("available_at")).order_by("oldest", "webhook")
    hooks = list(waiting.values_list("webhook", flat=True)[:limit])
    claimed = [(pk, _claim(pk, now=now)) for pk in hooks]
    return [(str(pk), partial(deliver, pk, deliveries)) for pk, deliveries in claimed if deliveries]


def _claim(hook_id: int, *, now: datetime) -> list[WebhookDelivery]:
    with transaction.atomic():
        rows = WebhookDelivery.objects.due(now).filter(webhook=hook_id).order_by("available_at", "pk")
        locked = rows.select_for_update(
            no_key=True, of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
        )
        claimed = list(locked[:CHUNK])
        ids = [delivery.pk for delivery in claimed]
        WebhookDelivery.objects.filter(pk__in=ids).update(lease_until=now + LEASE, tries=F("tries") + 1)
    for delivery in claimed:
        delivery.tries += 1
    return claimed


def deliver(hook_id: int, deliveries: Sequence[WebhookDelivery], clock: Clock) -> None:
    """Send what was claimed for one webhook, until it is done, takes too long, or the target is down."""
    started = time.monotonic()
    hook = Webhook.objects.filter(pk=hook_id).first()
    for number, delivery in enumerate(deliveries):
        if hook is None or not hook.active or time.monotonic() - started > TIME_TO_SEND:
            put_back(deliveries[number:])
            return
        tried = try_delivery(delivery, hook, now=clock())
        crash.crash_point("after_call_before_mark")
        store_try(delivery, hook, tried, now=clock())
        if tried.down or tried.gone:
            put_back(deliveries[number + 1 :])
            _let_rest(hook, max(REST, tried.again_after), now=clock())
            return


def store_try(delivery: WebhookDelivery, hook: Webhook, tried: Tried, *, now: datetime) -> None:
    """Mark what became of a try; nothing is undone by a latecomer."""
    Result = WebhookDelivery.Result
    values: dict[str, object] = {"status_code": tried.status, "error": tried.error[:LONGEST_ERROR], "lease_until": None}
    over = tried.gone or delivery.tries > len(SCHEDULE)
    if tried.ok or over:
        values |= {"done_at": now, "result": Result.SENT if tried.ok else Result.FAILED}
    else:
        values["available_at"] = now + max(back_off(delivery), tried.again_after)
    with transaction.atomic():
        if not WebhookDelivery.objects.waiting().filter(pk=delivery.pk).update(**values):
            return
        if tried.gone:
            _switch_off(hook)
        if over and not tried.ok:
            note_dead_letter(hook, delivery.event, tried.error, now=now)


def back_off(delivery: WebhookDelivery) -> timedelta:
    """The schedule's wait, moved by up to a tenth so that not everything comes back at once."""
    wait = SCHEDULE[min(delivery.tries, len(SCHEDULE)) - 1]
    jitter = zlib.crc32(f"{delivery.uuid}/{delivery.tries}".encode()) / 2**32
    return wait * (0.9 + jitter / 5)


def put_back(deliveries: Sequence[WebhookDelivery]) -> None:
    """They were claimed and not tried."""
    ids = [delivery.pk for delivery in deliveries]
    WebhookDelivery.objects.waiting().filter(pk__in=ids).update(lease_until=None, tries=F("tries") - 1)


def _let_rest(hook: Webhook, pause: timedelta, *, now: datetime) -> None:
    """Nothing that waits for this target is tried before it has rested."""
    until = now + pause
    WebhookDelivery.objects.due(now).filter(webhook=hook, available_at__lt=until).update(available_at=until)


def _switch_off(hook: Webhook) -> None:
    Webhook.objects.filter(pk=hook.pk).update(
        active=False, stopped_reason="The target answered 410: it wants no more deliveries."
    )
