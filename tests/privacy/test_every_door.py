"""Whoever asked never to be taken in again waits in review, or is refused, by whatever door they come."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from routing import spool
from routing.models import Form, Lead, OutboxMessage, Scope, Signal, Submission, Webhook, WebhookDelivery
from routing.services.api_keys import create_api_key
from routing.services.lead_actions import restore
from routing.services.merge_duplicates import merge_duplicates
from routing.services.privacy import suppress
from routing.services.privacy.erasing import erase_person
from routing.services.receive_lead import receive_lead, receive_leads
from routing.services.route_pending import route_all
from routing.services.submissions.drain import drain
from routing.services.submissions.review import make_lead
from tests.api.conftest import API, client_with
from tests.privacy.conftest import MIA, PHONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
REASON = "asked to be erased"
GERMAN = {"phone": "030 901820", "country": "DE"}


@pytest.fixture
def api() -> Client:
    return client_with(create_api_key(name="website", scopes=Scope.values).secret)


@pytest.fixture
def gone(now: datetime) -> None:
    suppress([MIA, PHONE], now=now)


@pytest.fixture
def contact() -> Form:
    return Form.objects.create(name="Contact", slug="contact")


def post(api: Client, body: Any, path: str = "/leads", method: str = "post") -> Any:
    return getattr(api, method)(f"{API}{path}", body, content_type="application/json")


def routed() -> Lead:
    """Whoever came by the API came by the real clock."""
    route_all(now=Lead.objects.get().submitted_at)
    return Lead.objects.get()


# --- the API -----------------------------------------------------------------------------------------------------


def test_who_was_erased_for_good_is_not_routed_when_they_come_by_the_api(api: Client, now: datetime) -> None:
    receive_lead(facts={"email": MIA}, now=now)
    erase_person(email=MIA, never_again=True, now=now)

    post(api, {"email": MIA.upper()})

    lead = routed()
    assert (lead.status, lead.screen_reason, lead.owner) == ("quarantined", REASON, None)
    assert not OutboxMessage.objects.exists()


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("facts", [{"email": MIA}, {"phone": PHONE}, GERMAN], ids=["address", "number", "national"])
def test_the_receipt_tells_a_sender_nothing_of_what_they_asked(api: Client, facts: dict[str, str]) -> None:
    answer = post(api, facts)

    assert (answer.status_code, set(answer.json())) == (202, {"id", "status", "url"})
    assert routed().screen_reason == REASON


@pytest.mark.usefixtures("gone")
def test_a_person_may_release_them_and_change_the_rest_of_what_is_known(api: Client, now: datetime) -> None:
    lead = receive_lead(facts={"email": MIA}, now=now).lead
    route_all(now=now)
    restore(lead=lead, now=now, actor="Olga")
    route_all(now=now)

    answer = post(api, {"email": MIA, "company": "Globex"}, f"/leads/{lead.uuid}", "patch")

    assert (answer.status_code, Lead.objects.get().status) == (200, "assigned")


@pytest.mark.usefixtures("gone")
def test_other_programs_hear_of_them_once_somebody_has_released_them(now: datetime) -> None:
    Webhook.objects.create(name="CRM", url="https://crm.example.com/")
    lead = receive_lead(facts={"email": MIA}, now=now).lead
    receive_leads(submissions=[{"phone": PHONE}], now=now)
    route_all(now=now)
    assert not WebhookDelivery.objects.exists()

    restore(lead=lead, now=now, actor="Olga")

    told = WebhookDelivery.objects.get()
    assert (told.event, told.lead) == ("lead.received", lead)


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize(("name", "value"), [("email", MIA), ("phone", PHONE)])
def test_no_other_lead_is_given_their_address_or_number(api: Client, now: datetime, name: str, value: str) -> None:
    lead = receive_lead(facts={"email": "leo@example.com", "external_id": "7"}, now=now).lead

    answers = [
        post(api, {name: value}, f"/leads/{lead.uuid}", "patch"),
        post(api, {"email": "leo@example.com", "external_id": "7"} | {name: value}),
    ]

    assert [(one.status_code, list(one.json()["errors"])) for one in answers] == [(400, [name])] * 2
    assert "asked to be erased" in answers[0].json()["errors"][name][0]
    assert getattr(Lead.objects.get(), name) != value


@pytest.mark.usefixtures("gone")
def test_no_signal_about_them_is_kept(api: Client) -> None:
    answer = post(api, {"email": MIA, "kind": "pricing_visit"}, "/signals")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["email"])
    assert not Signal.objects.exists()


def test_looking_for_them_costs_one_query_for_a_lead_and_two_for_many(now: datetime) -> None:
    def lookups(*emails: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            receive_leads(submissions=[{"email": email} for email in emails], now=now)
        return sum("routing_suppression" in query["sql"] for query in queries)

    with CaptureQueriesContext(connection) as queries:
        receive_lead(facts={"email": "a@example.com", "phone": PHONE}, now=now)
    assert sum("routing_suppression" in query["sql"] for query in queries) == 1
    suppress([MIA], now=now)
    assert lookups(*(f"p{number}@example.com" for number in range(40))) == 2


# --- the other doors ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("gone")
def test_many_at_once_are_told_apart(now: datetime) -> None:
    leads = receive_leads(submissions=[{"email": "a@example.com"}, {"email": "b@example.com"}, GERMAN], now=now)

    assert [lead.screen_reason for lead in leads] == ["", "", REASON]


@pytest.mark.usefixtures("gone")
def test_whatever_else_speaks_against_it_people_read_that_they_asked(now: datetime) -> None:
    lead = receive_lead(facts={"email": MIA}, honeypot="x", quarantine="Too fast", now=now).lead

    assert lead.screen_reason == REASON


@pytest.mark.usefixtures("gone")
def test_what_waited_on_disk_while_they_were_erased_waits_in_review_then(
    contact: Form, now: datetime, settings: Any, tmp_path: Any
) -> None:
    settings.SPOOL_DIR = tmp_path
    contact.fields.create(name="email", position=1)
    entry = {
        "format": 1,
        "form": "contact",
        "key": "1",
        "raw": json.dumps([["email", MIA]]),
        "content_type": "",
        "visitor": "",
    }
    spool.put(entry | {"quarantine": "", "robot": False, "received_at": now.isoformat()}, now=now)

    drain(now=now)

    assert routed().status == "quarantined"


@pytest.mark.usefixtures("gone")
def test_a_submission_that_somebody_puts_right_waits_until_they_release_it(contact: Form, now: datetime) -> None:
    submission = Submission.objects.create(form=contact, key="1", raw="?", received_at=now)

    make_lead(submission, {"email": MIA}, None, now)

    assert routed().screen_reason == REASON


@pytest.mark.usefixtures("gone")
def test_nothing_of_theirs_is_merged_into_another_lead_by_itself(now: datetime) -> None:
    receive_lead(facts={"email": "leo@example.com"}, now=now)
    receive_lead(facts={"email": "leo@example.com", "phone": PHONE}, now=now)
    route_all(now=now)
    merge_duplicates(now=now)

    assert sorted(Lead.objects.values_list("status", "phone")) == [("assigned", ""), ("quarantined", "+4930901820")]
