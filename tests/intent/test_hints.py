"""Topics that a text hints at without any of their keywords: by words of what is written about them."""

from __future__ import annotations

import pytest

from routing.engine.types import Topic
from routing.intent.keywords import ONLY_HINTED, extract
from routing.intent.stems import rarity, stem
from routing.intent.tags import Tag

TOPICS = (
    Topic("logistics", ("freight", "supply chain"), "Moving goods by truck or ship, planning routes."),
    Topic("healthcare", ("hospital",), "Doctors, nursing and practices, treatment records."),
    Topic("archives", ("microfilm",), "Keeping old records and maps dry, for people who plan repairs."),
)


def found(text: str) -> list[str]:
    return [tag.topic for tag in extract(text, TOPICS)]


def test_two_words_in_a_sentence_hint_at_a_topic_and_the_sentence_is_the_quote() -> None:
    text = "Good morning.  Our lorries are empty and their routes badly planned!\nBye"

    assert extract(text, TOPICS) == [
        Tag("logistics", ONLY_HINTED, "Our lorries are empty and their routes badly planned!")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Our route is closed.",
        "Our route is closed. Who makes plans?",
        "Routes, routing and a router.",
        "Who are these old people?",
        "We plan our records.",
        "We do not need routes that somebody plans.",
        "We work without routes or trucks.",
    ],
)
def test_one_word_words_apart_common_words_and_what_is_not_wanted_hint_at_nothing(text: str) -> None:
    assert found(text) == []


def test_a_sentence_with_a_keyword_is_about_that_alone() -> None:
    assert found("Our hospital plans the routes of nurses.") == ["healthcare"]
    assert found("We are a hospital. Trucks come on badly planned routes.") == ["healthcare", "logistics"]


def test_nothing_hints_at_a_topic_that_nothing_is_written_about() -> None:
    assert (
        extract("Somebody has to plan our chains of supplies.", (Topic("logistics", ("supply chain planning",)),)) == []
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("migrating", "migration"),
        ("planned", "planning"),
        ("companies", "company"),
        ("payments", "pay"),
        ("schulungen", "schulung"),
        ("nurse", "nursing"),
    ],
)
def test_words_of_one_stem_are_one(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_short_words_stay_as_they_are_and_common_words_say_little() -> None:
    assert stem("was") == "was"
    assert 0 == rarity("the") < rarity(stem("people")) < rarity(stem("doctors")) == 1
