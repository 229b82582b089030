"""What can be done with many API keys, webhooks and deliveries."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.utils.html import format_html

from routing.admin.base import note_named
from routing.admin.bulk.act import BulkAct, Doing, Left, allowed_to
from routing.models import ApiKey, Webhook, WebhookDelivery
from routing.services.api_keys import CannotRotate, revoke, rotate
from routing.services.webhooks.dead_letters import retry_deliveries
from routing.services.webhooks.manage import rotate_secret, send_test

SHOWN_ONCE = "Copy the {} “{}” now, it is not shown again: <code>{}</code>{}"
CHANGE_KEYS, CHANGE_WEBHOOKS = "routing.change_apikey", "routing.change_webhook"
EXCHANGED = "Exchanged since you chose it"


def _exchange_key(key: ApiKey, doing: Doing) -> None:
    """Whoever confirms twice would throw away the secret that programs use: compared under the lock of the row."""
    if ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk).prefix != doing.state:
        raise Left(EXCHANGED)
    try:
        made = rotate(key=key, now=doing.now)
    except CannotRotate as refused:
        raise Left(str(refused)) from refused
    note_named(doing.request, "key.exchanged", made.key)
    rest = ". The former one works for 24 hours too."
    messages.warning(doing.request, format_html(SHOWN_ONCE, "key", made.key.name, made.secret, rest))


def _revoke(key: ApiKey, doing: Doing) -> None:
    revoke(key=key, now=doing.now)
    note_named(doing.request, "key.revoked", key)


def _not_revoked(key: ApiKey) -> str:
    return "Revoked already" if key.revoked_at else ""


KEY_ACTS = (
    BulkAct(
        "exchange_secret", "Exchange the secret", "Each gets a new secret, shown once on the next page. The former "
        "one works for 24 hours too.", "Exchange the secrets of {}", "exchanged", allowed_to(CHANGE_KEYS),
        _exchange_key, why_not=_not_revoked, state=lambda key: key.prefix,
    ),
    BulkAct(
        "revoke_now", "Revoke at once", "Within two seconds they open nothing any more, and programs that use them "
        "are refused. That cannot be undone.", "Revoke {}", "revoked", allowed_to(CHANGE_KEYS), _revoke,
        why_not=_not_revoked, red=True,
    ),
)  # fmt: skip


def _last_exchange(hook: Webhook) -> str:
    return f"{hook.former_until.timestamp():.6f}" if hook.former_until else ""


def _exchange_webhook(hook: Webhook, doing: Doing) -> None:
    if _last_exchange(Webhook.objects.select_for_update(no_key=True).get(pk=hook.pk)) != doing.state:
        raise Left(EXCHANGED)
    rotated = rotate_secret(hook=hook, now=doing.now)
    rest = ". For 24 hours deliveries are signed with the former one too."
    messages.warning(doing.request, format_html(SHOWN_ONCE, "secret of", rotated.name, rotated.secret, rest))


def _dead(hook: Any) -> str:
    return "" if hook.dead_count else "Nothing was given up"


def _send_again(hooks: list[Any], doing: Doing) -> str:
    dead = WebhookDelivery.objects.filter(webhook__in=[hook.pk for hook in hooks], result=WebhookDelivery.Result.FAILED)
    return f"Sent again: {retry_deliveries(dead, now=doing.now)}."


WEBHOOK_ACTS = (
    BulkAct(
        "send_test", "Send a test", "Each gets a delivery that tells of nothing. The deliveries say whether it has "
        "arrived.", "Send a test to {}", "tested: the deliveries say whether it has arrived",
        allowed_to(CHANGE_WEBHOOKS), lambda hook, doing: send_test(hook=hook, now=doing.now),
        why_not=lambda hook: "" if hook.active else "Switched off",
    ),
    BulkAct(
        "exchange_secret", "Exchange the secret", "Each gets a new secret, shown once on the next page. For a day "
        "deliveries are signed with both.", "Exchange the secrets of {}", "exchanged", allowed_to(CHANGE_WEBHOOKS),
        _exchange_webhook, state=_last_exchange,
    ),
    BulkAct(
        "send_again", "Send again what was given up", "All deliveries that were given up are sent at once, with all "
        "their tries before them.", "Send again what {} missed", "sent again", allowed_to(CHANGE_WEBHOOKS),
        together=_send_again, why_not=_dead,
    ),
)  # fmt: skip


def _send_these(deliveries: list[Any], doing: Doing) -> str:
    chosen = WebhookDelivery.objects.filter(pk__in=[row.pk for row in deliveries])
    return f"Sent again: {retry_deliveries(chosen, now=doing.now)}."


DELIVERY_ACTS = (
    BulkAct(
        "send_again", "Send again", "They are sent at once, with all their tries before them. Programs that had one "
        "already get it twice, with the same id.", "Send {} again", "sent again",
        allowed_to(CHANGE_WEBHOOKS), together=_send_these,
    ),
)  # fmt: skip
