"""The table that extractors are judged by is what the figures in the docs say it is."""

from __future__ import annotations

from collections import Counter

from tests.intent.texts import FRESH, FRESH_FAMILY, HELD_OUT, HELD_OUT_FAMILY, MORE, TUNING, labelled, topics


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


def test_the_fresh_texts_are_others_than_those_of_tuning_and_half_of_them_of_a_family_of_their_own() -> None:
    fresh, more = labelled(FRESH), labelled(MORE)

    every = [one.text for one in (*labelled(), *fresh, *more)]
    assert len(set(every)) == len(every)
    assert {one.half for one in fresh} == {HELD_OUT}
    assert {one.half for one in more} == {TUNING}
    assert len(fresh) >= 60
    assert sum(one.family == FRESH_FAMILY for one in fresh) * 2 == len(fresh)
    assert not {HELD_OUT_FAMILY, FRESH_FAMILY} & {one.family for one in (*more, *labelled()) if one.half == TUNING}
    assert frozenset().union(*(one.topics for one in (*fresh, *more))) <= {topic.name for topic in topics()}
