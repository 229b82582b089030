"""How good reps are at which leads: spreads that are learned, cold starts, and numbers that are always numbers."""

from __future__ import annotations

from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.engine.evidence import evidence_of
from routing.engine.performance import NO_ESTIMATE, Counted, Estimate
from routing.engine.skill import fit_skill, skill_estimate
from routing.engine.types import SkillTable

ANA, BOB, CLEO, DAN = 1, 2, 3, 4
WEB, REFERRAL = ("web",), ("referral",)


def fit(*rows: tuple[int, tuple[str, ...], float, float], **options: Any) -> SkillTable:
    dimensions = [f"dimension {place}" for place in range(max((len(row[1]) for row in rows), default=0))]
    return fit_skill([Counted(*row) for row in rows], dimensions=dimensions, **options)


def rate(table: SkillTable, rep: int, *segment: str) -> float:
    return skill_estimate(table, rep, segment).rate


def width(estimate: Estimate) -> float:
    return estimate.high - estimate.low


def alike(leads: float, share: float = 0.2) -> list[tuple[int, tuple[str, ...], float, float]]:
    return [(rep, kind, share * leads, leads) for rep in (ANA, BOB, CLEO, DAN) for kind in (WEB, REFERRAL)]


def test_who_wins_more_of_the_same_leads_is_expected_to_win_more() -> None:
    table = fit((ANA, WEB, 60, 200), (BOB, WEB, 20, 200), (CLEO, WEB, 40, 200))
    assert rate(table, BOB, "web") < rate(table, CLEO, "web") < rate(table, ANA, "web") < 0.3


def test_where_reps_are_alike_a_single_difference_is_shrunk_by_more_than_half() -> None:
    table = fit(*alike(100), (5, WEB, 25, 100))
    assert abs(rate(table, 5, "web") - rate(table, ANA, "web")) < 0.025  # of 0.05
    assert not table.differ


def test_where_reps_differ_much_one_learns_quickly() -> None:
    shares = (0.05, 0.15, 0.3, 0.5)
    far = fit(*[(rep, WEB, share * 400, 400.0) for rep, share in enumerate(shares)], (9, WEB, 8, 20))
    near = fit(*[(rep, WEB, share * 400, 400.0) for rep, share in enumerate((0.24, 0.25, 0.25, 0.26))], (9, WEB, 8, 20))
    assert rate(far, 9, "web") > rate(near, 9, "web") + 0.05
    assert far.differ
    assert not near.differ


def test_whoever_was_given_easy_leads_is_not_called_good() -> None:
    easy, hard = ("easy",), ("hard",)
    table = fit((ANA, easy, 100, 200), (ANA, hard, 1, 10), (BOB, easy, 5, 10), (BOB, hard, 20, 200))
    assert isclose(rate(table, ANA, "easy"), rate(table, BOB, "easy"), abs_tol=0.02)
    assert isclose(rate(table, ANA, "hard"), rate(table, BOB, "hard"), abs_tol=0.02)


def test_skill_with_a_value_of_one_dimension_tells_of_kinds_never_had() -> None:
    rows = [
        (rep, (source, size), (120 if (rep < 3) == (size == "small") else 40) if source != "new" else 0, 400.0)
        for rep in range(1, 6)
        for source in ("web", "fair", "mail")
        for size in ("small", "large")
    ]
    table = fit(*rows, (9, ("new", "small"), 20, 100), (9, ("new", "large"), 20, 100))
    assert rate(table, ANA, "new", "small") > rate(table, DAN, "new", "small") + 0.03
    assert rate(table, ANA, "new", "large") < rate(table, DAN, "new", "large") - 0.03


def test_a_new_rep_is_expected_to_do_what_the_average_rep_does_with_a_wide_interval() -> None:
    table = fit(*[(rep, WEB, share * 300, 300.0) for rep, share in enumerate((0.1, 0.2, 0.3))])
    new, known = skill_estimate(table, 99, WEB), skill_estimate(table, 1, WEB)
    assert isclose(new.rate, known.rate, abs_tol=0.03)
    assert width(new) > 2 * width(known)
    assert new.leads == 0


def test_a_rep_from_another_team_keeps_what_their_leads_of_the_same_kind_say() -> None:
    """Their leads are of kinds that this pool has: what they did with them holds here."""
    team = [(rep, WEB, 30.0 + 20 * rep, 300.0) for rep in (ANA, BOB, CLEO)]
    came, new = fit(*team, (DAN, WEB, 120, 300)), fit(*team)
    assert rate(came, DAN, "web") > rate(new, DAN, "web") + 0.05
    assert width(skill_estimate(came, DAN, WEB)) < width(skill_estimate(new, DAN, WEB))


def test_more_leads_narrow_the_interval() -> None:
    few = fit((ANA, WEB, 2, 10), (BOB, WEB, 3, 10), differ=True)
    many = fit((ANA, WEB, 200, 1000), (BOB, WEB, 300, 1000), differ=True)
    assert width(skill_estimate(few, ANA, WEB)) > 2 * width(skill_estimate(many, ANA, WEB))


def test_faded_leads_are_worth_as_many_whole_ones_as_their_weights_say() -> None:
    whole = [Counted(ANA, WEB, 30, 100, 100), Counted(BOB, WEB, 10, 100, 100)]
    half = [row._replace(wins=row.wins / 2, leads=50, squares=25) for row in whole]
    one, other = fit_skill(whole, dimensions=["source"]), fit_skill(half, dimensions=["source"])
    assert isclose(one.p_value or 0, other.p_value or 0)
    assert isclose(rate(one, ANA, "web"), rate(other, ANA, "web"), abs_tol=1e-3)


def test_of_a_coarser_kind_the_pool_s_own_mix_of_leads_counts() -> None:
    table = fit((ANA, WEB, 50, 100), (BOB, WEB, 50, 100), (ANA, REFERRAL, 10, 300), (BOB, REFERRAL, 10, 300))
    mixed = 0.25 * rate(table, ANA, "web") + 0.75 * rate(table, ANA, "referral")
    assert isclose(rate(table, ANA), mixed)


def test_what_is_said_of_their_differing_is_kept() -> None:
    assert fit(*alike(100), differ=True).differ
    assert not fit((ANA, WEB, 90, 100), (BOB, WEB, 10, 100), differ=False).differ


@pytest.mark.parametrize("rows", [[], [Counted(ANA, WEB, 5, 3)], [Counted(ANA, WEB, float("nan"), 3)]])
def test_without_a_single_count_nothing_is_known_of_anybody(rows: list[Counted]) -> None:
    table = fit_skill(rows, dimensions=["source"])
    assert (table.differ, table.p_value) == (False, None)
    assert skill_estimate(table, ANA, WEB) == NO_ESTIMATE


numbers = st.one_of(st.floats(), st.integers(-3, 300))
segments = st.lists(st.sampled_from(["a", "b", "", "c"]), max_size=4).map(tuple)
strange = st.builds(Counted, st.integers(1, 4), segments, numbers, numbers, st.one_of(st.none(), numbers))
sound = st.builds(
    lambda rep, segment, wins, more: Counted(rep, segment, wins, wins + more),
    st.integers(1, 4), segments, st.floats(0, 1e6), st.floats(0, 1e6),
)  # fmt: skip


@given(st.lists(st.one_of(strange, sound), max_size=12), st.randoms(use_true_random=False), segments)
def test_any_counts_in_any_order_give_the_same_table_and_rates_within_bounds(
    rows: list[Counted], chance: Any, segment: tuple[str, ...]
) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    table = fit_skill(rows, dimensions=("one", "two"))
    assert fit_skill(shuffled, dimensions=("one", "two")) == table
    for rep in range(1, 6):
        estimate = skill_estimate(table, rep, segment)
        assert 0 <= estimate.low <= estimate.rate <= estimate.high <= 1
        assert estimate.leads >= 0


def test_who_knows_that_reps_barely_differ_expects_the_same_of_all() -> None:
    rows = [Counted(ANA, WEB, 90, 200), Counted(BOB, WEB, 10, 200)]
    told = fit_skill(rows, dimensions=("source",), spreads=(1e-4, 0.0, 1e-4))
    found = fit_skill(rows, dimensions=("source",))
    assert told.spreads == (1e-4, 0.0, 1e-4)
    assert rate(told, ANA, "web") - rate(told, BOB, "web") < 0.01 < rate(found, ANA, "web") - rate(found, BOB, "web")


@pytest.mark.parametrize("squares", [1e-300, 5e-324])
def test_outcomes_that_have_faded_to_next_to_nothing_are_still_numbers(squares: float) -> None:
    table = fit_skill([Counted(ANA, WEB, 1, 2, squares), Counted(BOB, WEB, 1, 3, squares)], dimensions=("source",))
    assert 0 < skill_estimate(table, ANA, WEB).rate < 1


# --- do they differ? ----------------------------------------------------------------------------------------------


def test_specialists_with_crossed_strengths_differ_though_all_win_the_same_in_all() -> None:
    rows = [(ANA, WEB, 90, 200), (ANA, REFERRAL, 30, 200), (BOB, WEB, 30, 200), (BOB, REFERRAL, 90, 200)]
    assert fit(*rows).differ  # type: ignore[arg-type]


def test_easy_leads_are_no_evidence() -> None:
    table = fit(
        (ANA, ("easy",), 100, 200), (ANA, ("hard",), 2, 20), (BOB, ("easy",), 10, 20), (BOB, ("hard",), 20, 200)
    )
    assert table.p_value == 1.0


def test_nobody_to_compare_with_is_no_evidence() -> None:
    assert evidence_of([Counted(ANA, WEB, 10, 100)]) is None
    assert evidence_of([Counted(ANA, WEB, 10, 100), Counted(BOB, REFERRAL, 90, 100)]) is not None


def test_once_reps_differ_it_takes_more_than_a_day_without_evidence_to_take_it_back() -> None:
    some = evidence_of([Counted(ANA, WEB, 50, 200), Counted(BOB, WEB, 30, 200)])
    assert some is not None
    assert 1 < some.odds < 20
    assert some.differ(before=True)
    assert not some.differ(before=False)
