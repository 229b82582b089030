"""What a form's builder wrote, choices and hidden values: whatever is saved can be sent, and becomes what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from routing.intake import prepare
from routing.intake.asked import ASKABLE
from routing.intake.places import region_code
from routing.models import Form, FormField, Lead
from routing.rulebook.config.forms import FIELD_KEYS, wrong_with_form
from routing.services.forms.asked import AskedForm
from routing.services.submissions.answers import read_answers
from routing.services.submissions.understanding import Understood, understand
from tests.conftest import NOW
from tests.forms.conftest import Visitor

pytestmark = [pytest.mark.one_database("what is offered and read is the same on both")]
COLUMNS = {column: key for key, column in FIELD_KEYS.items()}
EMAIL = {"name": "email"}
REGION = {"name": "region", "widget": "select", "required": True}
MONEY = ("expected_amount", "annual_revenue")
TRICKY = (
    "10.000", "10000", "1.001-5.000", "1,5", "many", " BY ", "DE-BY", "Bayern", "a  b", "a\nb", "a\r\nb", "a\u200bb",
    "x" * 60, "x" * 190, "a" + " " * 190 + "b", "+49 171 1234567", "0171 1234567", "call me", "mia@globex.com", "mia@",
    "demo", "sales", "Deutsch", "Klingon", "https://globex.com", "javascript:alert(1)", "Österreich", "de", "0", "-5",
)  # fmt: skip


def wrong(*questions: dict[str, Any], language: str = "") -> list[str]:
    fields = [{COLUMNS[column]: value for column, value in question.items()} for question in questions]
    return [f"{e.path}: {e.message}" for e in wrong_with_form({"name": "f", "language": language, "fields": fields})]


def understood(*questions: dict[str, Any], form_language: str = "", **sent: str) -> Understood:
    """Sent by a visitor whose browser speaks English."""
    asked = AskedForm(Form(slug="f", name="f", language=form_language), tuple(FormField(**row) for row in questions))
    pairs = [("email", "mia@globex.com"), ("lr_language", "en"), *sent.items()]
    return understand(asked, read_answers(pairs, now=NOW))


# --- what is saved can be sent ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*sorted({*ASKABLE} - {"region"}), "attributes.plan"])
def test_every_choice_that_is_saved_can_be_sent_and_read(name: str) -> None:
    saved = 0
    for text in TRICKY:
        question = {"name": name, "widget": "select", "required": True, "choices": [[text, "Words"]]}
        questions = [question] if name == "email" else [EMAIL, question]
        if not wrong(*questions):
            found = understood(*questions, **{name: text})
            values = prepare(found.facts).values
            assert (found.problems, found.left_out) == ({}, {}), text
            assert (values["attributes"]["plan"] if name == "attributes.plan" else values[name]) not in ("", None), text
            saved += 1
    assert saved


@pytest.mark.parametrize("language", ["", "de", "en"])
@pytest.mark.parametrize("widget", ["select", "hidden"])
def test_every_amount_that_is_saved_is_the_one_that_was_meant(language: str, widget: str) -> None:
    saved = 0
    for meant, text in amounts():
        question = {"name": "expected_amount", "widget": widget, "choices": [text], "default": text}
        if not wrong(EMAIL, question, language=language):
            found = understood(EMAIL, question, form_language=language, expected_amount=text)
            assert prepare(found.facts).values["expected_amount"] == meant, text
            saved += 1
    assert saved > 12


def amounts() -> Iterator[tuple[Decimal, str]]:
    """As Germans, the English, the Swiss and machines write them."""
    for meant in map(Decimal, ("5", "12.5", "500", "1000", "1500.50", "5000", "10000", "1234567", "1234567.89")):
        english = f"{meant:,f}"
        german = english.translate(str.maketrans(",.", ".,"))
        for text in {
            english,
            german,
            english.replace(",", "'"),
            english.replace(",", " "),
            f"{meant:f}",
            f"{german} €",
        }:
            yield meant, text


LIMBURG = {"name": "country", "choices": ["BE", ["NL", "Here"]]}
COUNTRIES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "none": ([], [""]),
    "all": ([{"name": "country"}], ["", "DE", "BE", "NL"]),
    "all, needed": ([{"name": "country", "required": True}], ["DE", "BE", "NL"]),
    "typed": ([{"name": "country", "widget": "text"}], ["", "DE", "BE", "NL"]),
    "one": ([{"name": "country", "choices": ["Deutschland"]}], ["", "DE"]),
    "fixed": ([{"name": "country", "widget": "hidden", "default": "DE"}], ["", "DE"]),
    "two": ([LIMBURG], ["", "BE", "NL"]),
    "two, needed": ([LIMBURG | {"required": True}], ["BE", "NL"]),
}
"""How a form may ask for the country, and what can be sent of it."""
REGIONS = {"DE": {"DE-BY", "BY", "HE", "Bayern"}, "BE": {"Limburg"}, "NL": {"Limburg", "Zeeland", "NL-LI"}}


@pytest.mark.parametrize("asked", COUNTRIES)
@pytest.mark.parametrize("widget", ["select", "hidden"])
@pytest.mark.parametrize("text", [*sorted(set().union(*REGIONS.values())), "Nord", "West", "Süd"])
def test_every_region_that_is_saved_is_the_one_that_was_meant(asked: str, widget: str, text: str) -> None:
    countries, given = COUNTRIES[asked]
    questions = [EMAIL, *countries, {"name": "region", "widget": widget, "choices": [text], "default": text}]
    if wrong(*questions):
        return
    for country in given:
        if not country or text in REGIONS[country]:
            found = understood(*questions, region=text, **({"country": country} if country else {}))
            values = prepare(found.facts).values
            assert (found.problems, found.left_out) == ({}, {})
            assert text in REGIONS[values["country"]]
            assert values["region"] == region_code(text, values["country"])


@pytest.mark.parametrize(
    ("asked", "text", "path"),
    [
        ("none", "DE-BY", ""),
        ("none", "BY", "ISO 3166-2"),
        ("none", "West", "CM-OU"),
        ("all, needed", "Bayern", "DE-BY"),
        ("one", "BY", ""),
        ("fixed", "Bayern", ""),
        ("fixed", "NL-LI", "NL-LI lies in none of the countries"),
        ("fixed", "Nord", "no such region in DE"),
        ("two", "Limburg", "BE-VLI, NL-LI"),
        ("two, needed", "Limburg", ""),
    ],
)
def test_a_region_that_no_lead_could_have_is_refused_with_the_reason(asked: str, text: str, path: str) -> None:
    said = wrong(EMAIL, *COUNTRIES[asked][0], REGION | {"choices": [text]})

    assert path in said[0] if path else not said


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        ("de", "10.000", ""),
        ("de", "10,000", "Write 10000 or 10."),
        ("en", "10.000", "Write 10000 or 10."),
        ("", "10.000", "Write 10000 or 10."),
        ("", "10.000 €", "Write 10000 or 10."),
        ("de", "up to 10", "Write a number without words"),
        ("de", "-5", "from 0 to"),
    ],
)
@pytest.mark.parametrize("shown", [{"widget": "select"}, {"widget": "hidden"}], ids=str)
def test_an_amount_that_could_be_two_or_none_is_refused(
    language: str, text: str, reason: str, shown: dict[str, Any]
) -> None:
    key = "default" if shown["widget"] == "hidden" else "choices"
    question = {"name": "expected_amount", **shown, key: text if key == "default" else [[text, "Words"]]}

    said = wrong(EMAIL, question, language=language)

    assert said[0].startswith(f"fields[1].{key}") and reason in said[0] if reason else not said


@pytest.mark.parametrize("text", ["a\nb", "a\u2028b", "a\x00b"])
def test_a_choice_is_one_line_of_what_can_be_seen(text: str) -> None:
    """A browser would send another text back, which is none of the choices."""
    assert "Write one line." in wrong(EMAIL, {"name": "attributes.plan", "widget": "select", "choices": [text]})[0]


# --- what was saved before ----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("choice", ["Nord", "NL-LI"])
def test_a_choice_that_cannot_be_read_keeps_no_visitor_from_sending(
    make_form: Callable[..., Form], choice: str
) -> None:
    make_form(EMAIL, {"name": "country", "choices": ["DE", "NL"]}, REGION | {"choices": [choice]})
    visitor = Visitor()
    visitor.open()

    response = visitor.send({"email": "mia@globex.com", "country": "DE", "region": choice})

    lead = Lead.objects.get()
    assert (response.status_code, lead.country, lead.region) == (303, "DE", "")
    assert lead.events.filter(text__contains=choice).exists()


def test_an_amount_of_a_form_without_language_is_not_read_by_the_visitors() -> None:
    """Who wrote it was not the visitor."""
    question = {"name": "expected_amount", "widget": "select", "choices": ["10.000"], "required": True}

    found = understood(EMAIL, question, lr_language="de", expected_amount="10.000")

    assert "expected_amount" not in found.facts and "10.000" in found.left_out["expected_amount"][0]
