"""Against abuse: what is suspicious waits for people, what is too much is refused, good people get through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from routing.models import Form, Lead, Submission
from routing.services.privacy import suppress
from tests.conftest import NOW
from tests.forms.conftest import ANSWERS, Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("counting itself is tested on both: test_throttling")]


def test_a_field_that_people_do_not_see_sends_to_review(visitor: Visitor) -> None:
    response = visitor.send(ANSWERS | {"homepage": "http://spam.example"})

    assert response.status_code == 303
    assert Lead.objects.get().screen_reason == "A field that people do not see was filled in."


def test_who_is_too_fast_goes_to_review(visitor: Visitor) -> None:
    visitor.send(after=1.9)

    assert Lead.objects.get().screen_reason == "It was filled in within two seconds."


@pytest.mark.parametrize("seconds", [2.1, 60, 3_000_000])
def test_who_takes_their_time_is_no_robot(visitor: Visitor, seconds: float) -> None:
    visitor.send(after=seconds)

    assert Lead.objects.get().screen_reason == ""


@pytest.mark.parametrize("stamp", ["x", "demo:1:forged", "other:1741017600000:forged", ":::"])
def test_a_time_that_was_made_up_goes_to_review(visitor: Visitor, stamp: str) -> None:
    visitor.send(ANSWERS | {"lr_stamp": stamp})

    assert Lead.objects.get().screen_reason == "The time of its page was changed."


def test_the_time_of_another_form_does_not_count(visitor: Visitor, make_form: Callable[..., Form]) -> None:
    make_form(name="Other", slug="other")
    other = Visitor("other")
    other.open()

    visitor.send(ANSWERS | {"lr_stamp": other.page["lr_stamp"]})

    assert Lead.objects.get().screen_reason == "The time of its page was changed."


def flood(count: int, **headers: Any) -> list[int]:
    """So many from one visitor in one minute, each another person."""
    with time_machine.travel(NOW, tick=False):
        sent = [(f"mia{n}@globex.com", {name: value(n) for name, value in headers.items()}) for n in range(count)]
        return [Client().post("/f/demo/", {"email": email}, headers=given).status_code for email, given in sent]


def test_many_from_one_visitor_go_to_review_and_then_are_refused(make_form: Callable[..., Form]) -> None:
    make_form(address_limit=3)

    answers = flood(9)

    assert answers == [303] * 6 + [429] * 3
    assert Lead.objects.filter(screen_reason="").count() == 3
    assert Lead.objects.filter(screen_reason__startswith="More than 3 came from one visitor").count() == 3


def test_many_of_all_visitors_together_count_too(make_form: Callable[..., Form]) -> None:
    make_form(form_limit=2)

    assert flood(5) == [303] * 4 + [429]
    assert Lead.objects.exclude(screen_reason="").count() == 2


def test_the_address_cannot_be_made_up(make_form: Callable[..., Form]) -> None:
    make_form(address_limit=3)

    assert flood(9, **{"X-Forwarded-For": lambda n: f"203.0.113.{n}"})[6:] == [429] * 3


def test_behind_a_proxy_visitors_are_told_apart(make_form: Callable[..., Form], settings: Any) -> None:
    settings.NUM_PROXIES = 1
    make_form(address_limit=1)

    assert flood(6, **{"X-Forwarded-For": lambda n: f"6.6.6.6, 203.0.113.{n}"}) == [303] * 6
    assert not Lead.objects.exclude(screen_reason="").exists()


def test_somebody_else_gets_through_while_one_floods(make_form: Callable[..., Form]) -> None:
    make_form(address_limit=1)
    flood(5)

    assert Client(REMOTE_ADDR="198.51.100.7").post("/f/demo/", {"email": "leo@globex.com"}).status_code == 303
    assert Lead.objects.get(email="leo@globex.com").screen_reason == ""


def test_a_refusal_says_when_to_come_back_and_loses_nothing(make_form: Callable[..., Form]) -> None:
    make_form(address_limit=1)
    visitor = Visitor()
    visitor.open()
    flood(2)

    response = visitor.send(after=20)

    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (429, "40")
    assert "Please try again in 40 seconds." in page and 'value="mia@globex.com"' in page


def test_a_minute_later_all_is_forgotten(make_form: Callable[..., Form]) -> None:
    make_form(address_limit=1)
    flood(4)

    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert Client().post("/f/demo/", {"email": "leo@globex.com"}).status_code == 303

    assert Lead.objects.get(email="leo@globex.com").screen_reason == ""


def test_what_is_refused_is_not_kept(make_form: Callable[..., Form]) -> None:
    make_form(address_limit=1)

    flood(10)

    assert Submission.objects.count() == 2


def test_who_asked_to_be_erased_waits_for_people(visitor: Visitor, now: Any) -> None:
    suppress(["mia@globex.com"], now=now)

    visitor.send()

    assert Lead.objects.get().screen_reason == "asked to be erased"


def test_a_suspicious_visitor_is_thanked_like_everybody(visitor: Visitor) -> None:
    address = visitor.send(ANSWERS | {"homepage": "x"})["Location"]

    assert "Thank you, Mia!" in visitor.client.get(address).content.decode()
