"""POST /leads: the receipt, idempotency, waiting for the decision."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from routing.api.parsers import body_hash
from routing.models import ApiKey, Lead, LeadEvent
from tests.api.conftest import API, send
from tests.factories import make_rep

MIA = {"email": "mia@globex.com", "first_name": "Mia"}


def test_a_lead_is_accepted_with_its_address(api: Client) -> None:
    answer = send(api, MIA)

    lead = Lead.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "id": str(lead.uuid),
        "status": "pending",
        "url": f"http://testserver{API}/leads/{lead.uuid}",
    }
    assert answer["Location"] == answer.json()["url"]


def test_the_lead_is_stored_with_the_key_that_sent_it(api: Client, key: ApiKey) -> None:
    send(api, MIA)

    lead = Lead.objects.get()
    assert (lead.email, lead.first_name, lead.api_key) == ("mia@globex.com", "Mia", key)


def test_a_field_that_does_not_exist_is_named(api: Client) -> None:
    answer = send(api, MIA | {"shoe_size": 43})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["shoe_size"]
    assert not Lead.objects.exists()


def test_nothing_to_reach_the_person_by_is_an_error(api: Client) -> None:
    assert "email" in send(api, {"first_name": "Mia"}).json()["errors"]


def test_nul_and_lone_surrogates_are_stripped_and_noted(api: Client) -> None:
    answer = api.post(
        f"{API}/leads", r'{"email": "mia@globex.com", "first_name": "Mi\u0000a\ud800"}', content_type="application/json"
    )

    assert answer.status_code == 202
    assert Lead.objects.get().first_name == "Mia"
    assert "first_name" in LeadEvent.objects.get(kind=LeadEvent.Kind.CLEANED).text


def test_a_known_external_id_brings_news_about_its_lead(api: Client) -> None:
    first = send(api, MIA | {"external_id": "crm-1"})

    answer = send(api, {"email": MIA["email"], "external_id": "crm-1", "job_title": "CTO"})

    assert (answer.status_code, answer.json()["id"]) == (202, first.json()["id"])
    assert Lead.objects.get().job_title == "CTO"


# --- sent twice --------------------------------------------------------------------------------------------------


def test_the_same_key_and_body_are_answered_the_same(api: Client) -> None:
    first = send(api, MIA, Idempotency_Key="form-17")

    second = send(api, MIA, Idempotency_Key="form-17")

    assert (second.status_code, second.json()) == (202, first.json())
    assert (first.has_header("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (False, "true")
    assert Lead.objects.count() == 1


def test_blanks_and_the_order_of_names_are_no_other_body(api: Client) -> None:
    send(api, MIA, Idempotency_Key="form-17")

    again = send(api, dict(reversed(MIA.items())), Idempotency_Key="form-17")

    assert again["Idempotent-Replayed"] == "true"


def test_the_same_key_with_another_body_is_refused(api: Client) -> None:
    send(api, MIA, Idempotency_Key="form-17")

    answer = send(api, MIA | {"first_name": "Leo"}, Idempotency_Key="form-17")

    assert answer.status_code == 422
    assert Lead.objects.count() == 1


def test_without_an_idempotency_key_every_request_is_a_lead(api: Client) -> None:
    send(api, MIA)
    send(api, MIA)

    assert Lead.objects.count() == 2


@pytest.mark.parametrize("value", ["", " ", "a" * 256, "naïve", "tab\tinside"])
def test_a_strange_idempotency_key_is_refused(api: Client, value: str) -> None:
    answer = send(api, MIA, Idempotency_Key=value)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["Idempotency-Key"]


def test_two_bodies_that_say_the_same_have_one_hash() -> None:
    assert body_hash({"a": 1, "b": [True]}) == body_hash({"b": [True], "a": 1}) != body_hash({"a": 1, "b": [1]})


# --- waiting for the decision ------------------------------------------------------------------------------------


def test_who_waits_in_vain_gets_the_receipt(api: Client) -> None:
    answer = send(api, MIA, Prefer="wait=1")

    assert answer.status_code == 202
    assert "Preference-Applied" not in answer


def test_a_replay_of_a_decided_lead_answers_the_lead_when_it_may_wait(api: Client) -> None:
    send(api, MIA, Idempotency_Key="form-17")
    Lead.objects.update(status=Lead.Status.ASSIGNED, owner=make_rep("Ana"), owned_at="2026-03-03T16:00:00Z")

    answer = send(api, MIA, Idempotency_Key="form-17", Prefer="respond-async, wait=5")

    assert (answer.status_code, answer["Idempotent-Replayed"]) == (201, "true")
    assert answer.json()["owner"]["name"] == "Ana"


@pytest.mark.parametrize("prefer", ["wait", "wait=", "wait=-1", "wait=soon", "respond-async", "wait=0", "x" * 5000])
def test_a_preference_that_makes_no_sense_is_ignored(api: Client, prefer: str) -> None:
    assert send(api, MIA, Prefer=prefer).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_who_waits_gets_the_lead_once_it_is_decided(api: Client) -> None:
    owner = make_rep("Ana")
    router = threading.Thread(target=_decide_the_next_lead, args=[owner])
    router.start()

    answer = send(api, MIA, Prefer="wait=10")
    router.join()

    assert (answer.status_code, answer["Preference-Applied"]) == (201, "wait=10")
    assert answer.json()["status"] == "assigned"
    assert answer["Location"] == f"http://testserver{API}/leads/{answer.json()['id']}"


def _decide_the_next_lead(owner: Any) -> None:
    """What a worker does, in a thread: assign the lead as soon as it is there."""
    for _ in range(10_000):
        if Lead.objects.filter(status="pending").update(
            status="assigned", owner=owner, owned_at="2026-03-03T16:00:00Z", route_after=None
        ):
            break
        time.sleep(0.005)
    connection.close()
