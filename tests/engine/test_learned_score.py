"""A score learned from outcomes: what it looks at, how it is fitted and judged, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from math import exp, nan
from random import Random
from typing import Any

import pytest

from routing.engine.learned.features import Feature, features_of, in_words, kinds_before
from routing.engine.learned.figures import Judged, auc, drift_of, judge, stability
from routing.engine.learned.fit import Row, chance, curve, fit, loss_of
from routing.engine.learned.model import ScoreModel, place, places_of, read_model, score_features, write_model
from routing.engine.learned.train import Example, Trained, chance_for, columns_of, train

WON_OF = {"demo": 0.45, "contact": 0.2, "content": 0.05}


def example(number: int, kind: str, won: bool, *, day: float | None = None, **more: str) -> Example:
    features = features_of({"kind": kind, "email": "a@x", "domain": "x", **more}.get)
    return Example(number / 5 if day is None else day, str(number), features, won)


@cache
def examples(count: int = 1_200, seed: int = 1, flat: float | None = None) -> tuple[Example, ...]:
    """Leads that end by their kind; with `flat` all alike."""
    random = Random(seed)
    kinds = [random.choice(list(WON_OF)) for _ in range(count)]
    return tuple(
        example(number, kind, random.random() < (WON_OF[kind] if flat is None else flat))
        for number, kind in enumerate(kinds)
    )


@cache
def learned() -> Trained:
    return train(examples(), seed=1)


def model() -> ScoreModel:
    found = learned().model
    assert found is not None
    return found


# --- what is looked at --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "group", "value"),
    [
        ({"kind": "demo"}, "kind", "demo"),
        ({"source": " Webseite "}, "source", "webseite"),
        ({"country": "US", "region": "US-CA"}, "region", "us-ca"),
        ({"country": "DE", "region": "DE-BY"}, "region", "de"),
        ({"employees": 30}, "size", "11-50"),
        ({"employees": nan}, "size", ""),
        ({"employees": "many"}, "size", ""),
        ({"email": "a@gmail.com", "domain": ""}, "address", "free mail"),
        ({"email": "a@x.example", "domain": "x.example"}, "address", "company"),
        ({}, "address", ""),
        ({"message": "x" * 81}, "message", "medium"),
        ({"message": 7}, "message", "none"),
        ({"job_title": "Vice President, Sales"}, "job title", "vice president or director"),
        ({"job_title": "Geschäftsführer"}, "job title", "chief, owner or founder"),
        ({"job_title": "Clerk"}, "job title", "another title"),
        ({"job_title": ["CEO"]}, "job title", ""),
        ({"utm.medium": ("cpc", "email")}, "medium", "cpc, email"),
    ],
)
def test_a_fact_is_read_as_a_plain_value(facts: dict[str, Any], group: str, value: str) -> None:
    assert Feature(group, value) in features_of(facts.get)


def test_nothing_that_is_known_only_later_is_looked_at() -> None:
    early = {"kind": "demo", "source": "web"}
    late = {"stage": "won", "expected_amount": 9e9, "returning": True, "score": 90, "grade": "A"}

    assert features_of((early | late).get) == features_of(early.get)


def test_signals_count_that_were_observed_in_the_weeks_before() -> None:
    came = datetime(2026, 3, 2, tzinfo=UTC)
    signals = [
        ("visit", came - timedelta(days=1)),
        ("trial", came + timedelta(hours=1)),
        ("old", came - timedelta(200)),
    ]

    assert kinds_before(signals, came) == ["visit"]


def test_a_reason_says_what_was_not_said() -> None:
    assert [in_words(Feature("address", "free mail")), in_words(Feature("phone", ""))] == [
        "free mail address", "no phone number",
    ]  # fmt: skip


# --- fitting ------------------------------------------------------------------------------------------------------


def test_without_a_penalty_to_speak_of_the_fit_gives_the_shares_that_were_won() -> None:
    rows = [Row((1,), 100, 30), Row((2,), 200, 20)]

    base, first, second = fit(rows, 3, 1e-6)

    assert (chance(base + first), chance(base + second)) == (pytest.approx(0.3, 1e-4), pytest.approx(0.1, 1e-4))


def test_no_step_in_any_direction_makes_the_fit_better() -> None:
    random = Random(3)
    rows = [Row(tuple(sorted(random.sample(range(1, 6), 2))), 10, random.uniform(1, 9)) for _ in range(40)]
    weights = fit(rows, 6, 2.0)

    def loss(weights: Sequence[float]) -> float:
        return loss_of(rows, weights) + sum(weight * weight for weight in weights[1:])

    for column in range(6):
        for step in (-0.01, 0.01):
            assert loss([*weights[:column], weights[column] + step, *weights[column + 1 :]]) > loss(weights)


def test_rows_that_are_told_apart_perfectly_get_finite_weights() -> None:
    weights = fit([Row((1,), 50, 50), Row((2,), 50, 0)], 3, 1.0)

    assert 0.9 < chance(weights[0] + weights[1]) < 1


def test_nothing_to_fit_gives_no_weights() -> None:
    assert fit([], 3, 1.0) == [0.0, 0.0, 0.0]


def test_a_curve_finds_the_slope_that_made_the_points() -> None:
    offset, slope = curve([(x / 10, 1 / (1 + exp(0.5 - 2 * x / 10))) for x in range(-30, 31)])

    assert (offset, slope) == (pytest.approx(-0.5, abs=1e-4), pytest.approx(2, abs=1e-4))


# --- learning -----------------------------------------------------------------------------------------------------


def test_what_ends_differently_is_told_apart_with_calibrated_chances() -> None:
    found = train(examples(6_000), seed=1)

    assert found.model is not None
    assert found.refused == ""
    for kind, rate in WON_OF.items():
        assert chance_for(found.model, example(0, kind, True).features) == pytest.approx(rate, abs=0.05)


def test_the_same_examples_and_seed_give_the_same_model_in_whatever_order_they_come() -> None:
    mixed = list(examples())
    Random(7).shuffle(mixed)

    assert train(mixed, seed=1) == learned()


def test_the_seed_orders_examples_of_the_same_day() -> None:
    day = [one._replace(at=1.0) for one in examples(800)]

    assert train(day, seed=1).figures == train(day, seed=1).figures != train(day, seed=2).figures


def test_a_model_is_judged_on_later_leads_than_it_was_made_from() -> None:
    """What turns round in the last fifth ruins the figures: they are of those leads alone."""
    count = len(examples())
    turned = [one._replace(won=not one.won) if n >= count * 0.8 else one for n, one in enumerate(examples())]
    found = train(turned, seed=1)

    assert found.figures is not None
    assert found.figures.leads == count - round(count * 0.8)
    assert found.figures.gain < 0
    assert found.refused


def test_without_differences_nothing_is_used() -> None:
    for seed in (1, 2):
        assert train(examples(800, seed, 0.2), seed=1).refused


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((), "0 leads have an outcome"),
        (examples(200), "200 leads have an outcome"),
        (examples(600, 1, 0.0), "0 of them won"),
        (examples(600, 1, 1.0), "600 of them won"),
        (tuple(example(n, "demo", n < 60) for n in range(600)), "nearly all leads ended alike"),
    ],
    ids=["none", "few", "all lost", "all won", "won only at first"],
)
def test_too_little_to_learn_from_is_said(given: tuple[Example, ...], reason: str) -> None:
    found = train(given, seed=1)

    assert found.model is None
    assert reason in found.refused


def test_facts_that_are_the_same_for_all_are_not_learned_from_and_are_no_reason() -> None:
    found = train([example(n, "demo", Random(n).random() < 0.3) for n in range(600)], seed=1)

    assert found.model is not None
    assert found.model.weights == {}
    assert found.refused


def test_a_value_that_few_leads_have_is_kept_nowhere() -> None:
    rare = [example(n, "demo", False, source="jane@private.example") for n in range(19)]

    assert Feature("source", "jane@private.example") not in columns_of([*examples(300), *rare])


# --- scoring ------------------------------------------------------------------------------------------------------


def test_a_score_is_the_place_among_a_hundred_and_says_what_moved_it() -> None:
    scores = {kind: score_features(model(), example(0, kind, True).features) for kind in WON_OF}

    assert scores["demo"].score > scores["contact"].score > scores["content"].score
    assert scores["demo"].reasons[0][1] == "asked for: demo"
    assert scores["demo"].reasons[0][0] > 0 > scores["content"].reasons[0][0]
    assert 0 <= scores["content"].score <= 100


def test_what_was_never_seen_adds_nothing_and_is_no_reason() -> None:
    strange = score_features(model(), [Feature("kind", "unheard of"), Feature("planet", "mars")])

    assert strange.chance == pytest.approx(chance(model().offset + model().slope * model().intercept))
    assert strange.reasons == ()


def test_leads_that_are_like_many_others_stand_in_the_middle_of_them() -> None:
    sums = [0.1 + 0.2] * 30 + [0.7] * 70
    halves = ScoreModel(0.0, {}, {}, 1.0, 0.0, tuple(round(one, 6) for one in places_of(sums)))

    assert place(halves, 0.1 + 0.2) == pytest.approx(15, abs=1)
    assert place(halves, 0.7) == pytest.approx(65, abs=1)
    assert place(halves, 0.5) == pytest.approx(30, abs=1)


@pytest.mark.parametrize("total", [-1e9, 1e9, 0.0])
def test_a_place_lies_between_0_and_100(total: float) -> None:
    assert 0 <= place(model(), total) <= 100


def test_a_stored_model_scores_as_it_did() -> None:
    assert read_model(write_model(model())) == model()


@pytest.mark.parametrize(
    "broken",
    [
        None, [], "x", {}, {"weights": 3},
        *({"slope": value} for value in (-1, nan, None, "1", True, 10**400, 1e300)),
        {"weights": [["kind", "demo"]]}, {"places": [1, 2]}, {"places": [*range(100), -5]}, {"means": []},
    ],
)  # fmt: skip
def test_a_stored_model_that_is_broken_is_none(broken: Any) -> None:
    content = write_model(model()) | broken if isinstance(broken, dict) and broken else broken

    assert read_model(content) is None


# --- figures ------------------------------------------------------------------------------------------------------


def test_figures_of_leads_worked_out_by_hand() -> None:
    found = judge([Judged(0.8, True), Judged(0.6, False), Judged(0.4, True), Judged(0.2, False)], 0.5)

    assert found.brier == pytest.approx((0.04 + 0.36 + 0.36 + 0.04) / 4)
    assert found.plain == pytest.approx(0.25)
    assert found.auc == pytest.approx(0.75)
    assert found.ece == pytest.approx((0.2 + 0.6 + 0.6 + 0.2) / 4)


def test_equal_chances_rank_nobody() -> None:
    assert auc([Judged(0.3, True), Judged(0.3, False)]) == 0.5
    assert auc([Judged(0.3, True)]) == 0.5


# --- drift --------------------------------------------------------------------------------------------------------


def outcomes(count: int, said: float, won: float) -> list[Judged]:
    return [Judged(said, number < count * won) for number in range(count)]


@pytest.mark.parametrize(("count", "won", "alarm"), [(400, 0.2, False), (400, 0.4, True), (40, 0.9, False)])
def test_chances_that_are_off_beyond_chance_are_an_alarm(count: int, won: float, alarm: bool) -> None:
    assert drift_of(outcomes(count, 0.2, won), 0.2, {}, {}).alarm is alarm


def test_a_model_that_is_worse_than_the_plain_rate_is_found_out() -> None:
    wrong = [*outcomes(200, 0.05, 0.4), *outcomes(200, 0.55, 0.2)]

    assert drift_of(wrong, 0.3, {}, {}).worse


def test_leads_that_look_different_are_an_alarm_and_few_leads_are_none() -> None:
    before = {"source": {"web": 500, "ads": 500}}

    assert drift_of([], 0.2, before, {"source": {"web": 30, "ads": 370}}).shifted[0][0] == "source"
    assert not drift_of([], 0.2, before, {"source": {"web": 195, "ads": 205}}).alarm
    assert not drift_of([], 0.2, before, {"source": {"ads": 30}}).alarm


def test_stability_of_the_same_is_nothing() -> None:
    assert stability({"a": 600, "b": 400}, {"a": 300, "b": 200}) == 0
