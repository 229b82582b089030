"""The table that extractors are judged by is what the figures in the docs say it is."""

from __future__ import annotations

from collections import Counter

from tests.intent.texts import HELD_OUT, HELD_OUT_FAMILY, TUNING, labelled, topics


def test_there_are_enough_texts_each_once_and_each_with_topics_of_the_list() -> None:
    texts, names = labelled(), {topic.name for topic in topics()}

    assert len({one.text for one in texts}) == len(texts) >= 200
    assert len(names) == 20
    assert frozenset().union(*(one.topics for one in texts)) == names


def test_half_of_every_family_is_held_out_and_one_family_as_a_whole() -> None:
    halves = Counter((one.family, one.half) for one in labelled())
    families = {family for family, _ in halves}

    assert halves[HELD_OUT_FAMILY, TUNING] == 0
    for family in families - {HELD_OUT_FAMILY}:
        assert halves[family, TUNING] == halves[family, HELD_OUT]
