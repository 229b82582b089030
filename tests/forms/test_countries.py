"""Country and region: chosen from a list in the visitor's language, or written in full; understood as intake does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from routing.intake.asked import longest
from routing.models import Form, Lead
from routing.rulebook.config.forms import wrong_with_form
from tests.forms.conftest import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what is asked and read is the same on both")]
MakeForm = Callable[..., Form]
COUNTRY, EMAIL = {"name": "country"}, {"name": "email"}


def options(query: str = "", accepted: str = "") -> list[tuple[str, str]]:
    """Value and words of each choice, and a line as it stands between them."""
    page = Client().get(f"/f/demo/{query}", headers={"Accept-Language": accepted}).content.decode()
    found = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>|(<hr>)', page.partition('name="country"')[2])
    return [(line, line) if line else (value, text) for value, text, line in found]


def sent(**answers: Any) -> Lead:
    visitor = Visitor()
    visitor.open()
    response = visitor.send({"email": "mia@globex.com"} | answers)
    assert response.status_code == 303, response.content.decode()
    return Lead.objects.get()


def test_a_country_is_chosen_from_a_list_that_begins_with_nothing(make_form: MakeForm) -> None:
    make_form(EMAIL, COUNTRY)

    found = options()

    assert found[0] == ("", "Please choose")
    assert ("DE", "Germany") in found and ("XK", "Kosovo") in found
    assert len(found) == len(set(found)) > 249


def test_it_is_in_the_visitors_language_and_sorted_by_it(make_form: MakeForm) -> None:
    make_form(EMAIL, COUNTRY)

    names = [name for _, name in options(accepted="de-LI")]

    assert names.index("Ägypten") < names.index("Belgien") and "Vereinigte Staaten" in names


@pytest.mark.parametrize(
    ("accepted", "first"),
    [
        ("de-AT,de;q=0.9", ["AT", "DE", "CH", "<hr>"]),
        ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", ["DE", "AT", "CH", "US", "GB", "<hr>"]),
        ("zh-Hant-TW", ["TW", "<hr>"]),
        ("fr", ["AF"]),
        ("xx-QQ, en-001", ["US", "GB", "<hr>"]),
    ],
)
def test_likely_countries_come_first(make_form: MakeForm, accepted: str, first: list[str]) -> None:
    make_form(EMAIL, COUNTRY)

    assert [value for value, _ in options(accepted=accepted)[1 : len(first) + 1]] == first


def test_a_form_may_say_which_come_first(make_form: MakeForm) -> None:
    make_form(EMAIL, COUNTRY | {"choices": ["NL", "BE", "*"]})

    found = options("?lang=de", accepted="fr-FR")

    assert found[1:4] == [("NL", "Niederlande"), ("BE", "Belgien"), ("<hr>", "<hr>")]
    assert ("FR", "Frankreich") in found and sum(value == "NL" for value, _ in found) == 1


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("Germany", "Germany"),
        ("de", "Germany"),
        (["DE", "Here"], "Here"),
        (["DE", "at"], "at"),
        ([" Deutschland ", "Here"], "Here"),
    ],
)
def test_whatever_comes_first_is_there_once_before_a_line(make_form: MakeForm, first: Any, said: str) -> None:
    make_form(EMAIL, COUNTRY | {"choices": [first, "AT", "AT", "*"]})

    found = options()

    assert found[1:4] == [("DE", said), ("AT", "Austria"), ("<hr>", "<hr>")]
    assert len(found) == len({value for value, _ in found})


def test_a_form_may_say_which_there_are(make_form: MakeForm) -> None:
    make_form(EMAIL, COUNTRY | {"choices": ["DE", ["AT", "Our Austria"]]})

    assert options() == [("", "Please choose"), ("DE", "Germany"), ("AT", "Our Austria")]


def test_a_country_that_the_form_does_not_offer_is_no_choice(make_form: MakeForm) -> None:
    make_form(EMAIL, COUNTRY | {"choices": ["DE", "AT"]})
    visitor = Visitor()
    visitor.open()

    page = visitor.send({"email": "mia@globex.com", "country": "France"}).content.decode()

    assert "Please choose one of these." in page and not Lead.objects.exists()


def test_a_name_in_the_pages_address_chooses_it(make_form: MakeForm) -> None:
    make_form(EMAIL, COUNTRY)

    page = Client().get("/f/demo/?country=Deutschland").content.decode()

    assert '<option value="DE" selected>' in page


@pytest.mark.parametrize("widget", ["", "select", "text"])
@pytest.mark.parametrize("written", ["Germany", "Deutschland", "de", "DEU", "Federal Republic of Germany"])
def test_a_country_is_understood_however_it_is_written(make_form: MakeForm, widget: str, written: str) -> None:
    make_form(EMAIL, COUNTRY | {"widget": widget})

    assert sent(country=written).country == "DE"


@pytest.mark.parametrize(
    ("country", "region", "code"),
    [
        ("DE", "North Rhine-Westphalia", "DE-NW"),
        ("DE", "Nordrhein-Westfalen", "DE-NW"),
        ("US", "Massachusetts", "US-MA"),
        ("US", "ma", "US-MA"),
        ("US", "Kalifornien", "US-CA"),
    ],
)
def test_a_region_is_understood_however_it_is_written(
    make_form: MakeForm, country: str, region: str, code: str
) -> None:
    make_form(EMAIL, COUNTRY, {"name": "region"})

    assert sent(country=country, region=region).region == code


@pytest.mark.parametrize(
    ("name", "choices", "wrong"),
    [
        ("country", ["DE", "Germany", ["Österreich", "Here"], "*"], []),
        ("country", ["DE", "Atlantis"], ["fields[1].choices[1]"]),
        ("kind", ["demo", ["sales", "Buy"]], ["fields[1].choices[1]"]),
        ("employees", ["1-10", "11+", "many"], ["fields[1].choices[2]"]),
        ("attributes.plan", ["anything", "*"], []),
    ],
)
def test_a_choice_that_nobody_would_understand_is_refused(name: str, choices: Any, wrong: list[str]) -> None:
    """Who must choose it could never send the form."""
    fields = [{"field": "email"}, {"field": name, "shown_as": "select", "choices": choices}]

    assert [error.path for error in wrong_with_form({"name": "f", "fields": fields})] == wrong


@pytest.mark.parametrize("name", ["country", "region", "language"])
def test_full_names_fit_into_the_field(make_form: MakeForm, name: str) -> None:
    make_form(EMAIL, {"name": name, "widget": "text"})

    page = Visitor().open().content.decode()

    limit = re.search(rf'name="{name}" type="text" value="" maxlength="(\d+)"', page)
    assert limit and int(limit[1]) == longest(name) >= len("South Georgia and the South Sandwich Islands")


@pytest.mark.parametrize("written", ["Deutsch", "German", "de"])
def test_a_language_is_understood_in_german_too(make_form: MakeForm, written: str) -> None:
    make_form(EMAIL, {"name": "language"})

    assert sent(language=written).language == "de"


def test_a_required_country_that_nobody_knows_is_asked_again(make_form: MakeForm) -> None:
    make_form(EMAIL, COUNTRY | {"widget": "text", "required": True})
    visitor = Visitor()
    visitor.open()

    page = visitor.send({"email": "mia@globex.com", "country": "Atlantis"}).content.decode()

    assert "We do not know this country." in page and 'value="Atlantis"' in page
