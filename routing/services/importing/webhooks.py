"""Import webhooks by name. One that is there keeps its secret; a new one has a secret that nobody has seen."""

from __future__ import annotations

from collections.abc import Sequence

from routing.models import Webhook
from routing.rulebook.config.webhooks import WebhookSpec, webhook_document
from routing.rulebook.words import value_in_words
from routing.services.importing.rows import Import
from routing.services.webhooks.manage import change_webhook, make_webhook

READ_SECRET = "To get its secret, exchange it: in the admin, or with POST /api/v1/webhooks/{id}/rotate."


def import_webhooks(run: Import, specs: Sequence[WebhookSpec]) -> None:
    """Webhooks that the file does not name stay as they are."""
    existing = {hook.name: hook for hook in Webhook.objects.all()}
    for spec in specs:
        values: dict[str, object] = {"url": spec.url, "events": spec.events, "active": spec.active}
        hook = existing.get(spec.name)
        if hook is None:
            hook = make_webhook(name=spec.name, url=spec.url, events=spec.events, active=spec.active)
            run.say(f"Webhook “{spec.name}” is new. {READ_SECRET.format(id=hook.uuid)}")
            continue
        before = webhook_document(hook)
        changed = {name: value for name, value in values.items() if before[name] != value}
        for name, value in changed.items():
            run.say(f"Webhook “{spec.name}”: {name}: {value_in_words(before[name])} → {value_in_words(value)}.")
        if changed:
            change_webhook(hook=hook, changes=changed)
