"""What tests of outgoing calls share: a switchboard that makes each call at once, and webhooks to call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

from routing.models import Webhook, WebhookDelivery
from routing.services.calls import Switchboard
from routing.services.webhooks.manage import make_webhook
from tests.receiver import Receiver


def call_all(now: datetime) -> int:
    """Make the calls that are due, one after the other, with a watch that stands still; how many."""
    return Switchboard(lambda: now, start=lambda work: work()).take()


def hook_to(target: Receiver | str, settings: Any, **fields: Any) -> Webhook:
    """A webhook to a receiver on this machine."""
    url = target if isinstance(target, str) else target.url
    if not isinstance(target, str):
        settings.OUTGOING_ALLOWED = [*settings.OUTGOING_ALLOWED, target.host]
    number = Webhook.objects.count() + 1
    return make_webhook(**{"name": f"CRM {number}", "url": url} | fields)


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


@contextmanager
def threads() -> Iterator[Callable[[Callable[[], None]], None]]:
    """What starts each call in a thread of its own; all have ended at the end, and their connections are closed."""
    started: list[threading.Thread] = []

    def start(work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                connection.close()

        started.append(threading.Thread(target=run))
        started[-1].start()

    try:
        yield start
    finally:
        for thread in started:
            thread.join(20)
