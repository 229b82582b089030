"""Somebody is taken in while they are erased, or the other way round: each waits for the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections

from routing.models import Lead, Signal
from routing.services import receive_lead as receiving
from routing.services.change_lead import change_lead
from routing.services.privacy import erasing
from routing.services.privacy.erasing import erase_person
from routing.services.receive_lead import receive_lead, receive_leads
from routing.services.receive_signal import InvalidSignal, receive_signal
from routing.services.route_pending import route_all
from tests.privacy.conftest import MIA, PHONE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock"),
    pytest.mark.usefixtures("company"),
]
REASON = "asked to be erased"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Meanwhile:
    """An act in a transaction of its own, that waits for this one's."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act = act
        self.result: Any = None
        self.thread = threading.Thread(target=self._run)

    def begin(self) -> None:
        """Returns once it waits, or is over since it waits for nobody."""
        self.thread.start()
        while self.thread.is_alive() and not self._waits():
            time.sleep(0.01)

    def end(self) -> Any:
        self.thread.join()
        return self.result

    def _run(self) -> None:
        try:
            self.result = self.act()
        except Exception as error:
            self.result = error
        finally:
            connections.close_all()

    def _waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            return bool(cursor.fetchone()[0])


def erased_while(act: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, now: datetime) -> Any:
    """What comes of an act that begins when everything of theirs is gone, and nothing is committed yet."""
    meanwhile, erase = Meanwhile(act), erasing._erase

    def then(*given: Any, **named: Any) -> Any:
        done = erase(*given, **named)
        meanwhile.begin()
        return done

    monkeypatch.setattr(erasing, "_erase", then)
    erase_person(email=MIA, phone=PHONE, never_again=True, now=now)
    return meanwhile.end()


@pytest.fixture
def leo(now: datetime) -> Lead:
    receive_lead(facts={"email": MIA}, now=now)
    lead = receive_lead(facts={"email": "leo@example.com"}, now=now).lead
    route_all(now=now)
    return lead


@pytest.mark.usefixtures("leo")
def test_what_they_send_while_they_are_erased_waits_in_review(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    received = erased_while(lambda: receive_lead(facts={"email": MIA}, now=now), monkeypatch, now)

    assert received.lead.screen_reason == REASON


@pytest.mark.usefixtures("leo")
def test_so_does_what_comes_with_many_others(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    many = [{"email": "a@example.com"}, {"email": "b@example.com"}, {"phone": PHONE}]

    leads = erased_while(lambda: receive_leads(submissions=many, now=now), monkeypatch, now)

    assert [lead.screen_reason for lead in leads] == ["", "", REASON]


def test_no_other_lead_is_given_their_number_meanwhile(
    leo: Lead, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    erased_while(lambda: change_lead(lead=leo, facts={"phone": PHONE}, now=now, actor="Olga"), monkeypatch, now)

    assert Lead.objects.get().phone == ""


@pytest.mark.usefixtures("leo")
def test_no_signal_about_them_is_kept_meanwhile(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    facts = {"email": MIA, "kind": "pricing_visit"}

    refused = erased_while(lambda: receive_signal(facts=facts, now=now), monkeypatch, now)

    assert isinstance(refused, InvalidSignal)
    assert not Signal.objects.exists()


def test_who_is_being_taken_in_is_erased_with_it(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    erasure = Meanwhile(lambda: erase_person(email=MIA, never_again=True, now=now))
    monkeypatch.setattr(receiving, "publish_lead_events", lambda *given, **named: erasure.begin())

    receive_lead(facts={"email": MIA}, now=now)

    assert erasure.end().counts["leads"] == 1
    assert not Lead.objects.exists()


def test_who_is_given_their_number_meanwhile_is_erased_as_it_was_asked(
    leo: Lead, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    erasure = Meanwhile(lambda: erase_person(phone=PHONE, now=now))
    monkeypatch.setattr("routing.services.change_lead.note_event", lambda *given, **named: erasure.begin())

    change_lead(lead=leo, facts={"phone": PHONE}, now=now, actor="Olga")

    assert erasure.end().counts["leads"] == 1
    assert not Lead.objects.filter(pk=leo.pk).exists()
