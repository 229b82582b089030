"""Webhooks, deliveries and the outbox over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from reps.models import Rep
from routing.models import OutboxMessage, Webhook, WebhookDelivery
from routing.services.agents.secret import agent_secret
from routing.services.webhooks.manage import make_webhook, send_test
from tests.api.conftest import API, patch, post
from tests.factories import make_lead, make_rep

pytestmark = pytest.mark.django_db
HOOKS = f"{API}/webhooks"
URL = "https://crm.example/leads"


def made_of(client: Client, body: dict[str, Any]) -> Any:
    return client.post(HOOKS, body, content_type="application/json")


@pytest.fixture
def hook() -> Webhook:
    return make_webhook(name="CRM", url=URL)


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(api: Client) -> None:
    made = made_of(api, {"name": "CRM", "url": URL, "events": ["lead.held", "lead.assigned"]})
    assert (made.status_code, made.json()["secret"][:6]) == (201, "whsec_")
    read = api.get(made["Location"].removeprefix("http://testserver")).json()
    assert "secret" not in read
    assert read["events"] == ["lead.assigned", "lead.held"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "A", "url": "https://127.0.0.1/"}, "url"),
        ({"name": "A", "url": "http://crm.example/"}, "url"),
        ({"name": "A", "url": "redis://crm.example:6379/"}, "url"),
        ({"name": "A", "url": "https://u:p@crm.example/"}, "url"),
        ({"name": "A", "url": URL, "events": ["lead.eaten"]}, "events.0"),
        ({"name": "CRM", "url": URL}, "name"),
        ({"url": URL}, "name"),
        ({"name": "A", "url": URL, "secret": "whsec_x"}, "secret"),
    ],
)
def test_what_cannot_be_used_is_refused(api: Client, hook: Webhook, body: dict[str, Any], field: str) -> None:
    answer = made_of(api, body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_webhook_is_changed(api: Client, hook: Webhook) -> None:
    answer = patch(api, f"{HOOKS}/{hook.uuid}", active=False)
    assert (answer.json()["active"], answer.json()["name"]) == (False, "CRM")


def test_a_webhook_may_keep_its_name(api: Client, hook: Webhook) -> None:
    assert patch(api, f"{HOOKS}/{hook.uuid}", name="CRM").status_code == 200


def test_a_webhook_goes_with_its_deliveries(api: Client, hook: Webhook, now: datetime) -> None:
    send_test(hook=hook, now=now)
    assert api.delete(f"{HOOKS}/{hook.uuid}").status_code == 204
    assert WebhookDelivery.objects.count() == 0


def test_a_secret_is_exchanged(api: Client, hook: Webhook) -> None:
    answer = post(api, f"{HOOKS}/{hook.uuid}/rotate").json()
    assert answer["secret"] == Webhook.objects.get().secret != hook.secret
    assert answer["former_until"]


def test_a_test_is_sent(api: Client, hook: Webhook) -> None:
    answer = post(api, f"{HOOKS}/{hook.uuid}/test")
    assert (answer.status_code, answer.json()["event"], answer.json()["result"]) == (202, "webhook.test", "waiting")


def test_a_webhook_that_is_switched_off_cannot_be_tested(api: Client, hook: Webhook) -> None:
    Webhook.objects.update(active=False)
    assert post(api, f"{HOOKS}/{hook.uuid}/test").status_code == 409


def test_deliveries_are_narrowed_by_webhook_and_result(api: Client, hook: Webhook, now: datetime) -> None:
    other = make_webhook(name="Other", url=URL)
    send_test(hook=other, now=now)
    dead = send_test(hook=hook, now=now)
    WebhookDelivery.objects.filter(pk=dead.pk).update(result="failed", done_at=now)
    found = api.get(f"{API}/webhook-deliveries?webhook={hook.uuid}&result=failed").json()["results"]
    assert [row["id"] for row in found] == [str(dead.uuid)]
    waiting = api.get(f"{API}/webhook-deliveries?result=waiting").json()["results"]
    assert [row["webhook"] for row in waiting] == [str(other.uuid)]


@pytest.mark.parametrize("text", ["%1C", "%20", "{41b2ae1a-422a-1e3a-a1d4-cf4ce1ab229b}", "CRM"])
def test_what_is_no_id_narrows_nothing_silently(api: Client, text: str) -> None:
    answer = api.get(f"{API}/webhook-deliveries?webhook={text}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["webhook"])


def test_a_delivery_is_sent_again(api: Client, hook: Webhook, now: datetime) -> None:
    delivery = send_test(hook=hook, now=now)
    WebhookDelivery.objects.update(result="failed", done_at=now, tries=10)
    answer = post(api, f"{API}/webhook-deliveries/{delivery.uuid}/retry").json()
    assert (answer["result"], answer["tries"]) == ("waiting", 0)


def test_all_that_was_given_up_is_sent_again(api: Client, hook: Webhook, now: datetime) -> None:
    for _ in range(3):
        send_test(hook=hook, now=now)
    WebhookDelivery.objects.update(result="failed", done_at=now)
    assert post(api, f"{HOOKS}/{hook.uuid}/retry").json() == {"retried": 3}


def test_bodies_are_not_shown(api: Client, hook: Webhook, now: datetime) -> None:
    delivery = send_test(hook=hook, now=now)
    assert "body" not in api.get(f"{API}/webhook-deliveries/{delivery.uuid}").json()


def test_the_outbox_is_listed(api: Client, now: datetime) -> None:
    rep = make_rep("Ana")
    lead = make_lead(now)
    OutboxMessage.objects.create(key="alert:1", kind="alert", rep=rep, lead=lead, created_at=now, available_at=now)
    [row] = api.get(f"{API}/outbox?result=waiting&kind=alert").json()["results"]
    assert (row["id"], row["rep"], row["lead"], row["result"]) == ("alert:1", rep.email, str(lead.uuid), "waiting")


def test_a_message_that_was_given_up_is_sent_again(api: Client, now: datetime) -> None:
    OutboxMessage.objects.create(
        key="problem:1", kind="problem", created_at=now, available_at=now, done_at=now, result="failed"
    )
    assert post(api, f"{API}/outbox/problem:1/retry").json()["result"] == "waiting"


def test_a_message_that_was_sent_is_not_sent_again(api: Client, now: datetime) -> None:
    OutboxMessage.objects.create(
        key="problem:1", kind="problem", created_at=now, available_at=now, done_at=now, result="sent"
    )
    assert post(api, f"{API}/outbox/problem:1/retry").status_code == 409


@pytest.mark.parametrize("path", ["webhooks", "webhook-deliveries", "outbox"])
def test_lists_need_the_right_to_read_the_configuration(api_with: Callable[..., Client], path: str) -> None:
    assert api_with("leads:read").get(f"{API}/{path}").status_code == 403


def test_an_agents_secret_is_told_to_whoever_may_change_the_configuration(
    api: Client, api_with: Callable[..., Client]
) -> None:
    agent = make_rep("Ada", kind=Rep.Kind.AGENT, webhook="https://agent.example/")
    address = f"{API}/reps/{agent.uuid}/agent-secret"
    assert post(api, address).json() == {"secret": agent_secret(agent)}
    assert post(api_with("config:read"), address).status_code == 403


def test_a_person_has_no_agents_secret(api: Client) -> None:
    assert post(api, f"{API}/reps/{make_rep('Bob').uuid}/agent-secret").status_code == 409
