"""A submission as a whole: errors by field, what is derived, what is stripped, what is suspicious."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.intake import FIELDS, InvalidLead, prepare
from tests.examples import examples


def values(**facts: Any) -> dict[str, Any]:
    return dict(prepare(facts).values)


def errors(**facts: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidLead) as caught:
        prepare(facts)
    return caught.value.errors


def test_an_address_is_enough() -> None:
    assert values(email="Mia@Globex.com")["email"] == "mia@globex.com"


def test_a_phone_number_is_enough() -> None:
    assert values(phone="+1 415 555 2671")["phone"] == "+14155552671"


@pytest.mark.parametrize("facts", [{}, {"email": ""}, {"email": None, "phone": "  "}, {"first_name": "Mia"}])
def test_nobody_can_be_reached_without_address_and_phone(facts: dict[str, Any]) -> None:
    assert errors(**facts) == {"email": ["Send an e-mail address or a phone number."]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("phone", "call me"),
        ("country", "Nowhere"),
        ("region", "Nowhere"),
        ("kind", "party"),
        ("language", "Klingonese"),
        ("employees", -1),
        ("annual_revenue", "much"),
        ("expected_amount", float("nan")),
        ("consent", "yes"),
        ("test", 1),
        ("first_name", ["Mia"]),
        ("first_name", "x" * 101),
        ("company", "x" * 201),
        ("postal_code", "x" * 21),
        ("external_id", "x" * 151),
        ("message", "x" * 50_001),
        ("website", "javascript:alert(1)"),
        ("attributes", ["x"]),
        ("attributes", {str(n): n for n in range(101)}),
        ("utm", "source=x"),
        ("owner", "ana@acme.example"),
        ("status", "assigned"),
        ("_honeypot", "x"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field: str, value: Any) -> None:
    assert list(errors(**{"email": "mia@globex.com", field: value})) == [field]


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"a": {"b": 1}}, "attributes.a"),
        ({"a": [[1]]}, "attributes.a"),
        ({"a": float("inf")}, "attributes.a"),
        ({"a": 2**63}, "attributes.a"),
        ({"a": "x" * 2001}, "attributes.a"),
        ({"a": [None]}, "attributes.a"),
        ({"a": list(range(101))}, "attributes.a"),
        ({"": 1}, "attributes."),
    ],
)
def test_an_attribute_that_cannot_be_used_is_named(entry: dict[str, Any], path: str) -> None:
    assert [name.rstrip(".") for name in errors(email="mia@globex.com", attributes=entry)] == [path.rstrip(".")]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = errors(email="x", kind="party", foo=1, utm={"source": ["x"]})

    assert set(wrong) == {"email", "kind", "foo", "utm.source"}


def test_texts_numbers_and_lists_of_them_are_attributes() -> None:
    given = {"a": "x", "b": 1, "c": 1.5, "d": True, "e": ["x", 1], "f": None}

    assert values(email="mia@globex.com", attributes=given)["attributes"] == {
        key: value for key, value in given.items() if key != "f"
    }


def test_a_number_is_taken_where_a_text_is_meant() -> None:
    assert values(email="mia@globex.com", country="US", postal_code=94105)["postal_code"] == "94105"


def test_blanks_are_trimmed_and_a_line_stays_one_line() -> None:
    found = values(email="mia@globex.com", first_name=" Mia\r\nBcc: x ", message=" a\r\nb ")

    assert (found["first_name"], found["message"]) == ("Mia Bcc: x", "a\nb")


def test_what_cannot_be_stored_is_stripped_and_noted() -> None:
    clean = prepare(
        {
            "email": "mia@globex.com\x00",
            "message": "a\ud800b\u202ec",
            "attributes": {"note\x00": "x", "list": ["ok", "\x07y"], "fine": "z"},
            "utm": {"source": "\x00web"},
        }
    )

    assert clean.stripped == ("email", "message", "attributes.note", "attributes.list", "utm.source")
    assert clean.values["attributes"] == {"note": "x", "list": ["ok", "y"], "fine": "z"}
    assert clean.values["message"] == "abc"


def test_nothing_is_noted_of_clean_facts() -> None:
    assert prepare({"email": "mia@globex.com", "first_name": " José\t"}).stripped == ()


@pytest.mark.parametrize("field", FIELDS)
def test_a_number_of_thousands_of_digits_is_refused(field: str) -> None:
    assert field in errors(**{"email": "mia@globex.com", field: 10**5000})


def test_an_attribute_of_thousands_of_digits_is_refused() -> None:
    assert list(errors(email="mia@globex.com", attributes={"a": [10**5000]})) == ["attributes.a"]


# --- derived ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "field", "value", "how"),
    [
        ({"country": "US", "postal_code": "94105"}, "region", "US-CA", "from postal code 94105"),
        ({"country": "US", "postal_code": "94105"}, "city", "San Francisco", "from postal code 94105"),
        ({"phone": "+49 30 901820"}, "country", "DE", "from the phone number +4930901820"),
        ({"region": "US-CA"}, "country", "US", "from the region US-CA"),
        ({"region": "Ontario"}, "country", "CA", "from the region CA-ON"),
        ({"email": "hans@globex.de"}, "country", "DE", "from the domain globex.de"),
        ({"website": "www.globex.com"}, "domain", "globex.com", "from the website"),
        ({"email": "mia@eu.globex.com"}, "domain", "globex.com", "from the e-mail address"),
        ({"employees": "51-200"}, "employees", 200, "upper end of 51-200"),
        ({"phone": "+1 415 555 2671 x12"}, "attributes", {"phone_extension": "12"}, None),
    ],
)
def test_a_missing_fact_is_derived_and_says_how(facts: dict[str, Any], field: str, value: Any, how: str | None) -> None:
    found = values(**{"email": "mia@gmail.com"} | facts)

    assert (found[field], found["derived"].get(field)) == (value, how)


@pytest.mark.parametrize(
    ("facts", "field", "value"),
    [
        ({"country": "FR", "phone": "+49 30 901820"}, "country", "FR"),
        ({"country": "FR", "email": "hans@globex.de"}, "country", "FR"),
        ({"country": "US", "region": "NY", "postal_code": "94105"}, "region", "US-NY"),
        ({"country": "US", "city": "Oakland", "postal_code": "94105"}, "city", "Oakland"),
        ({"region": "DE-BY", "phone": "+43 1 5123456"}, "country", "DE"),
    ],
)
def test_a_given_fact_wins_over_a_derived_one(facts: dict[str, Any], field: str, value: str) -> None:
    found = values(**{"email": "mia@gmail.com"} | facts)

    assert found[field] == value
    assert field in facts or field == "country"


def test_a_city_is_not_derived_against_the_region_given() -> None:
    assert "city" not in values(email="mia@gmail.com", country="US", region="NY", postal_code="94105")


def test_a_postal_code_alone_is_of_no_country() -> None:
    found = values(email="mia@gmail.com", postal_code="94105")

    assert (found["country"], found.get("region")) == ("", None)


def test_georgia_is_the_country_unless_the_country_is_given() -> None:
    assert values(email="mia@gmail.com", country="Georgia")["country"] == "GE"
    assert values(email="mia@gmail.com", country="US", region="Georgia")["region"] == "US-GA"
    assert list(errors(email="mia@gmail.com", region="Georgia")) == ["region"]


def test_a_local_phone_number_is_read_in_the_country_given() -> None:
    assert values(phone="030 901820", country="Deutschland")["phone"] == "+4930901820"


def test_a_region_code_is_read_in_the_country_of_the_phone_number() -> None:
    assert values(phone="+1 415 555 2671", region="CA")["region"] == "US-CA"


def test_an_amount_is_exact() -> None:
    assert values(email="mia@gmail.com", annual_revenue=0.1)["annual_revenue"] == Decimal("0.10")


# --- suspicious ------------------------------------------------------------------------------------------------


def test_a_disposable_address_is_for_review() -> None:
    assert "mailinator.com" in values(email="mia@mailinator.com")["screen_reason"]


def test_a_filled_honeypot_is_for_review() -> None:
    assert prepare({"email": "mia@globex.com"}, honeypot="x").values["screen_reason"]


def test_an_ordinary_lead_is_not_suspicious() -> None:
    assert values(email="mia@globex.com")["screen_reason"] == ""


# --- no input breaks it ----------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(), max_size=40)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=8)
LIKELY = st.sampled_from(
    ["US", "Georgia", "CA", "94105", "+1 415 555 2671", "51-200", "mia@globex.com", "00", "1e9", "\x00", "\ud800", "en"]
)


@settings(max_examples=examples(60))
@given(st.dictionaries(st.sampled_from(FIELDS) | TEXTS, ANYTHING | LIKELY, max_size=8))
def test_no_input_raises_anything_but_invalid_lead(facts: dict[str, Any]) -> None:
    try:
        clean = prepare(facts)
    except InvalidLead as invalid:
        assert invalid.errors
        assert all(isinstance(text, str) and text for texts in invalid.errors.values() for text in texts)
        assert str(invalid.errors).encode()  # can be answered: no lone surrogates
    else:
        assert clean.values.get("email") or clean.values.get("phone")
