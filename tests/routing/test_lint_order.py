"""Rules that never get a lead, and rules that get only what others leave over."""

from __future__ import annotations

from typing import Any

import pytest

from reps.caps import Cap
from routing.rulebook.lint.subject import Membership
from tests.routing.lint_company import ANA, BOB, SMB, codes, company, found, person, rule

PARK = {"park": "Not for us", "review_days": 30}
ALWAYS_ON = company(person(ANA, "Ana Diaz", hours=None))


def parked_first(earlier: Any, later: Any) -> set[str]:
    """What is said of a rule after one that parks what it matches."""
    rules = rule("First", when=earlier, to=PARK), rule("Second", when=later)
    return {finding.name for finding in found("shadowed_rule", *rules)}


@pytest.mark.parametrize(
    "group",
    [
        [("country", "is", "DE"), ("country", "is", "US")],
        [("country", "any_of", ["DE", "AT"]), ("country", "none_of", ["AT", "de"])],
        [("employees", "gt", 100), ("employees", "lt", 100)],
        [("employees", "is", 5), ("employees", "gte", 6)],
        [("employees", "between", [1, 10]), ("employees", "gt", 10)],
        [("company", "starts_with", "acme"), ("company", "starts_with", "globex")],
        [("email", "ends_with", "@a.de"), ("email", "ends_with", "@b.de")],
        [("company", "is", "Globex"), ("company", "contains", "acme")],
        [("city", "empty", None), ("city", "contains", "b")],
        [("returning", "is", True), ("returning", "is", "no")],
        [("submitted_at", "before", "2026-01-01"), ("submitted_at", "after", "2026-02-01")],
    ],
)
def test_conditions_that_cannot_hold_together_make_a_dead_rule(group: Any) -> None:
    assert [finding.name for finding in found("dead_rule", rule("Never", when=[group]))] == ["Never"]


@pytest.mark.parametrize(
    "group",
    [
        [("country", "is_not", "DE"), ("country", "is_not", "US")],
        [("employees", "gte", 100), ("employees", "lte", 100)],
        [("company", "starts_with", "acme"), ("company", "starts_with", "acme labs")],
        [("company", "starts_with", "acme"), ("company", "ends_with", "labs")],
        [("attributes.tags", "is", "a"), ("attributes.tags", "is", "b")],
        [("attributes.sizes", "gt", 10), ("attributes.sizes", "lt", 5)],
        [("city", "empty", None), ("city", "is_not", "Berlin")],
    ],
)
def test_conditions_that_can_hold_together_are_not_reported(group: Any) -> None:
    assert "dead_rule" not in codes(rule(when=[group]))


def test_a_rule_with_one_group_that_can_hold_is_not_dead() -> None:
    never = [("country", "is", "DE"), ("country", "is", "US")]

    assert "dead_rule" not in codes(rule(when=[never, [("country", "is", "DE")]]))


def test_a_rule_whose_window_is_over_is_dead() -> None:
    window = {"from": None, "to": "2026-03-01T00:00:00+00:00", "weekdays": None}

    assert found("dead_rule", rule(active=window))[0].path == "active.to"


def test_a_rule_whose_window_is_still_open_is_not_dead() -> None:
    window = {"from": None, "to": "2026-03-04T00:00:00+00:00", "weekdays": None}

    assert "dead_rule" not in codes(rule(when=[[("kind", "is", "demo")]], active=window))


def test_a_rule_after_one_that_takes_every_lead_is_dead() -> None:
    rules = rule("All"), rule("Demo", when=[[("kind", "is", "demo")]])

    assert [finding.name for finding in found("dead_rule", *rules, live=ALWAYS_ON)] == ["Demo"]


def test_a_rule_after_one_whose_people_go_home_is_not_dead_but_the_first_is_told() -> None:
    rules = rule("All"), rule("Demo", when=[[("kind", "is", "demo")]])

    assert "dead_rule" not in codes(*rules)
    assert [finding.name for finding in found("matches_everything", *rules)] == ["All"]


def test_a_last_rule_before_the_catch_all_may_take_everything() -> None:
    assert "matches_everything" not in codes(rule("All"))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([[("country", "any_of", ["DE", "AT"])]], [[("country", "is", "at")]]),
        ([[("country", "is", "DE")]], [[("country", "is", "DE"), ("employees", "gt", 5)]]),
        ([[("employees", "gt", 100)]], [[("employees", "gte", 101)]]),
        ([[("employees", "between", [1, 100])]], [[("employees", "any_of", [5, 50])]]),
        ([[("company", "contains", "acme")]], [[("company", "starts_with", "Acme Labs")]]),
        ([[("company", "contains", "acme")]], [[("company", "any_of", ["Acme", "ACME Inc"])]]),
        ([[("email", "ends_with", ".de")]], [[("email", "ends_with", "@globex.de")]]),
        ([[("city", "not_empty", None)]], [[("city", "contains", "b")]]),
        ([[("country", "none_of", ["US", "CA"])]], [[("country", "is", "DE")]]),
        ([[("country", "is_not", "US")]], [[("country", "empty", None)]]),
        ([[("submitted_at", "after", "2026-01-01")]], [[("submitted_at", "after", "2026-02-01")]]),
        ([[("submitted_at", "in_last_days", 30)]], [[("submitted_at", "in_last_days", 7)]]),
        ([[("postal_code", "in_postal", "90000-96199")]], [[("postal_code", "in_postal", "94100-94199")]]),
        ([[("postal_code", "in_postal", "9*")]], [[("postal_code", "is", "94105")]]),
        ([[("domain", "matches", r"^a\.")]], [[("domain", "matches", r"^a\."), ("country", "is", "DE")]]),
        ([[("kind", "is", "demo")], [("kind", "is", "trial")]], [[("kind", "any_of", ["demo", "trial"])]]),
        ([[("kind", "is", "demo")]], [[("kind", "is", "demo"), ("city", "is", "A")], [("kind", "is", "Demo")]]),
    ],
)
def test_a_rule_that_matches_nothing_but_what_is_parked_before_is_shadowed(earlier: Any, later: Any) -> None:
    assert parked_first(earlier, later) == {"Second"}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([[("country", "is", "DE")]], [[("country", "any_of", ["DE", "AT"])]]),
        ([[("country", "is", "DE"), ("employees", "gt", 5)]], [[("country", "is", "DE")]]),
        ([[("employees", "gt", 100)]], [[("employees", "gte", 100)]]),
        ([[("company", "starts_with", "acme")]], [[("company", "contains", "acme")]]),
        ([[("city", "not_empty", None)]], [[("city", "is_not", "Berlin")]]),
        ([[("country", "none_of", ["US", "CA"])]], [[("country", "is_not", "US")]]),
        ([[("country", "none_of", ["US"])]], [[("company", "is", "Globex")]]),
        ([[("attributes.tags", "is_not", "a")]], [[("attributes.tags", "is", "b")]]),
        ([[("domain", "matches", "^a")]], [[("domain", "is", "a.de")]]),
        ([[("postal_code", "in_postal", "94105")]], [[("postal_code", "in_postal", "941*")]]),
        ([[("postal_code", "in_postal", "94100-94199")]], [[("postal_code", "in_postal", "941*")]]),
        ([[("kind", "is", "demo")]], [[("kind", "is", "demo")], [("kind", "is", "trial")]]),
        ([[("kind", "is", "demo")]], [[("kind", "any_of", ["demo", "trial"])]]),
    ],
)
def test_a_rule_that_matches_something_else_is_not_shadowed(earlier: Any, later: Any) -> None:
    assert parked_first(earlier, later) == set()


def test_a_rule_after_one_whose_people_may_all_be_busy_gets_what_they_leave() -> None:
    demo = [[("kind", "is", "demo")]]
    rules = rule("First", when=demo), rule("Second", when=demo)

    assert [finding.name for finding in found("fallback_only", *rules)] == ["Second"]
    assert "shadowed_rule" not in codes(*rules)


def test_a_rule_after_one_with_somebody_always_there_is_shadowed() -> None:
    demo = [[("kind", "is", "demo")]]

    assert "shadowed_rule" in codes(rule(when=demo), rule(when=demo), live=ALWAYS_ON)


@pytest.mark.parametrize(
    "fields",
    [{"caps": (Cap("day", 5),)}, {"holidays": True}, {"active": False}],
    ids=["caps", "holidays", "inactive"],
)
def test_somebody_with_limits_is_not_always_there(fields: dict[str, Any]) -> None:
    demo = [[("kind", "is", "demo")]]
    people = company(person(ANA, "Ana Diaz", hours=None, **fields))

    assert "shadowed_rule" not in codes(rule(when=demo), rule(when=demo), live=people)


def test_somebody_with_a_cap_in_the_pool_is_not_always_there() -> None:
    demo = [[("kind", "is", "demo")]]
    members = {SMB: (Membership(ANA, caps=(Cap("day", 5),)), Membership(BOB))}
    people = company(person(ANA, "Ana Diaz", hours=None), members=members)

    assert "shadowed_rule" not in codes(rule(when=demo), rule(when=demo), live=people)


@pytest.mark.parametrize(
    "fields", [{"enabled": False}, {"active": {"from": None, "to": None, "weekdays": [0]}}], ids=["off", "at times"]
)
def test_a_rule_that_is_not_always_looked_at_shadows_nothing(fields: dict[str, Any]) -> None:
    demo = [[("kind", "is", "demo")]]

    assert codes(rule(when=demo, to=PARK, **fields), rule(when=demo)).isdisjoint({"shadowed_rule", "fallback_only"})


def test_a_pool_after_the_territory_for_the_same_leads_is_an_ordinary_fallback() -> None:
    demo = [[("kind", "is", "demo")]]

    assert "fallback_only" not in codes(rule(when=demo, to={"territory": True}), rule(when=demo))
