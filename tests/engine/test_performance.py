"""How well a rep converts a kind of lead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.performance import (
    NO_ESTIMATE,
    Counted,
    Estimate,
    build_table,
    decay,
    expected_result,
    has_statistics,
    segment_of,
    segment_rate,
    size_band,
    tilt,
)
from routing.engine.types import PerformanceTable, Record

DAY = date(2026, 3, 3)
ANA, BOB, CLEO = 1, 2, 3
WEB, REFERRAL = ("web",), ("referral",)


def table(*counted: tuple[int, tuple[str, ...], float, float], k: float = 30) -> PerformanceTable:
    dimensions = ("source", "size", "region")[: len(counted[0][1])] if counted else ()
    return build_table(day=DAY, dimensions=dimensions, k=k, counted=[Counted(*row) for row in counted])


def rates(numbers: PerformanceTable, segment: tuple[str, ...], *reps: int) -> list[float]:
    return [expected_result(numbers, rep, segment).rate for rep in reps]


# --- segments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("employees", "band"),
    [
        (None, ""), (0, ""), (-3, ""), ("many", ""), (True, ""), (float("nan"), ""),
        (1, "1-10"), (10, "1-10"), (11, "11-50"), (50, "11-50"), (51, "51-200"), (200, "51-200"), (201, "201-1000"),
        (1000, "201-1000"), (1001, "1001-5000"), (5000, "1001-5000"), (5001, "5001+"), (10**9, "5001+"),
    ],
)  # fmt: skip
def test_employees_fall_into_bands(employees: object, band: str) -> None:
    assert size_band(employees) == band


@pytest.mark.parametrize(
    ("facts", "region"),
    [
        ({"country": "US", "region": "US-CA"}, "us-ca"),
        ({"country": "US"}, "us"),
        ({"country": "DE", "region": "DE-BY"}, "de"),
        ({"region": "US-CA"}, ""),
        ({}, ""),
    ],
)
def test_the_region_is_the_state_in_the_us_and_the_country_elsewhere(facts: Mapping[str, object], region: str) -> None:
    assert segment_of(["region"], facts.get) == (region,)


@pytest.mark.parametrize(
    ("value", "text"),
    [("  Wébsite ", "website"), (None, ""), (5.0, "5"), (True, "true"), (("B", "a"), "b, a"), ("x" * 500, "x" * 100)],
)
def test_other_dimensions_are_compared_as_folded_text(value: object, text: str) -> None:
    assert segment_of(["attributes.tier"], {"attributes.tier": value}.get) == (text,)


def test_a_pool_without_dimensions_knows_one_kind_of_lead() -> None:
    assert segment_of([], {}.get) == ()


# --- tables and rates ---------------------------------------------------------------------------------------------


def test_every_coarser_segment_is_summed_up() -> None:
    numbers = table((ANA, ("web", "1-10"), 2, 10), (BOB, ("web", "11-50"), 3, 20), (ANA, ("ads", "1-10"), 1, 5))

    assert numbers.segments[()] == Record(6, 35)
    assert numbers.segments[("web",)] == Record(5, 30)
    assert numbers.reps[ANA][()].leads == 15


def test_a_segments_rate_is_shrunk_to_the_coarser_ones() -> None:
    numbers = table((ANA, WEB, 20, 100), (ANA, REFERRAL, 10, 20))

    assert isclose(segment_rate(numbers, WEB), (20 + 30 * 0.25) / 130)


def test_an_unknown_segment_has_its_parents_rate() -> None:
    numbers = table((ANA, ("web", "1-10"), 20, 100))

    assert segment_rate(numbers, ("web", "5001+")) == segment_rate(numbers, ("web",))


def test_a_rep_is_shrunk_to_the_segments_own_rate() -> None:
    numbers = table((ANA, WEB, 60, 100), (BOB, WEB, 20, 100), k=30)
    rate = segment_rate(numbers, WEB)

    assert isclose(expected_result(numbers, ANA, WEB).rate, (60 + 30 * rate) / 130)


def test_somebody_without_results_is_expected_to_do_as_everybody() -> None:
    numbers = table((ANA, WEB, 60, 100), (BOB, WEB, 20, 100))

    assert isclose(expected_result(numbers, CLEO, WEB).rate, segment_rate(numbers, WEB))


def test_few_leads_move_less_than_many() -> None:
    numbers = table((ANA, WEB, 3, 4), (BOB, WEB, 75, 100), (CLEO, WEB, 40, 200))
    ana, bob = rates(numbers, WEB, ANA, BOB)

    assert segment_rate(numbers, WEB) < ana < bob


def test_whoever_was_given_easy_leads_is_not_called_good() -> None:
    of_ana, of_bob = (ANA, REFERRAL, 800, 1000), (BOB, WEB, 100, 1000)
    numbers = table(of_ana, (ANA, WEB, 10, 100), of_bob, (BOB, REFERRAL, 80, 100))
    ana, bob = rates(numbers, (), ANA, BOB)

    assert abs(ana - bob) < 0.03  # of the leads they had, Ana won 74 of 100 and Bob 16


def test_skill_shows_in_the_kind_of_lead_it_is_for() -> None:
    numbers = table((ANA, WEB, 60, 100), (BOB, WEB, 20, 100), (ANA, REFERRAL, 20, 100), (BOB, REFERRAL, 60, 100))

    assert rates(numbers, WEB, ANA)[0] > rates(numbers, WEB, BOB)[0]
    assert rates(numbers, REFERRAL, ANA)[0] < rates(numbers, REFERRAL, BOB)[0]


def test_a_segment_with_few_leads_judges_by_the_coarser_one() -> None:
    numbers = table((ANA, WEB, 60, 100), (BOB, WEB, 20, 100), (BOB, REFERRAL, 1, 1))
    ana = expected_result(numbers, ANA, REFERRAL)

    assert ana.level == 0
    assert ana.leads == 100
    assert ana.rate > expected_result(numbers, BOB, REFERRAL).rate


def test_without_outcomes_there_are_no_statistics() -> None:
    empty = table()

    assert not has_statistics(empty)
    assert not has_statistics(None)
    assert expected_result(empty, ANA, WEB) == NO_ESTIMATE


def test_records_without_expectation_are_measured_against_the_segments_rate() -> None:
    by_hand = PerformanceTable(DAY, ("source",), {(): Record(30, 100)}, {ANA: {(): Record(20, 50)}})

    assert isclose(expected_result(by_hand, ANA, ()).rate, (20 + 30 * 0.3) / 80)


def test_an_interval_narrows_with_leads() -> None:
    few, many = table((ANA, WEB, 3, 10)), table((ANA, WEB, 300, 1000))
    wide, narrow = expected_result(few, ANA, WEB), expected_result(many, ANA, WEB)

    assert narrow.high - narrow.low < wide.high - wide.low < 1


counts = st.tuples(
    st.integers(1, 4), st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), st.floats(0, 1), st.floats(0, 1e4)
)


@settings(max_examples=60)
@given(st.lists(counts, max_size=12), st.floats(0, 1e3), st.integers(1, 5), st.sampled_from(["ax", "b?", "a", ""]))
def test_every_estimate_lies_within_its_interval(
    rows: list[tuple[int, tuple[str, str], float, float]], k: float, rep: int, segment: str
) -> None:
    numbers = table(*((one, where, share * leads, leads) for one, where, share, leads in rows), k=k)
    estimate = expected_result(numbers, rep, tuple(segment))

    assert 0 <= estimate.low <= estimate.rate + 1e-9
    assert estimate.rate - 1e-9 <= estimate.high <= 1


# --- tilt and decay -----------------------------------------------------------------------------------------------


def estimates(*rates: float) -> dict[int, Estimate]:
    return {rep: Estimate(rate, 0, 1, 10, 0) for rep, rate in enumerate(rates)}


@pytest.mark.parametrize(
    ("given_rates", "factors"),
    [
        ((0.2, 0.2), [1, 1]),
        ((0.3, 0.1), [1.5, 0.5]),
        ((0.22, 0.18), [1.1, 0.9]),
        ((1.0, 0.0, 0.0), [1.5, 0.75, 0.75]),
        ((0.0, 0.0), [1, 1]),
        ((), []),
    ],
)
def test_weights_are_tilted_by_results(given_rates: tuple[float, ...], factors: list[float]) -> None:
    assert list(tilt(estimates(*given_rates)).values()) == pytest.approx(factors)


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_tilt_stays_within_its_bounds_and_is_one_on_average(given_rates: list[float]) -> None:
    factors = tilt(estimates(*given_rates)).values()

    assert all(0.5 - 1e-9 <= factor <= 1.5 + 1e-9 for factor in factors)
    assert isclose(sum(factors), len(given_rates), rel_tol=1e-9)


@pytest.mark.parametrize(
    ("age", "half_life", "left"), [(0, 30, 1), (30, 30, 0.5), (60, 30, 0.25), (-5, 30, 1), (1, 0, 0), (0, 0, 1)]
)
def test_half_is_left_after_a_half_life(age: float, half_life: float, left: float) -> None:
    assert decay(age, half_life) == left
