"""Whether figures differ by more than chance: against published cases, and against chance itself."""

from __future__ import annotations

from math import comb
from random import Random

import pytest

from routing.engine.chance import (
    MOST_COMPARED,
    Tally,
    chi_square_tail,
    compare,
    difference,
    holm,
    leads_a_rep,
    leads_to_see,
    two_sided,
)

pytestmark = pytest.mark.one_database("arithmetic alone")
BERKELEY = [
    {"men": Tally(512, 825), "women": Tally(89, 108)},
    {"men": Tally(353, 560), "women": Tally(17, 25)},
    {"men": Tally(120, 325), "women": Tally(202, 593)},
    {"men": Tally(138, 417), "women": Tally(131, 375)},
    {"men": Tally(53, 191), "women": Tally(94, 393)},
    {"men": Tally(22, 373), "women": Tally(24, 341)},
]
"""Admissions to Berkeley in 1973, by department: 45 % of the men and 30 % of the women, and yet no difference."""


@pytest.mark.parametrize(
    ("statistic", "degrees", "tail"),
    [(3.841459, 1, 0.05), (5.991465, 2, 0.05), (7.814728, 3, 0.05), (18.307038, 10, 0.05), (37.697298, 15, 0.001)],
)
def test_the_tail_of_chi_square_is_that_of_the_tables(statistic, degrees, tail):
    assert chi_square_tail(statistic, degrees) == pytest.approx(tail, rel=1e-5)


def test_what_cannot_be_far_away_is_always_by_chance():
    assert (chi_square_tail(0, 3), chi_square_tail(5_000, 40)) == (1.0, pytest.approx(0, abs=1e-300))


def test_within_departments_berkeley_differs_no_more_than_by_chance():
    verdict = compare(BERKELEY)

    assert verdict is not None
    assert verdict.statistic == pytest.approx(1.5246, abs=1e-4)  # Mantel-Haenszel, without continuity correction
    assert (verdict.degrees, verdict.compared) == (1, 4526)
    assert not verdict.beyond_chance
    assert verdict.standing_out() == {}


def test_with_all_departments_together_the_easy_ones_would_deceive():
    whole = {
        who: Tally(sum(one[who].wins for one in BERKELEY), sum(one[who].leads for one in BERKELEY))
        for who in ("men", "women")
    }

    verdict = compare([whole])

    assert verdict is not None
    assert verdict.p < 1e-19
    assert verdict.standing_out().keys() == {"men", "women"}


def test_one_kind_of_lead_is_pearsons_test_but_for_one_lead():
    rows = {"a": Tally(10, 40), "b": Tally(20, 40), "c": Tally(12, 50)}
    wins, leads = 42, 130
    pearson = sum(
        (seen - expected) ** 2 / expected
        for tally in rows.values()
        for seen, expected in (
            (tally.wins, tally.leads * wins / leads),
            (tally.leads - tally.wins, tally.leads * (leads - wins) / leads),
        )
    )

    verdict = compare([rows])

    assert verdict is not None
    assert verdict.statistic == pytest.approx(pearson * (leads - 1) / leads)
    assert verdict.degrees == 2


def test_the_chance_is_near_that_of_counting_every_way_to_deal_the_wins_out():
    mine, theirs, wins = Tally(14, 30), Tally(6, 30), 20
    ways = {won: comb(30, won) * comb(30, wins - won) for won in range(wins + 1)}
    as_far = sum(count for won, count in ways.items() if abs(won - 10) > 4) + 0.5 * (ways[14] + ways[6])

    verdict = compare([{"a": mine, "b": theirs}])

    assert verdict is not None
    assert verdict.p == pytest.approx(as_far / comb(60, 20), abs=0.005)


def test_people_who_are_alike_are_called_different_in_one_of_twenty_cases():
    random, called = Random(1), 0
    for _ in range(400):
        kinds = [
            {rep: Tally(sum(random.random() < chance for _ in range(leads)), leads) for rep in range(4)}
            for chance, leads in ((0.1, 40), (0.3, 20))
        ]
        verdict = compare(kinds)
        assert verdict is not None
        called += verdict.beyond_chance

    assert 8 <= called <= 32


def test_who_has_next_to_no_leads_is_left_out_and_several_are_judged_as_one():
    alone = compare([{"a": Tally(10, 50), "b": Tally(20, 50), "new": Tally(1, 1)}])
    several = compare([{"a": Tally(10, 50), "b": Tally(20, 50), **{f"new {n}": Tally(1, 4) for n in range(8)}}])

    assert alone is not None
    assert several is not None
    assert (alone.left_out, alone.scores.keys()) == (("new",), {"a", "b"})
    assert (len(several.together), several.left_out, several.degrees) == (8, (), 2)


@pytest.mark.parametrize(
    "kinds",
    [
        [],
        [{"a": Tally(3, 10), "b": Tally(5, 10)}],  # too few
        [{"a": Tally(0, 100), "b": Tally(0, 100)}],  # nothing was won
        [{"a": Tally(100, 100), "b": Tally(100, 100)}],  # everything was
        [{"a": Tally(30, 100)}, {"b": Tally(60, 100)}],  # never the same kind of lead
    ],
)
def test_where_nothing_can_be_compared_nothing_is_said(kinds):
    assert compare(kinds) is None


def test_of_many_looks_the_best_one_counts_for_less():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]


def test_a_score_of_196_is_one_in_twenty():
    assert two_sided(-1.959964) == pytest.approx(0.05, abs=1e-6)


def test_a_difference_has_newcombes_interval(monkeypatch):
    """His example, 56 of 70 against 48 of 80 with 95 %: 0.0524 to 0.3339."""
    monkeypatch.setattr("routing.engine.performance.Z_90", 1.959964)

    found = difference(Tally(56, 70), Tally(48, 80))

    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert found.beyond_chance


def test_an_interval_that_holds_nothing_is_no_difference():
    assert not difference(Tally(5, 20), Tally(4, 20)).beyond_chance


def test_as_many_leads_as_are_said_are_enough_8_times_of_10():
    needed, random, seen = leads_to_see(0.2, 0.3, ratio=3), Random(2), 0
    assert needed is not None
    for _ in range(300):
        control = sum(random.random() < 0.2 for _ in range(needed))
        routed = sum(random.random() < 0.3 for _ in range(3 * needed))
        seen += difference(Tally(routed, 3 * needed), Tally(control, needed)).low > 0

    assert 0.72 <= seen / 300 <= 0.88


@pytest.mark.parametrize(("rate", "better"), [(0, 0.1), (0.2, 0.2), (0.9, 1.08)])
def test_no_number_of_leads_shows_what_cannot_be(rate, better):
    assert leads_to_see(rate, better, ratio=9) is None


def test_a_rep_needs_five_wins_and_five_losses_to_be_expected():
    assert [leads_a_rep(rate) for rate in (0.1, 0.5, 0.98, 0)] == [50, 10, 250, None]


def test_of_many_people_those_with_most_leads_are_judged_one_by_one_and_the_rest_as_one() -> None:
    kinds = [{n: Tally(20 + n % 7, 100 + n) for n in range(300)} for _ in range(3)]

    verdict = compare(kinds)

    assert verdict is not None
    assert sorted(verdict.scores) == list(range(300 - MOST_COMPARED, 300))
    assert sorted(verdict.together) == list(range(300 - MOST_COMPARED))
    assert (verdict.degrees, verdict.left_out) == (MOST_COMPARED, ())
