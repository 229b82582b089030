"""The interval of the control group: right at all looks together, and worth looking at."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.engine.control import DOUBT, Arms, Ratio, Won, is_left_out, points_of, ratio_of, wins_to_see
from routing.management.benchmark.control_groups import companies, walk
from routing.management.benchmark.control_walk import always, ever_left_out

SHARES = (0.01, 0.1, 0.5)
counts = st.integers(0, 5_000)
throws = st.lists(st.builds(Won, st.sampled_from(SHARES), counts, counts), max_size=3)


@given(throws)
def test_an_interval_has_two_ends_and_a_chance(won: list[Won]) -> None:
    likely, low, high, p = ratio_of(won)

    assert 0 <= low <= likely <= high
    assert 0 <= p <= 1


@given(throws, st.sampled_from([0.5, 1.0, 1.3]))
def test_what_is_left_out_lies_outside_of_the_interval(won: list[Won], ratio: float) -> None:
    found = ratio_of(won)

    if min(abs(end - ratio) for end in (found.low, found.high)) > 1e-9:
        assert is_left_out(ratio, won) == (not found.low <= ratio <= found.high)


@given(throws)
def test_what_is_beyond_chance_and_the_chance_say_the_same(won: list[Won]) -> None:
    found = ratio_of(won)

    if abs(found.p - DOUBT) > 1e-9:
        assert found.clear == (found.p < DOUBT)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(SHARES))
def test_ten_times_the_leads_say_more(control: int, routed: int, share: float) -> None:
    few, many = (ratio_of([Won(share, times * control, times * routed)]) for times in (1, 10))

    assert many.high / many.low < few.high / few.low


@given(throws)
def test_the_order_of_versions_and_how_they_are_cut_make_no_difference(won: list[Won]) -> None:
    halves = [Won(share, part, other) for share, control, routed in won for part, other in ((control, 0), (0, routed))]

    assert ratio_of(reversed(halves)) == pytest.approx(ratio_of(won), rel=1e-6)


@given(st.floats(0, 50), counts, counts, st.data())
def test_points_are_a_difference_of_shares_and_have_the_sign_of_the_ratio(
    ratio: float, control: int, routed: int, data: st.DataObject
) -> None:
    arms = Arms(control, data.draw(st.integers(0, control)), routed, data.draw(st.integers(0, routed)))
    points = points_of(ratio, arms)

    assert -1 <= points <= 1
    assert points * (ratio - 1) >= 0


def test_without_wins_nothing_is_known() -> None:
    assert ratio_of([]) == Ratio(1.0, 0.0, inf, 1.0)
    assert ratio_of([Won(0.1, 0, 0), Won(0.0, 0, 9)]) == Ratio(1.0, 0.0, inf, 1.0)
    assert points_of(inf, Arms(10, 0, 90, 9)) == pytest.approx(0.1)


def test_as_long_as_the_control_group_won_nothing_there_is_no_upper_end() -> None:
    found = ratio_of([Won(0.5, 0, 4)])

    assert (found.high, found.clear) == (inf, False)
    assert ratio_of([Won(0.5, 0, 40)]).low > 1


def test_wins_in_proportion_show_no_difference_and_twice_as_many_do() -> None:
    alike, twice = ratio_of([Won(0.1, 100, 900)]), ratio_of([Won(0.1, 100, 1_800)])

    assert alike.low < 1 < alike.high
    assert not alike.clear
    assert 1 < twice.low < 2 < twice.high
    assert ratio_of([Won(0.1, 300, 900)]).high < 1


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_without_a_difference_hardly_anybody_who_always_looks_ever_sees_one(share: float) -> None:
    """Exactly, over every course that 120 won leads can take: more than one look, and at most 1 of 10 cases."""
    *_, ever = ever_left_out(share, always(1.0), 120, looked=always(1.0))

    assert 0 < ever.either <= DOUBT


def test_a_true_ratio_other_than_1_is_ever_left_out_as_rarely() -> None:
    *_, ever = ever_left_out(0.3, always(1.5), 120, looked=always(1.5))

    assert 0 < ever.either <= DOUBT


def test_a_real_difference_ends_the_looking_and_the_number_named_suffices() -> None:
    needed = wins_to_see(2.5, 0.3)
    assert needed is not None

    *_, ever = ever_left_out(0.3, always(2.5), needed, looked=always(1.0))

    assert ever.above >= 0.8
    assert ever.below < 0.001


@pytest.mark.parametrize(("ratio", "share"), [(1.0, 0.1), (1.2, 0.0), (0.0, 0.1), (inf, 0.1), (1.2, 1.0)])
def test_where_no_number_would_do_there_is_none(ratio: float, share: float) -> None:
    assert wins_to_see(ratio, share) is None


def test_a_smaller_control_group_takes_more_won_leads() -> None:
    needed = [wins_to_see(1.5, share) or 0 for share in (0.5, 0.2, 0.05)]

    assert needed == sorted(needed)
    assert needed[0] > 100


def test_what_changes_on_the_way_makes_nobody_see_what_is_not_there() -> None:
    """Five courses each of 800 leads: seasons, another share of the control group, results that begin late."""
    courses = [walk(company, 800, seed) for company in companies(800)[:2] for seed in range(5)]

    assert sum(course.seen for course in courses) <= 2


@pytest.mark.long
def test_in_thousands_of_looks_few_ever_leave_out_the_truth() -> None:
    for company in companies(20_000):
        courses = [walk(company, 20_000, seed) for seed in range(1, 31)]

        assert sum(course.missed for course in courses) <= 8, company.name  # 30 of which one in ten may, at most
