"""The section webhooks. Secrets are in no file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from routing.models import Webhook, WebhookEvent
from routing.notifications.http import Refused, check_url
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader
from routing.rulebook.requirements import Finding


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    name: str
    url: str
    events: list[str] = field(default_factory=list)
    active: bool = True


def read_webhook(row: Reader, known: Known) -> WebhookSpec:
    url = row.text("url", limit=500, required=True)
    try:
        if url:
            check_url(url)
    except Refused as error:
        row.error("url", str(error))
    return WebhookSpec(
        name=row.text("name", limit=100, required=True),
        url=url,
        events=sorted(row.value("events", [], _unknown_events)),
        active=row.flag("active", True),
    )


def webhook_document(hook: Webhook) -> dict[str, Any]:
    """A webhook as the file writes it."""
    return {"name": hook.name, "url": hook.url, "events": hook.events, "active": hook.active}


def _unknown_events(value: Any) -> Iterable[Finding]:
    if not isinstance(value, list):
        return [("", "write a list of events, such as [lead.assigned].")]
    known = ", ".join(WebhookEvent.values)
    return [
        (f"[{index}]", f"there is no such event. The events are: {known}.")
        for index, event in enumerate(value)
        if event not in WebhookEvent.values
    ]
