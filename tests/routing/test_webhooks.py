"""Outgoing webhooks: who hears of what, how it arrives, and what happens to what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from reps.models import Rep
from routing.api.serializers.leads import LeadSerializer
from routing.models import Incident, Lead, Webhook, WebhookDelivery, WebhookEvent
from routing.services.lead_actions import accept, reassign, respond, set_outcome
from routing.services.privacy.erasing import erase_lead
from routing.services.receive_lead import receive_lead, receive_leads
from routing.services.route_pending import route_all
from routing.services.webhooks.dead_letters import retry_deliveries
from routing.services.webhooks.deliver import SCHEDULE
from routing.services.webhooks.manage import change_webhook, rotate_secret, send_test
from routing.services.webhooks.publish import publish_lead_events
from routing.snapshots.lead_documents import lead_document, lead_rows
from tests.factories import make_account, make_lead, make_rep
from tests.receiver import Receiver, Reply, receiver
from tests.routing.calls import call_all, hook_to, only
from tests.routing.lead_acts import open_company, owner_of, routed

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def target() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def told() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("event", flat=True))


def failing(now: datetime, hook: Webhook, tries: int) -> WebhookDelivery:
    """A delivery that has failed so often."""
    delivery = send_test(hook=hook, now=now)
    WebhookDelivery.objects.filter(pk=delivery.pk).update(tries=tries)
    return delivery


# --- who hears of what -------------------------------------------------------------------------------------------


def test_a_lead_is_told_of_from_its_arrival_to_its_outcome(now: datetime, settings: Any) -> None:
    open_company(now)
    hook_to("https://crm.example/", settings)
    receive_lead(facts={"email": "mia@customer.example"}, now=now)
    route_all(now=now)
    lead = Lead.objects.get()
    owner = owner_of(lead)
    accept(lead=lead, rep=owner, now=now, actor="Ana")
    respond(lead=lead, rep=owner, channel="call", note="", now=now, actor="Ana")
    reassign(lead=lead, rep=make_rep("Zoe"), reason="", counts=False, now=now, actor="Bo")
    set_outcome(lead=lead, stage="won", amount=None, reason="", now=now, actor="Zoe")
    events = ["received", "assigned", "accepted", "responded", "reassigned", "outcome"]
    assert told() == [f"lead.{event}" for event in events]


def test_a_lead_that_waits_is_told_of_once(now: datetime, settings: Any) -> None:
    open_company(now)
    hook_to("https://crm.example/", settings, events=["lead.held"])
    Rep.objects.update(active=False)
    make_lead(now)
    route_all(now=now)
    Lead.objects.update(route_after=now)
    route_all(now=now + MINUTE)
    assert told() == ["lead.held"]


def test_publishing_is_told_of_with_the_version(now: datetime, settings: Any) -> None:
    hook_to("https://crm.example/", settings)
    open_company(now)
    body = json.loads(only().body)
    assert (body["type"], body["data"]["version"]) == ("rulebook.published", 1)


def test_a_webhook_hears_only_of_what_it_wants(now: datetime, settings: Any) -> None:
    wanting = hook_to("https://a.example/", settings, events=["lead.received"])
    hook_to("https://b.example/", settings, events=["lead.held"])
    hook_to("https://c.example/", settings, active=False)
    publish_lead_events(WebhookEvent.LEAD_RECEIVED, [make_lead(now).pk], now=now)
    assert only().webhook == wanting


def test_a_test_lead_is_told_of_as_one(now: datetime, settings: Any) -> None:
    hook_to("https://crm.example/", settings)
    publish_lead_events(WebhookEvent.LEAD_RECEIVED, [make_lead(now, test=True).pk], now=now)
    assert json.loads(only().body)["data"]["test"] is True


def test_a_lead_that_is_gone_is_left_out(now: datetime, settings: Any) -> None:
    hook_to("https://crm.example/", settings)
    publish_lead_events(WebhookEvent.LEAD_RECEIVED, [4711], now=now)
    assert told() == []


def test_erasing_a_lead_erases_what_was_told_of_it(now: datetime, settings: Any) -> None:
    hook_to("https://crm.example/", settings)
    lead = make_lead(now)
    publish_lead_events(WebhookEvent.LEAD_RECEIVED, [lead.pk], now=now)
    erase_lead(lead=lead, now=now)
    assert told() == []


def test_a_lead_is_told_of_as_the_api_shows_it(now: datetime) -> None:
    open_company(now)
    facts = {"employees": 5, "annual_revenue": 1500.5, "utm": {"a": "b"}, "attributes": {"n": [1]}, "consent": True}
    lead = routed(now, **facts)
    Lead.objects.filter(pk=lead.pk).update(account=make_account("Globex"), review_date=now.date(), score=2.5)
    for row in lead_rows():
        shown = json.loads(json.dumps(LeadSerializer(row).data, default=str))
        assert json.loads(json.dumps(lead_document(row))) == shown


def test_who_tells_nobody_asks_once_however_many_leads(now: datetime) -> None:
    ids = [make_lead(now).pk for _ in range(20)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        publish_lead_events(WebhookEvent.LEAD_RECEIVED, ids, now=now)
    assert len(queries) == 1


def test_telling_of_many_leads_takes_no_more_queries_than_of_one(now: datetime, settings: Any) -> None:
    hook_to("https://crm.example/", settings)
    numbers = []
    for amount in (1, 50):
        ids = [make_lead(now).pk for _ in range(amount)]
        with CaptureQueriesContext(connection) as queries:
            publish_lead_events(WebhookEvent.LEAD_RECEIVED, ids, now=now)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_an_import_is_told_of_too(now: datetime, settings: Any) -> None:
    hook_to("https://crm.example/", settings)
    receive_leads(submissions=[{"email": f"a{n}@customer.example"} for n in range(3)], now=now)
    assert told() == ["lead.received"] * 3


# --- how it arrives ----------------------------------------------------------------------------------------------


def test_a_delivery_arrives_with_a_signature_that_verifies(target: Receiver, settings: Any) -> None:
    now = datetime.now(UTC)
    hook = hook_to(target, settings)
    publish_lead_events(WebhookEvent.LEAD_RECEIVED, [make_lead(now).pk], now=now)
    call_all(now)
    [call] = target.calls
    assert Verifier(hook.secret).verify(call.body, call.headers)["type"] == "lead.received"
    assert call.headers["webhook-id"] == str(only().uuid)
    assert (only().result, only().status_code, only().done_at) == ("sent", 200, now)


def test_a_changed_body_does_not_verify(target: Receiver, settings: Any) -> None:
    now = datetime.now(UTC)
    hook = hook_to(target, settings)
    send_test(hook=hook, now=now)
    call_all(now)
    [call] = target.calls
    with pytest.raises(WebhookVerificationError):
        Verifier(hook.secret).verify(call.body + b" ", call.headers)


def test_for_a_day_after_a_rotation_both_secrets_verify(target: Receiver, settings: Any) -> None:
    now = datetime.now(UTC)
    hook = hook_to(target, settings)
    former, rotated = hook.secret, rotate_secret(hook=hook, now=now - timedelta(hours=23)).secret
    send_test(hook=hook, now=now)
    call_all(now)
    [call] = target.calls
    for secret in (former, rotated):
        assert Verifier(secret).verify(call.body, call.headers)["type"] == "webhook.test"


def test_a_change_by_somebody_who_saw_the_former_secret_does_not_bring_it_back(settings: Any, now: datetime) -> None:
    hook = hook_to("https://crm.example/in", settings)
    rotated = rotate_secret(hook=hook, now=now)

    changed = change_webhook(hook=hook, changes={"name": "Another name"})

    assert (changed.secret, changed.name) == (rotated.secret, "Another name")


def test_a_day_after_a_rotation_the_former_secret_is_over(target: Receiver, settings: Any) -> None:
    now = datetime.now(UTC)
    hook = hook_to(target, settings)
    former = hook.secret
    rotate_secret(hook=hook, now=now - timedelta(hours=25))
    send_test(hook=hook, now=now)
    call_all(now)
    with pytest.raises(WebhookVerificationError):
        Verifier(former).verify(target.calls[0].body, target.calls[0].headers)


def test_nothing_is_sent_twice(now: datetime, target: Receiver, settings: Any) -> None:
    send_test(hook=hook_to(target, settings), now=now)
    assert (call_all(now), call_all(now)) == (1, 0)


# --- what does not arrive ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_what_is_not_taken_is_tried_again(now: datetime, target: Receiver, settings: Any, status: int) -> None:
    target.answer = lambda call: Reply(status, {"Location": "http://127.0.0.1:1/"})
    send_test(hook=hook_to(target, settings), now=now)
    call_all(now)
    delivery = only()
    assert (delivery.result, delivery.status_code, delivery.tries) == ("", status, 1)
    assert timedelta(seconds=4) < delivery.available_at - now < timedelta(seconds=6)


def test_what_cannot_be_signed_counts_as_a_try_and_says_what_to_do(
    now: datetime, target: Receiver, settings: Any
) -> None:
    hook = hook_to(target, settings)
    Webhook.objects.filter(pk=hook.pk).update(secret="not base64")
    send_test(hook=hook, now=now)
    call_all(now)
    assert (only().tries, only().lease_until) == (1, None)
    assert "Exchange the secret" in only().error


def test_the_same_delivery_keeps_its_id_on_every_try(now: datetime, target: Receiver, settings: Any) -> None:
    replies = iter([Reply(500), Reply(200)])
    target.answer = lambda call: next(replies)
    send_test(hook=hook_to(target, settings), now=now)
    call_all(now)
    call_all(now + MINUTE)
    assert target.calls[0].headers["webhook-id"] == target.calls[1].headers["webhook-id"]
    assert target.calls[0].body == target.calls[1].body
    assert only().result == "sent"


@pytest.mark.parametrize("tries", range(len(SCHEDULE)))
def test_the_schedule_is_that_of_standard_webhooks(now: datetime, settings: Any, tries: int) -> None:
    failing(now, hook_to("https://nowhere.invalid/", settings), tries)
    settings.OUTGOING_ALLOWED = []
    with receiver(lambda call: Reply(400)) as down:
        Webhook.objects.update(url=down.url)
        settings.OUTGOING_ALLOWED = [down.host]
        call_all(now)
    wait = only().available_at - now
    assert 0.9 * SCHEDULE[tries] <= wait <= 1.1 * SCHEDULE[tries]


def test_after_the_last_try_it_is_given_up_and_people_hear(now: datetime, target: Receiver, settings: Any) -> None:
    target.answer = lambda call: Reply(400)
    failing(now, hook_to(target, settings, name="CRM"), len(SCHEDULE))
    call_all(now)
    assert (only().result, only().error) == ("failed", "It answered 400.")
    incident = Incident.objects.get()
    assert (incident.kind, incident.subject, incident.closed_at) == ("dead_letter", "CRM", None)


def test_what_was_given_up_can_be_sent_again(now: datetime, target: Receiver, settings: Any) -> None:
    target.answer = lambda call: Reply(400)
    failing(now, hook_to(target, settings), len(SCHEDULE))
    call_all(now)
    target.answer = lambda call: Reply()
    assert retry_deliveries(WebhookDelivery.objects.all(), now=now) == 1
    call_all(now)
    assert only().result == "sent"
    assert Incident.objects.open().count() == 0


def test_a_target_that_is_gone_is_switched_off(now: datetime, target: Receiver, settings: Any) -> None:
    target.answer = lambda call: Reply(410)
    hook = hook_to(target, settings)
    send_test(hook=hook, now=now)
    call_all(now)
    hook.refresh_from_db()
    assert (hook.active, only().result) == (False, "failed")
    assert "410" in hook.stopped_reason


def test_whoever_switches_it_on_again_forgets_why_it_was_off(now: datetime, settings: Any) -> None:
    hook = hook_to("https://crm.example/", settings)
    Webhook.objects.update(active=False, stopped_reason="410")
    hook.refresh_from_db()
    assert change_webhook(hook=hook, changes={"active": True}).stopped_reason == ""


def test_a_target_that_asks_to_be_left_alone_is(now: datetime, target: Receiver, settings: Any) -> None:
    target.answer = lambda call: Reply(503, {"Retry-After": "120"})
    send_test(hook=hook_to(target, settings), now=now)
    call_all(now)
    assert only().available_at == now + timedelta(seconds=120)


def test_a_target_that_is_down_rests_as_a_whole(now: datetime, target: Receiver, settings: Any) -> None:
    target.answer = lambda call: Reply(503)
    hook = hook_to(target, settings)
    for _ in range(30):
        send_test(hook=hook, now=now)
    call_all(now)
    assert len(target.calls) == 1
    assert WebhookDelivery.objects.due(now + timedelta(seconds=1)).count() == 0
    assert set(WebhookDelivery.objects.values_list("tries", flat=True)) == {0, 1}


def test_a_target_that_is_down_stops_no_other(now: datetime, target: Receiver, settings: Any) -> None:
    hook_to("https://10.0.0.1/", settings)
    hook_to(target, settings)
    for hook in Webhook.objects.all():
        send_test(hook=hook, now=now)
    call_all(now)
    assert len(target.calls) == 1


def test_a_webhook_that_is_switched_off_keeps_what_waits(now: datetime, target: Receiver, settings: Any) -> None:
    hook = hook_to(target, settings)
    send_test(hook=hook, now=now)
    change_webhook(hook=hook, changes={"active": False})
    assert call_all(now) == 0
    change_webhook(hook=hook, changes={"active": True})
    assert call_all(now) == 1


def test_a_hundred_deliveries_arrive_in_spite_of_everything(now: datetime, target: Receiver, settings: Any) -> None:
    answers = iter([429, 500, 302, 404, 503] * 3)
    target.answer = lambda call: Reply(next(answers, 200))
    hook = hook_to(target, settings)
    for _ in range(100):
        send_test(hook=hook, now=now)
    for hour in range(40):
        while call_all(now + timedelta(hours=hour)):
            pass
    assert set(WebhookDelivery.objects.values_list("result", flat=True)) == {"sent"}
    assert len({call.headers["webhook-id"] for call in target.calls}) == 100
