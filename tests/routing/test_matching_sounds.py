"""Names written down by ear. No database."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.intake.company_names import name_key
from routing.matching.blocks import blocks_to_ask, blocks_to_store
from routing.matching.closeness import Closeness, closeness, name_of
from routing.matching.sounds import sound_of
from routing.models import AccountNameBlock
from tests.examples import examples


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Philippson", "Filipson"),
        ("Schneider Logistik", "Shneider Logistic"),
        ("Meyer & Rhein", "Meier und Rein"),
        ("Quickborn Bäckerei", "Kwickborn Bäckerei"),
        ("Knightley & Cohler", "Nitley and Kohler"),
        ("Mackswell Zander", "Maxwell Sander"),
        ("Thyssberg", "Tissberg"),
    ],
)
def test_what_sounds_the_same_is_similar_and_found(written: str, heard: str) -> None:
    for one, other in ((name_key(written), name_key(heard)), (name_key(heard), name_key(written))):
        assert closeness(name_of(one), name_of(other)) is Closeness.CLOSE
        assert blocks_to_store(one) & blocks_to_ask(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Schröder", "Schröter"),
        ("Miller", "Müller"),
        ("Krieger", "Krüger"),
        ("Jagger", "Jäger"),
        ("Stirling", "Sterling"),
        ("Clark", "Clarke"),
        ("Schulz", "Schultz"),
        ("Meier", "Maier"),
        ("Mühler", "Müller"),
        ("Brookman", "Brockman"),
        ("Cook", "Kook"),  # too short to tell
    ],
)
def test_names_that_sound_otherwise_stay_two(one: str, other: str) -> None:
    assert sound_of(name_key(one)) != sound_of(name_key(other))


def test_a_short_name_by_ear_is_only_asked_about() -> None:
    assert closeness(name_of("sesko"), name_of("cesko")) is Closeness.ALIKE
    assert closeness(name_of("wickham sesko"), name_of("wickham cesko")) is Closeness.CLOSE


def test_other_vowels_are_only_asked_about() -> None:
    assert closeness(name_of("berkley wickham"), name_of("barclay weckham")) is Closeness.ALIKE


@settings(max_examples=examples(50))
@given(word=st.text(min_size=1, max_size=80))
def test_every_word_has_a_sound_no_longer_than_its_key_may_be(word: str) -> None:
    longest = AccountNameBlock._meta.get_field("block").max_length or 0

    assert sound_of(word)
    assert all(len(block) <= longest for block in blocks_to_store(name_key(word)))
