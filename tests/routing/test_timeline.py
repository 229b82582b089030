"""The timeline of a lead: everything that happened, once, in order, in words for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from routing.models import Assignment, Decision, Lead, LeadEvent, OutboxMessage
from routing.services.timeline import timeline
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep

pytestmark = pytest.mark.django_db


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def assign(lead: Lead, now: datetime, name: str = "Ana Diaz", **fields: Any) -> Assignment:
    defaults = {"rep": make_rep(name), "method": "round_robin", "assigned_at": now}
    return Assignment.objects.create(lead=lead, **defaults | fields)


def texts(lead: Lead) -> list[str]:
    return [entry.text for entry in timeline(lead)]


def message(lead: Lead, now: datetime, **fields: Any) -> OutboxMessage:
    defaults = {"key": "alert:1:1", "kind": "alert", "lead": lead, "created_at": now, "available_at": now}
    return OutboxMessage.objects.create(**defaults | fields)


def note(lead: Lead, now: datetime, kind: str, text: str, actor: str = "") -> None:
    LeadEvent.objects.create(lead=lead, kind=kind, text=text, actor=actor, happened_at=now)


def test_a_new_lead_was_received(now: datetime) -> None:
    lead = make_lead(now, source="website", form="demo", company="Globex", last_name="Chen")

    [entry] = timeline(lead)

    assert (entry.at, entry.kind, entry.actor) == (now, "received", "")
    assert entry.text == "Received from website through demo: Mia Chen (Globex)"


def test_an_ordinary_lead_reads_as_a_story(now: datetime) -> None:
    ana = make_rep("Ana Diaz")
    lead = make_owned_lead(now, ana, owned_at=now)
    Decision.objects.create(
        lead=lead, outcome="assigned", method="round_robin", rep=ana, reason="It was Ana's turn.", decided_at=now
    )
    assign(
        lead, now, rep=ana, pool=make_pool(ana, name="SMB"), alerted_at=now + minutes(1), due_at=now + minutes(6),
        accepted_at=now + minutes(2), responded_at=now + minutes(3),
    )  # fmt: skip

    assert [(entry.kind, entry.actor) for entry in timeline(lead)] == [
        ("received", ""), ("assigned", ""), ("owned", ""), ("alerted", ""), ("accepted", "Ana Diaz"),
        ("responded", "Ana Diaz"),
    ]  # fmt: skip
    assert texts(lead)[1:] == [
        "Decided: It was Ana's turn.",
        "Ana Diaz owns the lead (round robin, pool SMB)",
        "Ana Diaz was told",
        "Ana Diaz accepted",
        "Ana Diaz answered, in time",
    ]


def test_a_late_answer_says_so(now: datetime) -> None:
    lead = make_lead(now)
    assign(lead, now, due_at=now + minutes(5), responded_at=now + minutes(6))

    assert texts(lead)[-1] == "Ana Diaz answered, late"


def test_losing_a_lead_says_why(now: datetime) -> None:
    lead = make_lead(now)
    assign(lead, now, ended_at=now + minutes(5), end_reason="too_slow")
    assign(lead, now + minutes(5), "Bob Ray", attempt=2)

    assert texts(lead)[-2:] == [
        "Ana Diaz no longer owns the lead: not answered in time",
        "Bob Ray owns the lead (round robin)",
    ]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [("held", "Waiting: because"), ("parked", "Nurture: because"), ("quarantined", "Sent to review: because")],
)
def test_decisions_are_said_in_the_words_of_the_trade(outcome: str, text: str, now: datetime) -> None:
    lead = make_lead(now)
    Decision.objects.create(lead=lead, outcome=outcome, reason="because", decided_at=now)

    assert texts(lead)[-1] == text


def test_a_mail_that_was_not_sent_says_why(now: datetime) -> None:
    lead = make_lead(now)
    message(lead, now, rep=make_rep("Ana Diaz"), done_at=now, result="suppressed", error="The lead has moved on.")
    message(lead, now, key="b", address="x@y.example", tries=2, error="451 later")
    message(lead, now, key="c", done_at=now, result="sent")

    assert texts(lead)[1:] == [
        "Mail to Ana Diaz not sent: The lead has moved on.",
        "Mail to x@y.example not sent yet (tried 2 times): 451 later",
    ]


def test_a_rep_reads_no_address_of_others(now: datetime) -> None:
    lead = make_lead(now, email="mia@brightwater.example")
    make_rep("Bob Ray", email="bob@acme.example")
    message(lead, now, address="boss@acme.example", tries=2, error="550 <boss@acme.example> unknown.")
    failed = LeadEvent.Kind.ALERT_FAILED
    note(lead, now, failed, "The mail to bob@acme.example could not be delivered: 550 No bob@acme.example.")
    note(lead, now, LeadEvent.Kind.EDITED, "Alert to boss@acme.example is sent again", actor="ops@acme.example")

    told = timeline(lead, for_rep=True)[1:]

    assert {(entry.text, entry.actor) for entry in told} == {
        ("Mail to somebody not sent yet (tried 2 times): 550 <somebody> unknown.", ""),
        ("The mail to Bob Ray could not be delivered: 550 No Bob Ray.", ""),
        ("Alert to somebody is sent again", "somebody"),
    }


def test_a_rep_reads_the_addresses_of_the_lead_and_in_notes(now: datetime) -> None:
    lead = make_lead(now, first_name="", last_name="", email="mia@brightwater.example")
    note(lead, now, LeadEvent.Kind.RESPONDED, "Wrote to cfo@brightwater.example too", actor="Ana Diaz")

    told = " ".join(entry.text for entry in timeline(lead, for_rep=True))

    assert "mia@brightwater.example" in told
    assert "cfo@brightwater.example" in told


def test_events_stand_with_their_actor(now: datetime) -> None:
    lead = make_lead(now)
    LeadEvent.objects.create(lead=lead, kind="edited", text="Country: DE", actor="Bo Ossa", happened_at=now)
    LeadEvent.objects.create(lead=lead, kind="reviewed", happened_at=now)

    assert [(entry.text, entry.actor) for entry in timeline(lead)[1:]] == [
        ("Country: DE", "Bo Ossa"),
        ("Back from nurture", ""),
    ]


def test_a_twin_stands_once_whether_merged_yet_or_not(now: datetime) -> None:
    lead = make_lead(now)
    make_lead(now, status="duplicate", duplicate_of=lead, last_name="Chen", route_after=now)
    make_lead(now, status="duplicate", duplicate_of=lead, last_name="Chen", route_after=None)
    LeadEvent.objects.create(lead=lead, kind="merged", text="Mia Chen posted again; new: phone", happened_at=now)

    assert sorted(texts(lead)[1:]) == ["Mia Chen posted again", "Mia Chen posted again; new: phone"]


def test_an_outcome_is_the_end(now: datetime) -> None:
    lead = make_lead(now, outcome="won", amount=12000, outcome_at=now + minutes(90))

    assert texts(lead)[-1] == "Won, 12,000"


@pytest.mark.parametrize("attempts", [1, 5])
def test_queries_do_not_grow_with_what_happened(attempts: int, now: datetime, django_assert_num_queries: Any) -> None:
    lead = make_lead(now)
    for attempt in range(1, attempts + 1):
        assign(lead, now, attempt=attempt, ended_at=now, end_reason="declined")
        message(lead, now, key=f"k{attempt}", rep=make_rep(), error="451")

    with django_assert_num_queries(5):
        timeline(lead)


def test_an_act_stands_once_with_who_did_it(now: datetime) -> None:
    lead = make_lead(now)
    assign(lead, now, accepted_at=now + minutes(1), ended_at=now + minutes(2), end_reason="declined")
    LeadEvent.objects.create(lead=lead, kind="accepted", actor="key", happened_at=now + minutes(1))
    LeadEvent.objects.create(lead=lead, kind="declined", actor="Bo", happened_at=now + minutes(2))

    assert [(entry.kind, entry.actor) for entry in timeline(lead)[2:]] == [("accepted", "key"), ("declined", "Bo")]
