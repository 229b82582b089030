"""Chat and SMS when there is much, or a service hangs: shares of places, one message of many leads, a bounded wait."""

from __future__ import annotations

import inspect
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from apprise.plugins.slack import NotifySlack
from apprise.plugins.twilio import NotifyTwilio
from django.utils import timezone

from reps.models import Channel, Rep
from routing import outbox
from routing.models import OutboxMessage
from routing.notifications import chat
from routing.notifications.http import Caller, Unreachable
from routing.notifications.plugins import _WayOut
from routing.services.calls import Switchboard
from routing.services.chat_alerts import EACH, MOST_TRIES
from routing.services.webhooks.manage import send_test
from tests.factories import make_rep
from tests.receiver import Receiver, Reply, receiver
from tests.routing.calls import call_all, hook_to, threads
from tests.routing.test_calls import Held
from tests.routing.test_chat import SLACK, TWILIO, fresh
from tests.routing.test_deliver_alerts import alert


@pytest.fixture
def slack(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as found:
        settings.OUTGOING_ALLOWED = [*settings.OUTGOING_ALLOWED, found.host]
        monkeypatch.setattr(NotifySlack, "webhook_url", f"{found.url}/services")
        yield found


@pytest.fixture
def twilio(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver(lambda call: Reply(201)) as found:
        settings.OUTGOING_ALLOWED = [*settings.OUTGOING_ALLOWED, found.host]
        monkeypatch.setattr(NotifyTwilio, "notify_sms_url", f"{found.url}/sms/{{sid}}")
        yield found


def reps_by(kind: str, address: str, *, number: int) -> list[Rep]:
    reps = [make_rep(f"{kind} {one}") for one in range(number)]
    Channel.objects.bulk_create(Channel(rep=rep, kind=kind, address=address) for rep in reps)
    return reps


def alerts_by(now: datetime, kind: str, address: str, *, number: int) -> list[OutboxMessage]:
    """One alert to each of so many reps."""
    return [alert(now, rep) for rep in reps_by(kind, address, number=number)]


def hang(target: Receiver) -> None:
    def answer(call: object) -> Reply:
        target.over.wait(20)
        return Reply()

    target.answer = answer


@contextmanager
def dribbling(line: bytes) -> Iterator[str]:
    """A service that answers for ever, a few bytes at a time; its host."""
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not over.wait(0.05):
                try:
                    connection.sendall(line)
                except OSError:
                    return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        over.set()
        server.close()


# --- shares ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_service_has_more_places_than_its_share(now: datetime) -> None:
    alerts_by(now, "slack", SLACK, number=2 * EACH)
    alerts_by(now, "sms", TWILIO, number=1)
    board = Switchboard(lambda: now, start=Held())

    assert [board.take(), board.take()] == [EACH + 1, 0]
    assert OutboxMessage.objects.due(now).filter(channel="slack", tries=0).count() == EACH


@pytest.mark.django_db
def test_two_services_for_sms_do_not_share_places(now: datetime) -> None:
    alerts_by(now, "sms", TWILIO, number=EACH)
    board = Switchboard(lambda: now, start=Held())
    board.take()
    alerts_by(now, "sms", "vonage://abcdefgh:abcdefghijklmnop@15551233456/15551233457", number=1)
    assert board.take() == 1


def test_a_mistyped_region_of_amazon_stops_nobody_in_another() -> None:
    right, wrong = (f"sns://KEY/secret/part/{region}/+15551233457" for region in ("eu-west-1", "eu-wst-1"))
    assert chat.place_of("sms", right) != chat.place_of("sms", wrong)


@pytest.mark.django_db(transaction=True)
def test_a_chat_service_that_hangs_delays_neither_sms_nor_webhooks(
    slack: Receiver, twilio: Receiver, settings: Any
) -> None:
    now = timezone.now()
    hang(slack)
    alerts_by(now, "slack", SLACK, number=8)
    alerts_by(now, "sms", TWILIO, number=1)
    with receiver() as crm, threads() as start:
        send_test(hook=hook_to(crm, settings), now=now)
        Switchboard(timezone.now, start=start).take()
        assert _soon(lambda: bool(twilio.calls and crm.calls))
        assert not OutboxMessage.objects.filter(channel="slack", done_at__isnull=False).exists()
        slack.over.set()


def _soon(happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + 14  # less than a call may take
    while not happened() and time.monotonic() < end:
        time.sleep(0.02)
    return happened()


@pytest.mark.django_db
def test_nobody_waits_for_a_service_that_did_not_answer_somebody_else(now: datetime, settings: Any) -> None:
    settings.OUTGOING_ALLOWED = []
    messages = alerts_by(now, "teams", "workflows://prod-1.nowhere.logic.azure.com:443/643e69f83c8944/KODue", number=9)
    for minute in range(MOST_TRIES):
        Switchboard(lambda at=now + timedelta(minutes=minute): at, start=lambda work: work()).take()  # type: ignore[misc]
    assert {fresh(message).result for message in messages} == {"failed"}
    assert OutboxMessage.objects.filter(channel="email", kind="alert").count() == 9


# --- no end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [b"X-A: b\r\n", b"X", b"\r\n"], ids=["headers", "one header", "body"])
def test_a_service_that_answers_for_ever_is_left_in_time(
    line: bytes, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dribbling(line) as host:
        settings.OUTGOING_ALLOWED = [host]
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{host}/services")
        started = time.monotonic()
        with pytest.raises(Unreachable, match="longer than 0.5 seconds"):
            chat.send("slack", SLACK, "Hello", caller=Caller(seconds=0.5))
    assert time.monotonic() - started < 10


def answer_after(seconds: float, target: Receiver) -> None:
    def slowly(call: object) -> Reply:
        target.over.wait(seconds)
        return Reply()

    target.answer = slowly


def test_all_calls_of_one_text_share_the_time_of_one(slack: Receiver) -> None:
    answer_after(0.4, slack)
    with pytest.raises(chat.NotTaken, match="only a part"):
        chat.send("slack", f"{SLACK}/a/b/c/d/e/f", "Hello", caller=Caller(seconds=1))
    assert 1 <= len(slack.calls) < 6


def test_a_message_of_many_texts_has_longer_than_one(slack: Receiver) -> None:
    answer_after(0.5, slack)
    chat.send("slack", SLACK, *"12345", caller=Caller(seconds=2))
    assert len(slack.calls) == 5


def test_a_message_of_many_texts_has_an_end(slack: Receiver) -> None:
    answer_after(0.2, slack)
    with pytest.raises(chat.NotTaken, match="only a part"):
        chat.send("slack", SLACK, *"1" * 99, caller=Caller(seconds=0.5))
    assert len(slack.calls) < 10


@pytest.mark.parametrize("service", chat.SERVICES.values(), ids=list(chat.SERVICES))
def test_plugins_know_no_other_way_out(service: chat.Service) -> None:
    source = inspect.getsource(sys.modules[service.plugin.__module__])
    used = set(re.findall(r"\brequests\.(\w+)", re.sub(r"#.*", "", source)))
    assert used and used <= {name for name in dir(_WayOut) if not name.startswith("_")}
    assert not re.search(r"^\s*(from requests|import (socket|urllib3|http|aiohttp|httpx))", source, re.MULTILINE)


# --- many at once ------------------------------------------------------------------------------------------------


def flood(now: datetime, kind: str, address: str, *, number: int) -> list[OutboxMessage]:
    [rep] = reps_by(kind, address, number=1)
    return [alert(now, rep, first_name=f"Mia{one}", company="Globex") for one in range(number)]


@pytest.mark.django_db
def test_above_the_limit_one_chat_message_names_every_lead(now: datetime, slack: Receiver, settings: Any) -> None:
    messages = flood(now, "slack", SLACK, number=settings.ALERTS_PER_MINUTE + 4)
    call_all(now)
    [call] = slack.calls
    text = json.loads(call.body)["attachments"][0]["text"]
    assert text.startswith(f"{len(messages)} new leads for you\n")
    assert all(f"Mia{one} " in text and str(message.lead.uuid) in text for one, message in enumerate(messages))


@pytest.mark.django_db
def test_each_clock_of_such_a_message_starts(now: datetime, slack: Receiver, settings: Any) -> None:
    messages = flood(now, "slack", SLACK, number=settings.ALERTS_PER_MINUTE + 1)
    call_all(now)
    assert {fresh(message).result for message in messages} == {"sent"}
    assert {fresh(message).assignment.clock_started_at for message in messages} == {now}


@pytest.mark.django_db
def test_up_to_the_limit_each_lead_is_a_message(now: datetime, slack: Receiver, settings: Any) -> None:
    flood(now, "slack", SLACK, number=settings.ALERTS_PER_MINUTE)
    call_all(now)
    assert len(slack.calls) == settings.ALERTS_PER_MINUTE


@pytest.mark.django_db
def test_many_leads_by_sms_are_few_texts_and_one_link(now: datetime, twilio: Receiver, settings: Any) -> None:
    flood(now, "sms", TWILIO, number=settings.ALERTS_PER_MINUTE + 10)
    call_all(now)
    texts = [parse_qs(call.body.decode())["Body"][0] for call in twilio.calls]
    assert max(map(len, texts)) <= chat.SMS_LENGTH and len(texts) < 8
    said = "\n".join(texts)
    assert all(f"Mia{one} " in said for one in range(20)) and said.count("http") == 1


@pytest.mark.django_db
def test_what_is_handed_over_is_one_message(now: datetime, slack: Receiver) -> None:
    [rep] = reps_by("slack", SLACK, number=1)
    for _ in range(3):
        alert(now, rep, kind="handed_over")
    call_all(now)
    assert len(slack.calls) == 1


@pytest.mark.django_db
def test_a_message_that_keeps_ending_its_sender_goes_the_next_way(now: datetime, slack: Receiver) -> None:
    [message] = alerts_by(now, "slack", SLACK, number=1)
    for minute in range(MOST_TRIES):
        Switchboard(lambda at=now + timedelta(minutes=2 * minute): at, start=Held()).take()  # type: ignore[misc]
    call_all(now + timedelta(minutes=10))
    assert (fresh(message).result, fresh(message).error, slack.calls) == ("failed", outbox.INTERRUPTED, [])
