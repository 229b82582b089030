"""Numbers as visitors write them: by the form's language, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from routing.models import Form, Lead, Submission
from routing.services.inbound.review import suggested_facts
from routing.services.submissions import store
from routing.services.submissions.answers import read_answers
from routing.services.submissions.unfinished import finish_begun
from tests.forms.conftest import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what is read is the same on both")]
MakeForm = Callable[..., Form]
SEATS = {"name": "attributes.seats", "widget": "number"}
BUDGET = {"name": "expected_amount"}
PEOPLE = {"name": "employees", "widget": "number"}


def send(make_form: MakeForm, question: dict[str, Any], given: str, language: str = "de", accepted: str = "en") -> Any:
    make_form({"name": "email"}, question, language=language)
    visitor = Visitor()
    visitor.open(**{"Accept-Language": accepted})
    return visitor.send({"email": "mia@globex.com", question["name"]: given})


@pytest.mark.parametrize(
    ("language", "given", "number"),
    [
        ("de", "1.500,50", 1500.5),
        ("de", "1.500", 1500),
        ("de", "1.234.567,8", 1234567.8),
        ("de", "1500,5", 1500.5),
        ("de", "1 500,50 €", 1500.5),
        ("de", "1.500,- €", 1500),
        ("de", "0,125", 0.125),
        ("de", "-3,5", -3.5),
        ("de", "12.5", 12.5),
        ("de", "1,500.50", 1500.5),
        ("en", "1,500.50", 1500.5),
        ("en", "1,500", 1500),
        ("en", "$ 1,234,567.8", 1234567.8),
        ("en", "1'500.50", 1500.5),
        ("en", "0.125", 0.125),
        ("en", "1500", 1500),
        ("en", "1.500,50", 1500.5),
    ],
)
def test_a_number_is_read_as_the_forms_language_writes_it(
    make_form: MakeForm, language: str, given: str, number: float
) -> None:
    assert send(make_form, SEATS, given, language).status_code == 303
    assert Lead.objects.get().attributes == {"seats": number}


def test_the_visitors_language_counts_where_the_form_has_none(make_form: MakeForm) -> None:
    assert send(make_form, SEATS, "1.500", language="", accepted="de-AT").status_code == 303
    assert Lead.objects.get().attributes == {"seats": 1500}


@pytest.mark.parametrize("question", [BUDGET, BUDGET | {"widget": "text"}, {"name": "annual_revenue"}], ids=str)
def test_amounts_are_read_so_too(make_form: MakeForm, question: dict[str, Any]) -> None:
    send(make_form, question, "1.500,50")

    assert float(getattr(Lead.objects.get(), question["name"])) == 1500.5


@pytest.mark.parametrize(("given", "people"), [("1.500", 1500), ("51-200", 200), ("1500", 1500)])
def test_employees_may_be_a_number_or_a_range(make_form: MakeForm, given: str, people: int) -> None:
    send(make_form, PEOPLE, given)

    assert Lead.objects.get().employees == people


@pytest.mark.parametrize(
    ("language", "given", "wholly", "partly"),
    [("de", "1,500", "1500", "1,5"), ("en", "2.125", "2125", "2.1250"), ("en", "1.000", "1000", "1.")],
)
def test_what_could_be_two_numbers_is_asked_again(
    make_form: MakeForm, language: str, given: str, wholly: str, partly: str
) -> None:
    response = send(make_form, SEATS, given, language)

    page = response.content.decode()
    assert (response.status_code, Lead.objects.count()) == (422, 0)
    assert f'value="{given}"' in page and wholly in page and partly in page


@pytest.mark.parametrize("question", [SEATS, BUDGET], ids=str)
@pytest.mark.parametrize(
    "given",
    ["1.5.0", "1,2,3", "1.50,00,1", "12,34,56", "1..5", "1.2345,6", "5 to 7", "1e5", "1_000", "0x10", "٣4", "9" * 31],
)
def test_a_broken_number_is_asked_again(make_form: MakeForm, question: dict[str, Any], given: str) -> None:
    response = send(make_form, question, given)

    assert (response.status_code, Lead.objects.count()) == (422, 0)
    assert "Bitte geben Sie eine Zahl" in response.content.decode() and f'value="{given}"' in response.content.decode()


@pytest.mark.parametrize("given", ["nan", "inf", "-Infinity", "a lot"])
def test_an_optional_number_without_any_digit_is_left_out(make_form: MakeForm, given: str) -> None:
    assert send(make_form, SEATS, given).status_code == 303
    assert Lead.objects.get().attributes == {}


def test_a_postal_code_shown_as_a_number_keeps_its_zeros(make_form: MakeForm) -> None:
    send(make_form, {"name": "postal_code", "widget": "number"}, "01067")

    assert Lead.objects.get().postal_code == "01067"


@pytest.mark.parametrize(("language", "given"), [("de", "10.000"), ("en", "10,000")])
@pytest.mark.parametrize("widget", ["select", "hidden"])
def test_what_the_form_offers_is_read_by_its_language_too(
    make_form: MakeForm, widget: str, language: str, given: str
) -> None:
    send(make_form, BUDGET | {"widget": widget, "choices": [[given, "Much"]], "default": given}, given, language)

    assert Lead.objects.get().expected_amount == 10_000


@pytest.mark.parametrize(("page_language", "seats"), [("de", 1500), ("en", None), ("", None)])
def test_it_means_the_same_after_its_process_died(
    make_form: MakeForm, now: datetime, page_language: str, seats: int | None
) -> None:
    form = make_form({"name": "email"}, SEATS)
    pairs = [("email", "mia@globex.com"), ("attributes.seats", "1.500"), ("lr_language", page_language)]
    answers = read_answers(pairs, now=now)
    store.begin(form=form, key=answers.key, raw=answers.raw, content_type="x", now=now)

    finish_begun(now=now + timedelta(minutes=2))

    assert [lead.attributes["seats"] for lead in Lead.objects.all()] == ([seats] if seats else [])


@pytest.mark.parametrize("number", [2.125, 1500.5, 1500, 0.001, 1e16])
def test_a_number_that_a_program_sends_is_that_number(make_form: MakeForm, number: float) -> None:
    make_form({"name": "email"}, SEATS, language="de")

    body = {"email": "mia@globex.com", "attributes.seats": number}
    assert Client().post("/f/demo/", body, content_type="application/json").status_code == 303
    assert Lead.objects.get().attributes == {"seats": number}


@pytest.mark.parametrize("question", [SEATS, BUDGET], ids=str)
def test_who_makes_a_lead_of_it_by_hand_finds_the_number_read(make_form: MakeForm, question: dict[str, Any]) -> None:
    make_form({"name": "email"}, question, {"name": "phone"}, language="de")
    visitor = Visitor()
    visitor.open()
    visitor.send({"email": "mia@", question["name"]: "1.500,50", "phone": "call me"})

    facts = suggested_facts(Submission.objects.get())

    assert facts.get("expected_amount", facts.get("attributes", {}).get("seats")) == 1500.5
    assert (facts["email"], facts["phone"]) == ("mia@", "call me")
