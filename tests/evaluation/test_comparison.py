"""Policies beside each other in worlds whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from routing.engine.chance import Tally
from routing.evaluation.calibration import calibration
from routing.evaluation.compare import Comparison, Standing, alike, by_expertise, simulate
from routing.evaluation.differ import Differ, DifferTest, do_reps_differ, together
from routing.evaluation.intervals import Uplift, may_claim, mean_of, pooled, uplift_of
from routing.evaluation.policies import FIRST, INTENT, ORACLE, POLICIES, TURN
from routing.evaluation.report import of_simulation
from routing.evaluation.trial import run_trial
from routing.evaluation.world import Terms, draw_world

SMALL = Terms(reps=8, kinds=4, leads=2_000)
YES, NO = DifferTest(0.001), DifferTest(0.4)


@cache
def compared(terms: Terms = SMALL) -> Comparison:
    return simulate(terms, seeds=range(1, 4))


def standing(policy: str, terms: Terms = SMALL) -> Standing:
    return next(one for one in compared(terms).standings if one.policy == policy)


def test_going_by_turn_has_no_uplift_over_itself() -> None:
    assert standing(TURN).uplift == (0, 0, 0)
    assert not standing(TURN).claims_uplift


def test_nobody_wins_more_than_the_oracle_on_average() -> None:
    best = standing(ORACLE).uplift.value

    assert best > 0.05
    assert all(one.uplift.value <= best for one in compared().standings)
    assert standing(ORACLE).regret == 0


def test_going_by_results_reaches_a_good_part_of_the_oracles_uplift() -> None:
    assert (standing(FIRST).of_oracle or 0) > 0.4


def test_where_reps_differ_by_topics_intent_is_worth_something() -> None:
    assert standing(INTENT, by_expertise(SMALL)).uplift.low > 0


@pytest.mark.parametrize("policy", POLICIES)
def test_where_reps_are_alike_nobody_claims_anything_and_nothing_is_lost(policy: str) -> None:
    one = standing(policy, alike(SMALL))

    assert (one.claims_uplift, one.claimed) == (False, 0)
    assert one.uplift.value == pytest.approx(0, abs=1e-12)


def test_the_same_seeds_give_the_same_figures() -> None:
    terms = Terms(reps=4, kinds=2, leads=300)

    assert simulate(terms, seeds=[5]) == simulate(terms, seeds=[5])


@pytest.mark.long
@pytest.mark.parametrize(
    "terms", [Terms(), Terms(reps=8, kinds=4, leads=4_000), Terms(reps=20, kinds=12, leads=16_000)]
)
def test_over_many_worlds_claims_are_rare_where_reps_are_alike_and_intervals_hold(terms: Terms) -> None:
    seeds = range(1_000, 1_060)

    for one in simulate(alike(terms), seeds=seeds).standings:
        assert one.claimed <= 0.05, one.policy
        assert one.uplift.value > -0.01, one.policy
    for one in simulate(terms, seeds=seeds).standings:
        assert one.covered is None or 0.78 <= one.covered <= 0.99, one.policy


def test_figures_of_a_policy_are_what_can_be_counted_by_hand() -> None:
    terms, seeds = Terms(reps=3, kinds=2, leads=300), (1, 2)
    found = next(one for one in simulate(terms, seeds=seeds, policies=[FIRST]).standings if one.policy == FIRST)
    worlds = [draw_world(terms, seed) for seed in seeds]
    turn, first, best = ([run_trial(world, name, band=1.0) for world in worlds] for name in (TURN, FIRST, ORACLE))

    mean = sum(one.worth / by_turn.worth - 1 for one, by_turn in zip(first, turn, strict=True)) / 2
    reached = sum(one.worth / by_turn.worth - 1 for one, by_turn in zip(best, turn, strict=True)) / 2
    assert found.uplift.value == pytest.approx(mean)
    assert found.regret == pytest.approx(reached - mean)
    assert (found.least_share, found.most_share) == (
        min(share for one in first for share in one.shares.values()),
        max(share for one in first for share in one.shares.values()),
    )
    assert found.largest_balance == max(one.largest_balance for one in first) <= 2
    assert all(sum(one.shares.values()) == pytest.approx(1) for one in first)


def test_brier_and_ece_are_what_can_be_reckoned_by_hand() -> None:
    """Ten tenths of two leads: 0.1 is said of 10 leads, 0.5 of 10; 2 and 4 of them are won, those first."""
    said = [(0.1, number < 2) for number in range(10)] + [(0.5, number < 4) for number in range(10)]

    found = calibration(said)

    assert found is not None
    assert found.brier == pytest.approx((2 * 0.81 + 8 * 0.01 + 10 * 0.25) / 20)
    assert found.ece == pytest.approx((abs(0.2 - 2) + 4 * 0.2 + 2 * abs(1 - 2) + 3 * 1) / 20)


def test_what_wins_more_than_the_oracle_in_a_wide_band_is_warned_of() -> None:
    found = compared()
    better = replace(found.standings[1], regret=-0.1)
    report = of_simulation(replace(found, standings=(*found.standings, better), band=50.0), {})

    assert f"{better.policy} won more than the oracle" in report["warnings"][0]
    assert of_simulation(found, {})["warnings"] == []
    assert "One world alone" in of_simulation(replace(found, seeds=(1,)), {})["warnings"][0]


# --- the rule and its parts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uplift", "differ", "claimed"),
    [
        (Uplift(0.1, 0.01, 0.2), YES, True),
        (Uplift(0.1, -0.01, 0.2), YES, False),
        (Uplift(0.1, 0.01, 0.2), NO, False),
        (Uplift(0.1, 0.01, 0.2), DifferTest(None), False),
        (None, YES, False),
    ],
)
def test_an_uplift_is_claimed_where_reps_differ_and_the_interval_is_above_nothing(
    uplift: Uplift | None, differ: DifferTest, claimed: bool
) -> None:
    assert may_claim(uplift, differ) is claimed


def test_differences_that_add_up_to_nothing_are_found() -> None:
    """Each is better at other leads, and on the whole they win the same."""
    kinds = {"web": {0: {1: Tally(60, 200), 2: Tally(30, 200)}}, "list": {0: {1: Tally(30, 200), 2: Tally(60, 200)}}}

    assert do_reps_differ(kinds).verdict is Differ.YES


def test_better_times_are_not_taken_for_better_people() -> None:
    kinds = {"web": {0: {1: Tally(90, 180), 2: Tally(10, 20)}, 1: {1: Tally(2, 20), 2: Tally(18, 180)}}}

    assert do_reps_differ(kinds).verdict is Differ.NO


def test_of_one_rep_nothing_can_be_said() -> None:
    assert do_reps_differ({"web": {0: {1: Tally(20, 100)}}}).verdict is Differ.NOT_ENOUGH_DATA


def test_many_tests_that_find_nothing_find_nothing_together() -> None:
    assert together([DifferTest(p / 10) for p in range(1, 10)]).verdict is Differ.NO
    assert together([DifferTest(None)]).verdict is Differ.NOT_ENOUGH_DATA


def test_an_uplift_is_a_ratio_of_shares_with_katzs_interval() -> None:
    uplift = uplift_of(Tally(120, 400), Tally(100, 400))

    assert uplift is not None
    assert uplift == pytest.approx((0.2, -0.0072, 0.4510), abs=1e-3)
    assert uplift_of(Tally(0, 400), Tally(100, 400)) is None


def test_several_uplifts_together_are_surer_than_each() -> None:
    one = Uplift(0.1, -0.05, 0.27)
    both = pooled([one, one])

    assert both is not None
    assert both.value == pytest.approx(0.1)
    assert 0 < both.high - both.low < one.high - one.low
    assert mean_of([0.1, 0.2]).low < 0 < mean_of([0.1, 0.11, 0.12]).low


def test_calibration_is_perfect_where_shares_are_as_said() -> None:
    said = [(0.25, number % 4 == 0) for number in range(400)]

    found = calibration(said)

    assert found is not None
    assert found == pytest.approx((0.25 * 0.75, 0))
    assert calibration([(1.0, False)] * 10) == (1, 1)
    assert calibration([]) is None
