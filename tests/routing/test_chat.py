"""Chat and SMS: which addresses can be used, what arrives, and that nothing typed by a lead becomes a link."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs

import pytest
from apprise.plugins.slack import NotifySlack
from apprise.plugins.twilio import NotifyTwilio

from reps.models import Channel, Rep
from routing.models import OutboxMessage
from routing.notifications import chat
from routing.notifications.http import Refused
from routing.services.chat_alerts import MOST_TRIES
from tests.factories import make_lead, make_rep
from tests.receiver import Receiver, Reply, receiver
from tests.routing.calls import call_all
from tests.routing.test_deliver_alerts import alert

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TWILIO = f"twilio://AC{'a' * 32}:{'b' * 32}@15551233456/15551233457"
TEAMS = "workflows://prod-1.uksouth.logic.azure.com:443/643e69f83c8944/KODuebWbDGYFr0z0eu"
GOOD = {
    "slack": [
        SLACK,
        f"{SLACK}/#leads",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    ],
    "teams": [
        TEAMS,
        "https://prod-1.uksouth.logic.azure.com:443/workflows/643e69f83c8944/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu",
    ],
    "sms": [
        TWILIO,
        "vonage://abcdefgh:abcdefghijklmnop@15551233456/15551233457",
        f"msgbird://{'a' * 25}/15551233456/15551233457",
        "sns://AHIAJGNT76XIMXDBIJYA/bu1dHSdO22pfaaVy/wmNsdljF4C07D3bndi9PQJ9/us-east-2/+12223334444",
        "clicksend://user:pass@15551233457",
        f"plivo://{'a' * 25}@{'b' * 40}/15551233456/15551233457",
    ],
}
TYPED = "<!channel> <@U1> <https://evil.example|Bank> [Bank](https://evil.example) evil.example @here & Co"


@pytest.fixture
def service(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Speaks as Slack does, and takes what goes to Twilio too."""
    with receiver() as found:
        settings.OUTGOING_ALLOWED = [found.host]
        monkeypatch.setattr(NotifySlack, "webhook_url", f"{found.url}/services")
        monkeypatch.setattr(NotifyTwilio, "notify_sms_url", f"{found.url}/sms/{{sid}}")
        yield found


def told_by(now: datetime, kind: str, address: str, **fields: Any) -> OutboxMessage:
    """An alert that goes to a rep's channel."""
    rep = make_rep("Ana Diaz")
    Channel.objects.create(rep=rep, kind=kind, address=address)
    return alert(now, rep, **fields)


def fresh(message: OutboxMessage) -> OutboxMessage:
    return OutboxMessage.objects.get(pk=message.pk)


# --- addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "address"), [(kind, address) for kind, some in GOOD.items() for address in some])
def test_addresses_of_services_on_the_list_are_taken(kind: str, address: str) -> None:
    chat.check_address(kind, address)


@pytest.mark.parametrize(
    ("kind", "address", "told"),
    [
        ("slack", "json://127.0.0.1/", "Addresses begin with: slack://"),
        ("slack", TWILIO, "Addresses begin with: slack://"),
        ("sms", "mailto://a:b@example.com", "twilio://, vonage://"),
        ("slack", "", "This is not an address"),
        ("slack", "http://[::1", "This is not an address"),
        ("slack", "slack://", "It looks like this: slack://TOKEN_A"),
        ("sms", "twilio://x", "It looks like this: twilio://"),
        ("slack", f"{SLACK}?template=/etc/passwd", "cannot be used here: template"),
        ("slack", f"{SLACK}?verify=no&redirect=yes", "cannot be used here: redirect, verify"),
        ("teams", "workflows://127.0.0.1:443/abc/def", "no host of Teams"),
        ("teams", "workflows://logic.azure.com.evil.example:443/abc/def", "no host of Teams"),
        ("slack", "https://hooks.slack.com.evil.example/services/T1JJ3T3L2/A1BRTD4JD/TIiajkd", "begin with: slack://"),
    ],
)
def test_other_addresses_are_refused_with_what_to_do(kind: str, address: str, told: str) -> None:
    with pytest.raises(chat.Unusable) as refused:
        chat.check_address(kind, address)
    assert told in str(refused.value)


def test_a_refusal_never_repeats_the_secret() -> None:
    with pytest.raises(chat.Unusable) as refused:
        chat.check_address("sms", "twilio://secret:token")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("address", [SLACK, TWILIO, TEAMS])
def test_an_address_is_shown_without_its_secrets(address: str) -> None:
    assert chat.masked(address) == address.partition("/")[0] + "//…"


# --- what is said ------------------------------------------------------------------------------------------------


def test_an_sms_keeps_its_link_and_its_deadline_however_long_the_name() -> None:
    url = "https://leads.acme.example/inbox/leads/5f0c0a52-0000-4000-8000-000000000000/"
    text = chat.short_text("sms", "x" * 1000, deadline="Please answer by 14:05 (PDT).", url=url)
    assert len(text) <= 320
    assert text.endswith(f"Please answer by 14:05 (PDT). {url}")


def test_nothing_typed_becomes_a_link_or_a_mention() -> None:
    text = chat.short_text("sms", TYPED)
    assert "evil.example" not in text and "https://" not in text
    text = chat.short_text("slack", TYPED)
    assert "evil.example" not in text and "https://" not in text and "@here" not in text and "@U1" not in text


GOLDEN = (
    "&lt;!channel&gt; &lt;@\u2060U1&gt; &lt;https:\u2060//evil.\u2060example|Bank&gt; "
    "[Bank](https:\u2060//evil.\u2060example) evil.\u2060example @\u2060here &amp; Co\nhttps://leads.example/"
)


def test_slack_gets_it_escaped(service: Receiver) -> None:
    chat.send("slack", SLACK, chat.short_text("slack", TYPED, url="https://leads.example/"))
    [call] = service.calls
    said = json.loads(call.body)
    assert call.path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert said["mrkdwn"] is False
    assert [part["text"] for part in said["attachments"]] == [GOLDEN]


def test_twilio_gets_one_short_text(service: Receiver) -> None:
    service.answer = lambda call: Reply(201)
    chat.send("sms", TWILIO, chat.short_text("sms", "New lead: Mia", url="https://leads.example/"))
    [call] = service.calls
    assert parse_qs(call.body.decode())["Body"] == ["New lead: Mia https://leads.example/"]


def test_a_redirect_of_a_service_is_not_followed(service: Receiver) -> None:
    with receiver() as elsewhere:
        service.answer = lambda call: Reply(307, {"Location": elsewhere.url})
        with pytest.raises(chat.NotTaken):
            chat.send("slack", SLACK, "Hello")
        assert elsewhere.calls == []


def test_a_service_at_a_private_address_is_not_called(service: Receiver, settings: Any) -> None:
    settings.OUTGOING_ALLOWED = []
    with pytest.raises(Refused):
        chat.send("slack", SLACK, "Hello")
    assert service.calls == []


# --- as an alert -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_alert_goes_to_the_first_channel_and_starts_the_clock(now: datetime, service: Receiver) -> None:
    message = told_by(now, "slack", SLACK, first_name="Mia", company="Globex")
    call_all(now)
    text = json.loads(service.calls[0].body)["attachments"][0]["text"]
    assert "Globex" in text and "/inbox/leads/" in text and "Please answer by" in text
    assert (fresh(message).result, message.assignment_id is not None) == ("sent", True)
    message.refresh_from_db()
    assert message.assignment is not None and message.assignment.clock_started_at == now


@pytest.mark.django_db
def test_what_a_service_does_not_take_goes_the_next_way(now: datetime, service: Receiver) -> None:
    service.answer = lambda call: Reply(404)
    message = told_by(now, "slack", SLACK)
    for minute in range(MOST_TRIES):
        call_all(now + timedelta(minutes=minute))
    assert fresh(message).result == "failed"
    assert OutboxMessage.objects.filter(lead=message.lead, channel="email", kind="alert").exists()


NOT_TAKEN = "Slack did not take the message. Check the channel's address, or ask Slack."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        (SLACK, 404, NOT_TAKEN),
        (SLACK, 500, NOT_TAKEN),
        ("slack://", 200, "This is not an address of Slack. It looks like this: slack://TOKEN_A/TOKEN_B/TOKEN_C."),
    ],
)
def test_why_a_message_was_not_taken_is_told_and_what_to_do(
    now: datetime, service: Receiver, address: str, status: int, told: str
) -> None:
    service.answer = lambda call: Reply(status)
    message = told_by(now, "slack", address)
    for minute in range(MOST_TRIES):
        call_all(now + timedelta(minutes=minute))
    assert (fresh(message).result, fresh(message).error) == ("failed", told)


@pytest.mark.django_db
def test_a_message_that_no_program_can_send_says_of_what_kind_the_error_was(
    now: datetime, service: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "send", Mock(side_effect=KeyError(SLACK)))
    message = told_by(now, "slack", SLACK)
    for minute in range(MOST_TRIES):
        call_all(now + timedelta(minutes=minute))
    assert (fresh(message).result, fresh(message).error) == ("failed", "KeyError")


@pytest.mark.django_db
def test_a_channel_that_is_gone_is_not_the_end(now: datetime, service: Receiver) -> None:
    message = told_by(now, "slack", SLACK)
    Channel.objects.all().delete()
    call_all(now)
    assert (fresh(message).result, fresh(message).error, service.calls) == ("failed", "The channel is gone.", [])
    assert OutboxMessage.objects.latest("pk").key == f"{message.key}:email"


@pytest.mark.django_db
def test_made_up_people_are_never_told_by_chat(now: datetime, service: Receiver) -> None:
    told_by(now, "slack", SLACK)
    Rep.objects.update(demo=True)
    call_all(now)
    assert service.calls == []


@pytest.mark.django_db
def test_made_up_people_with_a_channel_are_told_by_mail(now: datetime, service: Receiver) -> None:
    message = told_by(now, "slack", SLACK)
    Rep.objects.update(demo=True)
    call_all(now)
    assert OutboxMessage.objects.waiting().get().key == f"{message.key}:email"


@pytest.mark.django_db
def test_an_alert_about_a_lead_that_moved_on_is_not_sent(now: datetime, service: Receiver) -> None:
    message = told_by(now, "slack", SLACK)
    assert message.lead is not None
    message.lead.owner = make_lead(now, status="assigned", owner=make_rep("Bob"), owned_at=now).owner
    message.lead.save()
    call_all(now)
    assert (fresh(message).result, service.calls) == ("suppressed", [])
