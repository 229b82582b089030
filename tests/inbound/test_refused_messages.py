"""What was refused stays as it came: its sender was told that it is kept, and may send it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from routing.inbound import receive as view
from routing.models import Lead, Submission
from routing.services.inbound.addresses import NewAddress, path_of
from routing.services.inbound.review import try_again
from tests.inbound.conftest import MIA, new_address

pytestmark = pytest.mark.django_db(transaction=True)
NO, YES = {"id": 7, "agreed": False}, MIA | {"id": 7, "agreed": True}
"""Without an address nobody is known by this id yet."""
UNREADABLE = {"id": 7, "contact": {"email": "mia(at)globex", "name": "Mia"}}


def test_what_comes_later_with_its_id_takes_nobodys_place(send: Callable[..., Any]) -> None:
    told = send(NO).json()
    send(YES)

    assert "It is kept" in told["detail"]
    assert json.loads(Submission.objects.get(uuid=told["submission"]).raw) == NO


def test_of_several_that_are_refused_each_is_kept(send: Callable[..., Any]) -> None:
    send(NO)
    send({"id": 7, "note": "call +49 171 5550000"})

    assert Submission.objects.count() == 2


@pytest.mark.parametrize("other", [YES, UNREADABLE])
def test_people_look_at_each_that_was_refused(send: Callable[..., Any], other: Any) -> None:
    send([NO, other])

    assert Submission.objects.to_review().filter(raw=json.dumps(NO)).exists()


def test_sent_again_with_its_key_it_counts(send: Callable[..., Any]) -> None:
    first = send(NO, Idempotency_Key="withdrawal")
    send(YES, Idempotency_Key="consent")

    again = send(NO, Idempotency_Key="withdrawal")

    assert (first.status_code, again.status_code, Lead.objects.get().consent) == (422, 202, False)


def test_sent_again_to_another_address_it_counts(send: Callable[..., Any]) -> None:
    other = new_address(name="Other")
    send(NO, key=other.key)
    send(YES)

    again = send(NO, key=other.key)

    assert (again.status_code, again.get("Idempotent-Replayed"), Lead.objects.get().consent) == (202, None, False)


def test_tried_again_by_people_it_changes_nothing_that_is_newer_and_says_so(
    send: Callable[..., Any], now: datetime
) -> None:
    other = new_address(name="Other")
    send(NO, key=other.key)
    send(YES)

    tried = try_again(submission=Submission.objects.get(inbound=other.address), now=now)

    assert tried and tried.again
    assert Lead.objects.get().consent is True


# --- ten minutes --------------------------------------------------------------------------------------------------


class Gone:
    """The database goes away at the lead, and stays away."""

    gone = False

    def __call__(self, execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        self.gone = self.gone or sql.startswith('INSERT INTO "routing_lead"')
        if self.gone:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, *args)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, door: NewAddress, now: datetime) -> Callable[[float, Any], Any]:
    """Send so many minutes later."""

    def sent(minutes: float, body: Any) -> Any:
        monkeypatch.setattr(view, "current_time", lambda: now + timedelta(minutes=minutes))
        return Client().post(path_of(door.key), json.dumps(body), content_type="application/json")

    return sent


def test_they_are_counted_from_the_answer_not_from_the_first_try(at: Callable[[float, Any], Any]) -> None:
    with connection.execute_wrapper(Gone()):
        codes = [at(0, MIA).status_code]
    codes += [at(9.8, MIA).status_code, at(10.2, MIA).status_code]

    assert (codes, Lead.objects.count()) == ([503, 202, 202], 1)


def test_they_are_counted_from_the_last_time_that_the_same_came(at: Callable[[float, Any], Any]) -> None:
    for minutes, body in ((0, YES), (9, YES), (9.5, NO), (11, YES)):
        at(minutes, body)

    assert Lead.objects.get().consent is False
