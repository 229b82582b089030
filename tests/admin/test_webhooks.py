"""Webhooks in the admin: the secret is shown once, and what was given up is sent again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from routing.models import Webhook, WebhookDelivery
from routing.services.access import Role
from routing.services.webhooks.manage import make_webhook, send_test
from tests.admin.bulk import do_with_all

LIST = reverse("admin:routing_webhook_changelist")
pytestmark = pytest.mark.django_db


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def act(client: Client, action: str, row: Any) -> Any:
    address = reverse(f"admin:routing_{row._meta.model_name}_changelist")
    return do_with_all(client, address, action, row)


def test_the_secret_is_shown_when_a_webhook_is_made_and_never_again(boss: Client) -> None:
    form = {"name": "CRM", "url": "https://crm.example/", "events": ["lead.held"], "active": "on"}
    answer = boss.post(reverse("admin:routing_webhook_add"), form, follow=True)
    hook = Webhook.objects.get()
    assert hook.secret in told(answer)
    page = boss.get(reverse("admin:routing_webhook_change", args=[hook.pk]))
    assert hook.secret not in page.content.decode()


def test_an_address_that_leads_inwards_is_refused_beside_its_field(boss: Client) -> None:
    form = {"name": "CRM", "url": "https://10.0.0.1/", "active": "on"}
    answer = boss.post(reverse("admin:routing_webhook_add"), form)
    assert "not a public address" in answer.content.decode()
    assert Webhook.objects.count() == 0


def test_a_webhook_can_be_paused(boss: Client) -> None:
    hook = make_webhook(name="CRM", url="https://crm.example/")
    form = {"name": "CRM", "url": "https://crm.example/"}
    boss.post(reverse("admin:routing_webhook_change", args=[hook.pk]), form)
    assert Webhook.objects.get().active is False


def test_the_secret_is_exchanged(boss: Client) -> None:
    hook = make_webhook(name="CRM", url="https://crm.example/")
    answer = act(boss, "exchange_secret", hook)
    assert Webhook.objects.get().former_secret == hook.secret
    assert Webhook.objects.get().secret in told(answer)


def test_a_test_is_sent(boss: Client) -> None:
    act(boss, "send_test", make_webhook(name="CRM", url="https://crm.example/"))
    assert WebhookDelivery.objects.get().event == "webhook.test"


@pytest.mark.parametrize("page", ["webhook", "delivery"])
def test_what_was_given_up_is_sent_again(boss: Client, now: Any, page: str) -> None:
    hook = make_webhook(name="CRM", url="https://crm.example/")
    delivery = send_test(hook=hook, now=now)
    WebhookDelivery.objects.update(result="failed", done_at=now, tries=10)
    act(boss, "send_again", hook if page == "webhook" else delivery)
    assert (WebhookDelivery.objects.get().result, WebhookDelivery.objects.get().tries) == ("", 0)


def test_a_rep_sees_no_webhooks(sign_in: Any) -> None:
    assert sign_in(Role.REP).get(LIST).status_code == 403


def test_a_delivery_without_an_answer_shows_a_dash(boss: Client, now: datetime) -> None:
    hook = make_webhook(name="CRM", url="https://crm.example/", events=[])
    send_test(hook=hook, now=now)

    page = boss.get(reverse("admin:routing_webhookdelivery_changelist")).content.decode()

    assert '<span class="lr-quiet"></span>' not in page
