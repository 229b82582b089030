"""What a lead may mean by a company name: other letters, departments, places, web addresses. No database."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.intake.company_names import name_key
from routing.matching.blocks import blocks_to_store
from routing.matching.closeness import Closeness
from routing.matching.likeness import Likeness, blocks_of, likeness, meanings
from routing.matching.readings import countries_in, named_domain, readings
from routing.matching.spellings import spellings
from routing.models import AccountNameBlock
from tests.examples import examples


def like(ours: str, theirs: str) -> Likeness | None:
    """How a lead's name is like an account's, as far as the keys that are kept and asked for find it."""
    found = [
        one
        for meaning in meanings(theirs)
        for key in spellings(ours)
        if blocks_to_store(key) & blocks_of(meaning) and (one := likeness(meaning, key))
    ]
    return max(found, key=lambda one: one.rank, default=None)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Müller AG", "Mueller"),
        ("Mueller AG", "Müller"),
        ("Ørsted A/S", "Oersted"),
        ("Аэрофлот", "Aeroflot"),
        ("Хлебозавод Юг", "Khlebozavod Yug"),
        ("Хлебозавод Юг", "Hlebozavod Jug"),
        ("Укрпошта", "Ukrposhta"),
        ("Όλυμπος", "Olympos"),
        ("Aeroflot", "Аэрофлот"),
        ("ПАО Аэрофлот", "Aeroflot PJSC"),
        ("トヨタ株式会社", "トヨタ"),
        ("Brannock S.A.P.I. de C.V.", "Brannock"),
        ("UAB Brannock", "Brannock"),
        ("Brannock Tools", "BrannockTools"),
        ("Brannock Tools", "Brannock Tools - Einkauf"),  # a department set apart
        ("Brannock Tools", "Brannock Tools (Marketing)"),
        ("Brannock Tools", "Brannock Tools, Head Office"),
        ("Brannock Tools", "Tools, Brannock"),  # as in a directory
        ("Brannock Engineering", "Brannock Engrg."),  # words of trade in short
        ("Brannock Building Products", "Brannock Bldg. Products"),
        ("Brannock Bros. Mfg.", "Brannock Brothers Manufacturing"),
        ("Brannock Systems", "Brannock Sys."),
        ("Brannock & Wickham", "Brannock und Wickham"),
    ],
)
def test_the_same_name_in_other_letters_or_with_another_legal_form_is_the_same(ours: str, theirs: str) -> None:
    found = like(ours, theirs)

    assert found is not None
    assert found.closeness is Closeness.SPELT


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Brannock Tools", "Brannock Tools Germany GmbH"),  # branch
        ("Brannock Tools", "Brannock Tools of America"),
        ("Brannock Tools", "Brannock Tools do Brasil Ltda."),
        ("Brannock Tools", "Brannock Tools (Schweiz) AG"),
        ("Brannock Tools", "Brannock Tools, Lyon"),  # tail
        ("Brannock Tools", "Brannock Tools Purchasing Dept."),
        ("Brannock Tools", "brannock-tools.com"),  # web address
        ("Brannock Tools", "https://www.brannocktools.de/"),
        ("Brannock & Sons", "Brannock + Sons"),  # abbreviation
        ("Brannock Southern Tools", "Brannock So. Tools"),  # “so” is a word, too
        ("Brannock Pharmaceuticals", "Brannock harmaceuticals"),  # typo
        ("Brannock Airlines", "Brannok Airlnies"),
        ("Lund Airlines", "LLund Airlines"),
        ("Brannock Tools Company", "Tools Brannock"),  # word order, generic words
        ("Northern Brannock Tools", "NBT"),  # acronym
    ],
)
def test_a_name_with_more_or_less_around_it_is_similar(ours: str, theirs: str) -> None:
    found = like(ours, theirs)

    assert found is not None
    assert found.closeness is Closeness.CLOSE


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Delta Air Lines", "Delta Electronics"),
        ("Delta Air Lines", "Delta Air Germany"),
        ("First National Bank of Omaha", "First National Bank of Texas"),
        ("Bank of Canada", "Bank"),
        ("Bank", "Bank of Canada"),
        ("University", "University of Bristol"),
        ("Air", "Air France"),
        ("Hotels", "Hotels Berlin"),
        ("First National Bank", "First National Bank Texas"),
        ("Brannock Tools", "Brannock Tours"),
        ("Brannock Tools", "Tools Germany"),
        ("Brannock Tools", "Brannock"),
        ("Blu", "Blue"),
        ("Pioneer Instruments", "Pioneer Investments"),
        ("Saint Mark Hospital", "St. Marys Hospital"),
    ],
)
def test_a_look_alike_is_no_reading(ours: str, theirs: str) -> None:
    assert like(ours, theirs) is None


def test_a_reading_says_for_what_the_name_was_taken() -> None:
    found = like("Brannock Tools", "Brannock Tools Germany GmbH")

    assert found is not None
    assert found.read_as == "brannock tools"


def test_a_name_as_it_is_written_comes_before_what_is_read_into_it() -> None:
    found = like("Brannock Tools Germany", "Brannok Tools Germany")

    assert found is not None
    assert not found.read_as


@pytest.mark.parametrize(
    ("company", "countries"),
    [
        ("Brannock Tools Germany GmbH", {"DE"}),
        ("Brannock Tools (Suisse) SA", {"CH"}),
        ("Brannock do Brasil Ltda.", {"BR"}),
        ("Brannock Tools of the United States", {"US"}),
        ("Germany", set()),
        ("Brannock in and out", set()),
    ],
)
def test_a_branch_says_in_which_country_it_is(company: str, countries: set[str]) -> None:
    assert countries_in(company) == countries


@pytest.mark.parametrize("company", ["Booking.com B.V.", "gmail.com", "Brannock", "A.P. Møller"])
def test_what_only_looks_like_an_address_is_none(company: str) -> None:
    assert named_domain(company) == ""


@settings(max_examples=examples(50))
@given(name=st.text(max_size=200))
def test_any_name_has_few_readings_that_fit_their_column(name: str) -> None:
    longest = AccountNameBlock._meta.get_field("name_key").max_length or 0

    keys = [*spellings(name), *(meaning.name_key for meaning in meanings(name))]

    assert len(meanings(name)) < 40
    assert all(0 < len(key) <= longest for key in keys)
    assert name_key(name) not in readings(name)
