"""The set of a thousand names: what it holds, and how good matching is on it."""

from __future__ import annotations

from collections import Counter

import pytest

from routing.engine.types import Settings
from routing.management.benchmark.match_quality import Found, find, make_book, quality
from routing.management.benchmark.names.book import companies
from routing.management.benchmark.names.forms import Form, facts_of
from routing.management.benchmark.names.pairs import HELD_OUT_FAMILY, SIZE, pairs


def test_the_set_is_a_thousand_names_the_same_every_time() -> None:
    assert len(pairs()) == SIZE
    assert pairs() == pairs.__wrapped__()


def test_one_family_and_half_of_each_other_are_held_out() -> None:
    held_out = Counter((pair.family, pair.held_out) for pair in pairs())

    for family in {pair.family for pair in pairs()} - {HELD_OUT_FAMILY}:
        assert 0 <= held_out[family, False] - held_out[family, True] <= 1
    assert not held_out[HELD_OUT_FAMILY, False]


def test_no_lead_of_the_set_writes_from_a_domain_on_record() -> None:
    """There the name would decide nothing."""
    recorded = {company.domain for company in companies()}

    assert not recorded & {
        facts_of(pair, number, Form.DRAWN)[0]["email"].partition("@")[2] for number, pair in enumerate(pairs())
    }


@pytest.mark.django_db
def test_matching_is_as_good_as_the_documentation_says() -> None:
    """The floors of docs/intelligence.md; of each family, too, so that none pays for another."""
    make_book()
    drawn, two = find(Form.DRAWN), find(Form.TWO)

    assert _falls_short("as drawn", drawn, precision=0.99, recall=0.80) == []
    assert _falls_short("two agree", [one for one in drawn if one.agreeing > 1], precision=0.99, recall=0.93) == []
    assert _falls_short("one address", two, precision=0.99, recall=0.92) == []
    families = {one.pair.family for one in two if one.pair.account}
    for family in families:
        some = [one for one in two if one.pair.family == family]
        assert _falls_short(family, some, precision=1.0, recall=FLOORS.get(family, 0.95)) == []


FLOORS = {"typo": 0.88, "combined": 0.80, HELD_OUT_FAMILY: 0.48}


def _falls_short(what: str, found: list[Found], *, precision: float, recall: float) -> list[str]:
    measured = quality(found, Settings().match_threshold)
    short = [("precision", measured.precision, precision), ("recall", measured.recall, recall)]
    return [f"{what}: {kind} {value:.3f} < {least}" for kind, value, least in short if value < least]
