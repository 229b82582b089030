"""The auditor finds what is wrong, mends what it can, and tells of the rest without a storm of mail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from reps.models import Rep
from routing.models import (
    Assignment,
    Heartbeat,
    Incident,
    LastResort,
    Lead,
    LeadEvent,
    LedgerAccount,
    Offer,
    OutboxMessage,
    Posting,
)
from routing.services.audit import Audited, audit, run
from routing.services.heartbeats import AUDITOR, REQUIRED, beat, own_name
from routing.services.people.handing_over import Which, hand_over
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_lead, make_owned_lead, make_pool, make_rep
from tests.routing.sla_company import company, pass_time, told

pytestmark = pytest.mark.django_db
MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)
Kind = Incident.Kind


def look(now: datetime) -> Audited:
    """An audit at this moment, with every process at work, a minute after the last one."""
    Heartbeat.objects.beat(AUDITOR, now - MINUTE)
    for role in REQUIRED - {AUDITOR}:
        beat(role, now=now)
    audited = audit(now=now)
    assert audited is not None
    return audited


@pytest.fixture
def ana(now: datetime) -> Rep:
    """In the only pool of a company that is published."""
    rep = make_rep("Ana")
    make_catch_all(make_pool(rep, make_rep("Bea")))
    publish(note="", user=None, now=now)
    return rep


@pytest.fixture
def lead(ana: Rep, now: datetime) -> Lead:
    """Routed just now."""
    lead = make_lead(now)
    route_all(now=now)
    lead.refresh_from_db()
    return lead


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("admin", "admin@acme.example")


def kinds() -> list[str]:
    return sorted(Incident.objects.open().values_list("kind", flat=True))


def problems() -> list[tuple[str, bool]]:
    mails = OutboxMessage.objects.filter(kind=OutboxMessage.Kind.PROBLEM).order_by("pk")
    return [(message.address or message.rep.email, message.payload["over"]) for message in mails]  # type: ignore[union-attr]


# --- who looks ----------------------------------------------------------------------------------------------------


def test_all_is_well(lead: Lead, now: datetime) -> None:
    assert look(now + MINUTE) == Audited(mended=0, opened=0, closed=0, clean=True)


def test_one_look_a_minute_is_enough(ana: Rep, now: datetime) -> None:
    look(now)

    assert audit(now=now + timedelta(seconds=59)) is None
    assert audit(now=now + MINUTE) is not None


def test_a_check_that_fails_keeps_no_other_from_looking(
    lead: Lead, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(now: datetime) -> list[Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(run, "CHECKS", ((Kind.UNROUTED, fail), *run.CHECKS[1:]))
    Offer.objects.create(lead=lead, rep=lead.owner, kind="claim", offered_at=now, until=now)  # type: ignore[misc]

    look(now + 2 * MINUTE)

    assert kinds() == ["failed", "overdue"]


# --- what stands still ----------------------------------------------------------------------------------------------


def test_a_lead_that_nobody_routes(ana: Rep, now: datetime) -> None:
    make_lead(now)

    look(now + timedelta(seconds=61))

    assert kinds() == ["unrouted"]
    assert Incident.objects.get().text == "1 lead due and not routed; the oldest came 61 s ago."


def test_a_step_that_nobody_takes(lead: Lead, now: datetime) -> None:
    Assignment.objects.update(clock_started_at=now, step_at=now + MINUTE, due_at=now + 9 * MINUTE)

    look(now + 2 * MINUTE)
    assert kinds() == []

    look(now + 3 * MINUTE + timedelta(seconds=1))
    assert kinds() == ["overdue", "unsent"]


def test_a_deadline_that_nobody_notices(lead: Lead, now: datetime) -> None:
    Assignment.objects.update(clock_started_at=now, due_at=now)

    look(now + 2 * MINUTE)

    assert list(Incident.objects.values_list("kind", "subject")) == [("overdue", "deadlines")]


def test_an_alert_that_is_not_sent(lead: Lead, now: datetime) -> None:
    OutboxMessage.objects.update(tries=2, available_at=now + HOUR, error="451 not now")

    look(now + timedelta(seconds=121))

    assert Incident.objects.get().text == (
        "1 message not sent; the oldest was written 2 min ago. The last answer to it: 451 not now"
    )


def test_a_process_that_stands_still_is_named(lead: Lead, now: datetime) -> None:
    Heartbeat.objects.beat("worker alerts@away:7", now - MINUTE)

    look(now + timedelta(seconds=1))

    assert Incident.objects.get().subject == "worker alerts@away:7"


def test_two_processes_of_one_role_do_not_hide_one_another(ana: Rep, now: datetime) -> None:
    Heartbeat.objects.beat("clock sweep@a:1", now - 2 * MINUTE)
    Heartbeat.objects.beat("clock sweep@a:2", now)

    look(now)

    assert [incident.subject for incident in Incident.objects.open()] == ["clock sweep@a:1"]


def test_a_missing_clock_is_found_by_a_worker(ana: Rep, now: datetime) -> None:
    Heartbeat.objects.beat(AUDITOR, now - MINUTE)

    audit(now=now)

    assert {incident.subject for incident in Incident.objects.open()} == REQUIRED - {AUDITOR}


def test_what_has_just_started_has_a_moment_before_anybody_looks(ana: Rep, now: datetime) -> None:
    Heartbeat.objects.beat(AUDITOR, now - HOUR)

    assert audit(now=now) is None
    assert audit(now=now + timedelta(seconds=20)) is not None


# --- books ----------------------------------------------------------------------------------------------------------


def test_balances_that_do_not_add_up(lead: Lead, now: datetime) -> None:
    LedgerAccount.objects.filter(rep=lead.owner).update(balance=7)

    look(now + MINUTE)

    assert set(kinds()) == {"ledger"}


def test_balances_that_add_up_but_not_from_their_postings(lead: Lead, now: datetime) -> None:
    LedgerAccount.objects.update(balance=0)

    look(now + MINUTE)

    assert "not what its postings say" in Incident.objects.get().text


def test_a_posting_that_cannot_be_read(lead: Lead, now: datetime) -> None:
    Posting.objects.update(entries=b"\xff")

    look(now + MINUTE)

    assert kinds() == ["failed"]


# --- what fell through ------------------------------------------------------------------------------------------------


def healed(lead: Lead) -> list[str]:
    return [event.text for event in lead.events.filter(kind=LeadEvent.Kind.HEALED)]


def test_an_owner_without_an_assignment_is_routed_again(ana: Rep, now: datetime) -> None:
    lead = make_owned_lead(now, ana)

    assert look(now + MINUTE).mended == 1

    lead.refresh_from_db()
    assert (lead.status, lead.owner) == (Lead.Status.PENDING, None)
    assert healed(lead) == ["It had an owner without an assignment: routed again"]
    assert Incident.objects.get().healed
    assert kinds() == []


def test_an_alert_that_was_lost_is_written_again(lead: Lead, now: datetime) -> None:
    OutboxMessage.objects.all().delete()

    look(now + 2 * MINUTE)

    message = OutboxMessage.objects.get()
    assert (message.key, message.rep) == (f"alert:{lead.uuid}:1", lead.owner)
    assert healed(lead) == ["The alert to its owner was missing: written again"]


def of_a_manager(now: datetime) -> tuple[str, str]:
    company(now, "Ana", max_attempts=1)
    told(now - 5 * MINUTE)
    for minutes in (3, 5):
        pass_time(now - 5 * MINUTE, minutes)
    return "exhausted", "Boss"


def of_a_last_resort(now: datetime) -> tuple[str, str]:
    make_catch_all(make_pool())
    make_rep("Zoe")
    publish(note="", user=None, now=now)
    make_lead(now)
    route_all(now=now)
    Lead.objects.update(hold_deadline_at=now, route_after=now)
    route_all(now=now)
    return "last_resort", "Zoe"


def of_a_successor(now: datetime) -> tuple[str, str]:
    _, (ana, bob) = company(now, "Ana", "Bob")
    make_lead(now - MINUTE)
    route_all(now=now - MINUTE)
    owner = Assignment.objects.get().rep
    hand_over(rep=owner, which=Which.ALL, reason="", now=now, actor="x", to=bob if owner == ana else ana)
    return "handed_over", Assignment.objects.current().get().rep.name


@pytest.mark.parametrize("owned", [of_a_manager, of_a_last_resort, of_a_successor])
def test_a_lost_alert_is_written_again_as_what_it_was(
    owned: Callable[[datetime], tuple[str, str]], now: datetime
) -> None:
    kind, name = owned(now)
    alert = OutboxMessage.objects.get(kind=kind)
    alert.delete()

    look(now + 2 * MINUTE)

    again = OutboxMessage.objects.get(kind=kind)
    assert again.rep is not None and again.rep.name == name
    assert (again.key, again.payload) == (alert.key, alert.payload)


def test_a_correction_that_was_lost_is_told_as_one(lead: Lead, now: datetime) -> None:
    first = Assignment.objects.get()
    Assignment.objects.update(ended_at=now, end_reason="repaired")
    Assignment.objects.create(lead=lead, attempt=2, rep=first.rep, method="round_robin", assigned_at=now)
    OutboxMessage.objects.all().delete()

    look(now + 2 * MINUTE)

    assert OutboxMessage.objects.get().kind == "moved_here"


def test_a_clock_that_does_not_run_is_started_as_of_the_alert(lead: Lead, now: datetime) -> None:
    OutboxMessage.objects.update(done_at=now + MINUTE, result=OutboxMessage.Result.SENT)

    look(now + 2 * MINUTE)

    assert Assignment.objects.get().clock_started_at == now + MINUTE
    assert healed(lead) == ["The clock of its owner did not run: started"]


def test_what_was_mended_is_not_mended_twice(lead: Lead, now: datetime) -> None:
    OutboxMessage.objects.all().delete()
    look(now + 2 * MINUTE)

    assert look(now + 3 * MINUTE).mended == 0


def test_an_alert_that_waits_is_left_alone(lead: Lead, now: datetime) -> None:
    assert look(now + 2 * MINUTE).mended == 0


def test_a_lead_that_waits_for_offers_nobody_has_is_made_due(ana: Rep, now: datetime) -> None:
    lead = make_lead(
        now, status=Lead.Status.HELD, held_reason="offered", held_since=now,
        hold_deadline_at=now + HOUR, route_after=now + HOUR,
    )  # fmt: skip

    look(now + MINUTE)

    lead.refresh_from_db()
    assert lead.route_after == now + MINUTE


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's constraint cannot be switched off")
def test_a_lead_that_is_never_due_is_made_due(ana: Rep, now: datetime) -> None:
    lead = make_lead(now)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        Lead.objects.update(route_after=None)
        cursor.execute("PRAGMA ignore_check_constraints = OFF")

    look(now + timedelta(seconds=30))

    lead.refresh_from_db()
    assert lead.route_after == now + timedelta(seconds=30)


def test_an_owner_who_is_not_the_assignments_is_told_to_people(lead: Lead, now: datetime) -> None:
    Lead.objects.update(owner=make_rep("Cem"))

    look(now + MINUTE)

    assert kinds() == ["neglected"]


def test_a_waiting_lead_past_its_deadline(ana: Rep, now: datetime) -> None:
    make_lead(
        now, status=Lead.Status.HELD, held_reason="nobody", held_since=now,
        hold_deadline_at=now, route_after=now + 2 * HOUR,
    )  # fmt: skip

    look(now + HOUR)

    assert Incident.objects.get().text.startswith("1 lead past the deadline, and no last resort")


# --- silent sources ---------------------------------------------------------------------------------------------------


def usual(source: str, at: datetime, *, leads: int = 6, weeks: tuple[int, ...] = (1, 2, 3, 4), **fields: Any) -> None:
    for week in weeks:
        for number in range(leads):
            make_lead(
                at - week * WEEK - timedelta(minutes=number + 1),
                source=source,
                status=Lead.Status.QUARANTINED,
                route_after=None,
                **fields,
            )


def test_a_source_is_silent_at_its_usual_hour(now: datetime) -> None:
    usual("website", now)

    look(now)

    incident = Incident.objects.get()
    assert (incident.kind, incident.subject) == ("silent_source", "website")
    assert "at this time of the week it is usually 6" in incident.text


def test_a_source_is_silent_until_a_lead_comes(now: datetime) -> None:
    usual("website", now)
    look(now)
    look(now + 40 * HOUR)
    assert kinds() == ["silent_source"]

    make_lead(now + 40 * HOUR, source="website", status=Lead.Status.QUARANTINED, route_after=None)
    look(now + 40 * HOUR + MINUTE)
    assert kinds() == []


@pytest.mark.parametrize(
    "usually",
    [{"leads": 4}, {"weeks": (1, 2), "leads": 20}, {"test": True}, {"priority": Lead.Priority.IMPORTED}],
)
def test_what_is_too_little_to_expect_anything(now: datetime, usually: dict[str, Any]) -> None:
    usual("website", now, **usually)

    look(now)

    assert kinds() == []


def test_a_source_that_sent_one_is_not_silent(now: datetime) -> None:
    usual("website", now)
    make_lead(now - MINUTE, source="website", status=Lead.Status.QUARANTINED, route_after=None)

    look(now)

    assert kinds() == []


# --- telling ----------------------------------------------------------------------------------------------------------


def test_people_are_told_once_of_what_lasts(ana: Rep, admin: User, now: datetime) -> None:
    LastResort.objects.create(rep=ana)
    make_lead(now)

    look(now + 2 * MINUTE)
    assert problems() == []
    look(now + 3 * MINUTE)
    look(now + 4 * MINUTE)

    assert problems() == [(ana.email, False), ("admin@acme.example", False)]


def test_people_hear_of_the_end_of_what_they_heard_of(ana: Rep, admin: User, now: datetime) -> None:
    lead = make_lead(now)
    look(now + 2 * MINUTE)
    look(now + 3 * MINUTE)
    lead.delete()
    look(now + 4 * MINUTE)
    look(now + 5 * MINUTE)

    assert problems() == [("admin@acme.example", False), ("admin@acme.example", True)]


def test_what_is_over_at_once_is_told_to_nobody(ana: Rep, admin: User, now: datetime) -> None:
    lead = make_lead(now)
    look(now + 2 * MINUTE)
    lead.delete()
    look(now + 3 * MINUTE)
    look(now + 4 * MINUTE)

    assert problems() == []


def test_many_of_one_kind_are_one_mail_an_hour(ana: Rep, admin: User, now: datetime) -> None:
    for minute in range(0, 70, 5):
        Heartbeat.objects.create(name=f"worker routing@h:{minute}", beat_at=now - MINUTE - HOUR)
        look(now + minute * MINUTE)
        OutboxMessage.objects.waiting().update(done_at=now, result=OutboxMessage.Result.SENT)

    assert problems() == [("admin@acme.example", False)] * 2


# --- the dead man -----------------------------------------------------------------------------------------------------


@pytest.fixture
def watchman(settings: Settings) -> Iterator[list[str]]:
    """A server that is told that all is well, and what it heard."""
    heard: list[str] = []

    class Watchman(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Watchman) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.DEADMAN_URL = f"http://127.0.0.1:{server.server_port}/ping"
        settings.OUTGOING_ALLOWED = ["127.0.0.0/8"]
        yield heard
        server.shutdown()


def test_the_dead_man_is_told_only_when_all_is_well(lead: Lead, now: datetime, watchman: list[str]) -> None:
    look(now)
    assert watchman == ["/ping"]

    look(now + 3 * MINUTE)
    assert kinds() == ["unsent"]
    assert watchman == ["/ping"]


def test_a_dead_man_who_does_not_answer_does_no_harm(lead: Lead, now: datetime, settings: Settings) -> None:
    settings.DEADMAN_URL, settings.OUTGOING_ALLOWED = "http://127.0.0.1:1/", ["127.0.0.1"]

    assert look(now).clean


def test_a_process_of_this_host_is_named_by_role_host_and_number() -> None:
    role, _, rest = own_name("clock sla").partition("@")

    assert role == "clock sla"
    assert rest.rpartition(":")[2].isdigit()
    assert len(own_name("clock webhooks")) <= 50
