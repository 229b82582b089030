"""The clock's hands: what no worker has done for two seconds they do themselves, without Redis."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from routing.management.commands import clock
from routing.management.commands.clock import Hand, deliver_overdue, go_round, route_overdue, run_overdue
from routing.models import Heartbeat, Lead, OutboxMessage, Work
from routing.services.heartbeats import own_name
from routing.services.publish import publish
from routing.services.work import start
from tests.factories import make_catch_all, make_lead, make_pool, make_rep
from tests.smtp import Sink, use

pytestmark = pytest.mark.django_db
LATER = timedelta(seconds=3)


@pytest.fixture
def lead(now: datetime) -> Lead:
    make_catch_all(make_pool(make_rep("Ana")))
    publish(note="", user=None, now=now)
    return make_lead(now)


def test_a_fresh_lead_is_left_to_the_worker(lead: Lead, now: datetime) -> None:
    route_overdue(now)

    lead.refresh_from_db()
    assert lead.status == Lead.Status.PENDING


def test_a_lead_that_was_left_lying_is_routed(lead: Lead, now: datetime) -> None:
    route_overdue(now + LATER)

    lead.refresh_from_db()
    assert lead.status == Lead.Status.ASSIGNED


def test_an_alert_that_was_left_lying_is_sent(lead: Lead, now: datetime, settings: Settings) -> None:
    route_overdue(now + LATER)
    with Sink() as sink:
        use(settings, real=None, local=sink)

        deliver_overdue(now + LATER)
        assert sink.mails == []
        deliver_overdue(now + 2 * LATER)

        assert len(sink.mails) == 1
    assert not OutboxMessage.objects.waiting().exists()


def test_work_is_run_where_there_is_no_worker_for_it(lead: Lead, now: datetime) -> None:
    work = start(kind=Work.Kind.REPLAY, params={}, user=None, now=now)

    run_overdue(now + timedelta(seconds=2))
    work.refresh_from_db()
    assert work.status == Work.Status.QUEUED

    run_overdue(now + 2 * LATER)
    work.refresh_from_db()
    assert work.status == Work.Status.DONE


def test_work_is_left_to_the_worker_that_lives(lead: Lead, now: datetime) -> None:
    work = start(kind=Work.Kind.REPLAY, params={}, user=None, now=now)
    Heartbeat.objects.beat("worker reports@elsewhere:7", now)

    run_overdue(now + 2 * LATER)

    work.refresh_from_db()
    assert work.status == Work.Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_turn_that_fails_is_followed_by_another(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "ROUND_SECONDS", 0.01)
    stop = threading.Event()
    turns: list[datetime] = []

    def turn(now: datetime) -> None:
        turns.append(now)
        if len(turns) == 1:
            raise RuntimeError
        stop.set()

    go_round(Hand("test", turn), stop)

    assert len(turns) == 2
    assert "clock_turn_failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_hand_shows_that_it_goes_round_and_signs_off_at_the_end() -> None:
    stop = threading.Event()
    seen: list[int] = []

    def turn(now: datetime) -> None:
        seen.append(Heartbeat.objects.filter(name=own_name("test"), beat_at=now).count())
        stop.set()

    go_round(Hand("test", turn), stop)

    assert seen == [1]
    assert not Heartbeat.objects.exists()
