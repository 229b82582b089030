"""Which company names are close, and that close names are found without reading all; no database."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.intake.company_names import name_key
from routing.matching.blocks import blocks_to_ask, blocks_to_store
from routing.matching.closeness import Closeness, closeness, name_of
from routing.models import AccountNameBlock
from tests.examples import examples

CLOSE = [
    ("Globex Corporation", "Globx Corp"),
    ("Globex", "Gloebx"),
    ("Globex", "Globbex"),
    ("Globex", "Globex International"),
    ("Globex Energy", "Globx Enrgy"),
    ("Salesforce", "Sales Force"),
    ("Delta Air Lines", "Delta Airlines"),
    ("Müller GmbH", "Mueller"),
    ("Acme Laboratories", "Acme Labs"),
    ("Intl Paper", "International Paper Company"),
    ("International Business Machines", "IBM"),
    ("Bank of America", "America Bank"),
    ("Johnson & Johnson", "Jonson and Johnson"),
    ("Procter & Gamble", "Proctor & Gamble"),
    ("General Motors", "General Motor"),
    ("Warner Brothers", "Warner Bros."),
    ("Saint Jude Hospital", "St. Jude Hospital"),
    ("Mc Kinsey", "McKinsey"),
    ("Accenture", "Accentrue"),
    ("Hewlett-Packard", "Hewlet Packard"),
    ("PricewaterhouseCoopers", "Pricewaterhouse Coopers"),
    ("1st Choice Foods", "First Choice Food"),
    ("Brannock Água Clara", "Brannock gua Clara"),
    ("Parks & Brannock", "Paks & Brannock"),
    ("Parks Dairy", "Paks Dairy"),
]
NOT_CLOSE = [
    ("Delta Airlines", "Delta Dental"),
    ("Delta", "Delta Dental"),
    ("Apple", "Applebee's"),
    ("Apple", "Apple Bank"),
    ("First National Bank of Ohio", "First National Bank of Iowa"),
    ("First National Bank of Texas", "First National Bank"),
    ("North Dakota Bank", "South Dakota Bank"),
    ("Company 12", "Company 13"),
    ("Studio 54", "Studio 55"),
    ("Delta Services", "Delta Technologies"),
    ("Austria Tours", "Australia Tours"),
    ("Mars", "Bars"),
    ("SAP", "GAP"),
    ("ST", "Test"),
    ("Kraft", "Draft"),
    ("United Airlines", "United Health"),
    ("American Express", "American Eagle"),
    ("Morgan Stanley", "JPMorgan"),
    ("Global Solutions", "Global Systems"),
    ("Ford", "Fort"),
]


def pair(one: str, other: str) -> tuple[str, str]:
    return name_key(one), name_key(other)


@pytest.mark.parametrize(("ours", "theirs"), CLOSE)
def test_a_name_written_otherwise_is_close_and_found(ours: str, theirs: str) -> None:
    for one, other in (pair(ours, theirs), pair(theirs, ours)):
        assert closeness(name_of(one), name_of(other)) >= Closeness.CLOSE
        assert blocks_to_store(one) & blocks_to_ask(other)


@pytest.mark.parametrize(("ours", "theirs"), NOT_CLOSE)
def test_a_look_alike_is_another_company(ours: str, theirs: str) -> None:
    for one, other in (pair(ours, theirs), pair(theirs, ours)):
        assert closeness(name_of(one), name_of(other)) is Closeness.NONE


ALIKE = [
    ("Sterling Industries", "Stirling Industries"),
    ("Silverline Software", "Silverlake Software"),
    ("Stanford University", "Stamford University"),
    ("Müller Maschinenbau", "Miller Maschinenbau"),
    ("Meridian Health Services", "Meridian Hearth Services"),
    ("Brannock Hotels", "Brennock Hotels"),
    ("Heathbury Hotels", "Eathbury Hotels"),
    ("Grosswald Hotels", "Hrosswald Hotels"),
    ("Parks & Brannock", "Park Brannock"),
    ("Brannock Electric", "Brannock Electronics"),
]


@pytest.mark.parametrize(("ours", "theirs"), ALIKE)
def test_letters_that_hands_do_not_mix_up_are_rather_another_name(ours: str, theirs: str) -> None:
    for one, other in (pair(ours, theirs), pair(theirs, ours)):
        assert closeness(name_of(one), name_of(other)) is Closeness.ALIKE


WORDS = st.text(alphabet="abcdefghijklmnoprstuvwz", min_size=5, max_size=12)


@settings(max_examples=examples(50))
@given(words=st.lists(WORDS, min_size=1, max_size=3), data=st.data())
def test_one_letter_missing_is_found_wherever_it_was(words: list[str], data: st.DataObject) -> None:
    joined = " ".join(words)
    place = data.draw(st.integers(1, len(joined) - 1))
    written = joined[:place] + joined[place + 1 :]

    if closeness(name_of(joined), name_of(written)):
        assert blocks_to_store(joined) & blocks_to_ask(written)


@settings(max_examples=examples(50))
@given(name=st.text(max_size=200))
def test_any_name_has_keys_that_fit_their_column(name: str) -> None:
    longest = AccountNameBlock._meta.get_field("block").max_length or 0
    key = name_key(name)

    assert all(1 < len(block) <= longest for block in blocks_to_store(key) | blocks_to_ask(key)) or not key


@settings(max_examples=examples(33))
@given(name=st.text(min_size=1, max_size=60))
def test_what_is_stored_is_asked_for(name: str) -> None:
    key = name_key(name)

    assert blocks_to_store(key) <= blocks_to_ask(key)
