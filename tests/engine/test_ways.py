"""The way of a lead through the rules, whoever happens to be there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from routing.engine.batch import Batch
from routing.engine.types import (
    GoNext,
    Method,
    Need,
    NeedKind,
    Outcome,
    OverflowTo,
    Rule,
    Strategy,
    ToPark,
    TopicTag,
    ToPool,
    ToRep,
    ToTerritory,
)
from routing.engine.ways import Stop, prior_claims, up_to, way_of
from tests.engine.builders import (
    ANA,
    BOB,
    CAT,
    ENTERPRISE,
    INACTIVE,
    NOW,
    OFF_SHIFT,
    SMB,
    earlier,
    lead,
    mia,
    people,
    rep,
    row,
    rule,
    rulebook,
)

GERMAN = ((row("country", "is", "DE"),),)
SPEAKS_GERMAN = Need(NeedKind.LANGUAGE, "de")


def way(*rules: Rule, reps: Iterable[Any] = (), facts: dict[str, Any] | None = None, **fields: Any) -> tuple[Stop, ...]:
    book = rulebook(*rules, smb=fields.pop("smb", None))
    some = people(*(reps or (rep(ANA), rep(BOB))))
    return way_of(lead(facts=facts or {"country": "DE"}, **fields), book, Batch(some, NOW))


def members(*rules: Rule, **fields: Any) -> set[int]:
    """Who could get the lead at the first stop."""
    [(_, able)] = way(*rules, **fields)[0].pools
    return set(able)


def test_only_rules_that_match_are_on_it() -> None:
    other = rule(2, conditions=((row("country", "is", "US"),),))

    assert [stop.rule for stop in way(rule(1, conditions=GERMAN), other, rule(3))] == [1, 3]


def test_a_rule_that_leads_nowhere_is_not_on_it() -> None:
    assert [stop.rule for stop in way(rule(1, destination=ToTerritory()), rule(2))] == [2]


@pytest.mark.parametrize("state", [OFF_SHIFT, {}])
def test_it_asks_nobody_for_the_hour(state: dict[str, Any]) -> None:
    assert members(rule(1), reps=(rep(ANA, **state), rep(BOB))) == {ANA, BOB}


def test_nobody_inactive_could_get_it() -> None:
    assert members(rule(1), reps=(rep(ANA, **INACTIVE), rep(BOB))) == {BOB}


def test_only_who_meets_every_need_could_get_it() -> None:
    reps = rep(ANA, languages=frozenset({"de"})), rep(BOB)

    assert members(rule(1, needs=(SPEAKS_GERMAN,)), reps=reps) == {ANA}


def test_of_an_intent_pool_those_who_fit_could_get_it_or_all_if_nobody_does() -> None:
    smb = {"strategy": Strategy.INTENT, "minimum_fit": 0.5}
    tags = (TopicTag("kubernetes", 1.0, "k8s", "keywords"),)
    reps = rep(ANA, expertise={"kubernetes": 3}), rep(BOB)

    assert members(rule(1), reps=reps, smb=smb, topics=tags) == {ANA}
    assert members(rule(1), smb=smb, topics=tags) == {ANA, BOB}


@pytest.mark.parametrize(("minutes", "asked"), [(5, {ANA, BOB}), (15, {ANA})])
def test_a_need_is_asked_for_until_its_patience_is_over(minutes: int, asked: set[int]) -> None:
    reps = rep(ANA, languages=frozenset({"de"})), rep(BOB)
    patient = rule(1, needs=(Need(NeedKind.LANGUAGE, "de", patience_minutes=minutes),))

    assert members(patient, reps=reps, first_reached={1: NOW - timedelta(minutes=10)}) == asked


def test_names_and_positions_make_no_other_way() -> None:
    assert way(rule(1, name="One")) == way(rule(7, name="Other"))


@pytest.mark.parametrize(
    "other",
    [
        rule(1, destination=ToRep(CAT)),
        rule(1, destination=ToPark("later")),
        rule(1, when_nobody=OverflowTo(ENTERPRISE)),
        rule(1, needs=(SPEAKS_GERMAN,)),
        rule(1, destination=ToPool(ENTERPRISE)),
    ],
)
def test_another_end_or_another_answer_makes_another_way(other: Rule) -> None:
    assert way(other) != way(rule(1, when_nobody=GoNext()))


def test_it_is_followed_up_to_the_rule_that_served() -> None:
    stops = way(rule(1), rule(2), rule(3))

    assert [[stop.rule for stop in up_to(stops, served)] for served in (1, 3, None, 9)] == [
        [1], [1, 2, 3], [1, 2, 3], [1, 2, 3],
    ]  # fmt: skip


def test_where_a_rule_overflows_both_pools_admit() -> None:
    [stop] = way(rule(1, when_nobody=OverflowTo(ENTERPRISE)), reps=(rep(ANA), rep(BOB)))

    assert (stop.admits(ANA, SMB), stop.admits(CAT, SMB)) == (True, False)
    assert {pool for pool, _ in stop.pools} == {SMB, ENTERPRISE}


OF_MIA = earlier(owner=ANA)
OF_ZOE = earlier(101, owner=BOB, email="zoe@globex.com", name_key="zoe park", company_identity=70)


@pytest.mark.parametrize(
    ("before", "book", "claims"),
    [
        ((OF_MIA, OF_ZOE), rulebook(), {(Method.RETURNING, ANA), (Method.SAME_COMPANY, BOB)}),
        ((OF_MIA,), rulebook(returning_days=20), set()),
        ((OF_ZOE,), rulebook(same_company=False), set()),
        ((OF_ZOE,), rulebook(rule(1, same_company=False), rule(2)), set()),
        ((earlier(days_ago=0, form="demo"), OF_ZOE), rulebook(), {(Outcome.DUPLICATE, 100)}),
        ((earlier(company_identity=70),), rulebook(), {(Method.RETURNING, ANA)}),
    ],
)
def test_who_claims_a_lead_before_the_rules_is_told_whoever_is_there(before: Any, book: Any, claims: set[Any]) -> None:
    away = Batch(people(rep(ANA, **INACTIVE), rep(BOB, **OFF_SHIFT)), NOW)

    assert prior_claims(mia(2000, company_identity=70, earlier=before), book, away) == claims
