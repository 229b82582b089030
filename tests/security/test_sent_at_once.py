"""The same lead sent many times at the same moment is one lead; another body with its key is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from routing.api.authentication import forget_keys
from routing.models import Lead, LeadEvent, Scope
from routing.services.api_keys import create_api_key
from tests.chaos.at_once import at_once
from tests.security.doors import API


@pytest.fixture
def secret(transactional_db: None) -> str:
    forget_keys()
    return create_api_key(name="website", scopes=[Scope.LEADS_WRITE]).secret


def send(secret: str, key: str, name: str = "Mia") -> Any:
    body = json.dumps({"email": f"{key}@globex.com", "first_name": name})
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
    return Client().post(f"{API}/leads", body, content_type="application/json", headers=headers)


def replay(secret: str, keys: int, times: int) -> None:
    for number in range(keys):
        answers = at_once(*[lambda n=number: send(secret, f"form-{n}")] * times)

        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert sum(not answer.has_header("Idempotent-Replayed") for answer in answers) == 1
    assert Lead.objects.count() == keys
    assert not LeadEvent.objects.filter(kind="changed").exists()


def test_a_lead_sent_ten_times_at_once_is_one_lead(secret: str) -> None:
    replay(secret, 10, 10)


@pytest.mark.long
def test_a_hundred_leads_each_sent_fifty_times_at_once_are_a_hundred_leads(secret: str) -> None:
    replay(secret, 100, 50)


def test_of_ten_bodies_with_one_key_one_becomes_a_lead(secret: str) -> None:
    answers = at_once(*[lambda n=number: send(secret, "form-1", f"Mia {n}") for number in range(10)])

    assert sorted(answer.status_code for answer in answers) == [202] + [422] * 9
    [taken] = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    assert str(Lead.objects.get().uuid) == taken


def test_two_hundred_other_bodies_with_its_key_leave_a_lead_as_it_is(secret: str) -> None:
    send(secret, "form-1")
    before = Lead.objects.values().get()

    answers = [send(secret, "form-1", f"Leo {number}") for number in range(200)]

    assert {answer.status_code for answer in answers} == {422}
    assert Lead.objects.values().get() == before
