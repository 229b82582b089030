"""The set of a thousand names: what it holds, and how good matching is on it."""

from __future__ import annotations

from collections import Counter

from routing.management.benchmark.names.book import companies
from routing.management.benchmark.names.forms import Form, facts_of
from routing.management.benchmark.names.pairs import HELD_OUT_FAMILY, SIZE, pairs


def test_the_set_is_a_thousand_names_the_same_every_time() -> None:
    assert len(pairs()) == SIZE
    assert pairs() == pairs()


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
