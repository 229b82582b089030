"""Hours with nobody on, pools of nobody or one, caps and needs that cannot be met, people who are gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reps.caps import Cap
from routing.rulebook.lint.subject import Membership, Open, TeamFacts
from tests.routing.lint_company import (
    ANA,
    BOB,
    ENTERPRISE,
    NOW,
    SMB,
    codes,
    company,
    found,
    person,
    pool,
    rule,
    territory,
)

GONE = person(3, "Gus Gone", active=False)


# --- hours -------------------------------------------------------------------------------------------------------


def test_the_weekend_and_the_nights_are_noted_in_the_companys_zone() -> None:
    (note,) = found("nobody_on")

    assert "Mon 18:00–Tue 09:00" in note.message
    assert "Fri 18:00–Mon 09:00" in note.message
    assert "(Europe/Berlin)" in note.message


def test_a_gap_within_the_companys_working_hours_is_a_warning() -> None:
    early = {"mon-thu": ["09:00-18:00"], "fri": ["09:00-12:00"]}
    people = company(person(ANA, "Ana", hours=early), person(BOB, "Bob", hours=early))

    (warning,) = found("nobody_on_in_working_hours", live=people)

    assert "nobody is on Fri 12:00–Fri 18:00 (Europe/Berlin)" in warning.message


def test_somebody_in_another_zone_closes_a_gap() -> None:
    new_york = person(BOB, "Bob", zone=ZoneInfo("America/New_York"), hours={"mon-fri": ["06:00-18:00"]})
    people = company(person(ANA, "Ana", hours={"mon-fri": ["09:00-12:00"]}), new_york)

    assert "nobody_on_in_working_hours" not in codes(live=people)


def test_with_somebody_always_on_there_is_no_gap() -> None:
    assert "nobody_on" not in codes(live=company(person(ANA, "Ana", hours=None)))


def test_a_team_without_hours_is_always_on() -> None:
    teams = (TeamFacts("West", always_on=("Ana", "Bob")), TeamFacts("East"))

    assert [finding.name for finding in found("team_always_on", live=company(teams=teams))] == ["West"]


# --- pools -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [(), (Membership(3),), (Membership(ANA, weight=0),), (Membership(99),)],
    ids=["nobody", "inactive", "weight 0", "deleted"],
)
def test_a_pool_without_anybody_who_can_take_a_lead_is_empty(members: Any) -> None:
    (finding,) = found("empty_pool", live=company(GONE, members={SMB: members}))

    assert finding.severity == "warning"


def test_an_empty_pool_that_no_rule_uses_is_only_noted() -> None:
    (finding,) = found("empty_pool", pools=[pool(SMB, "SMB"), pool(ENTERPRISE, "Enterprise")])

    assert (finding.name, finding.severity) == ("Enterprise", "note")


def test_a_pool_that_a_territory_or_an_overflow_reaches_is_used() -> None:
    pools = [pool(SMB, "SMB"), pool(ENTERPRISE, "Enterprise")]
    by_territory = rule(to={"territory": True}), [territory("A", owner={"pool": ENTERPRISE})]
    by_overflow = rule(when_nobody={"overflow": ENTERPRISE}), []

    for using, territories in (by_territory, by_overflow):
        assert found("empty_pool", using, pools=pools, territories=territories)[0].severity == "warning"


def test_a_pool_of_one_is_noted_and_a_pool_of_two_is_not() -> None:
    assert "pool_of_one" in codes(live=company(members={SMB: (Membership(ANA),)}))
    assert "pool_of_one" not in codes()


# --- caps --------------------------------------------------------------------------------------------------------


def test_a_cap_of_zero_is_told_for_a_rep_and_for_a_membership() -> None:
    zero, one = Cap("day", 0), Cap("day", 1)
    of_rep = company(person(ANA, "Ana", caps=(zero,)))
    of_member = company(members={SMB: (Membership(ANA, caps=(zero,)), Membership(BOB, caps=(one,)))})

    assert [finding.section for finding in found("cap_of_zero", live=of_rep)] == ["reps"]
    assert [finding.section for finding in found("cap_of_zero", live=of_member)] == ["pools"]


@pytest.mark.parametrize(("number", "days", "told"), [(40, 8, True), (41, 8, True), (39, 8, False), (40, 6, False)])
def test_open_leads_that_fill_a_cap_and_are_not_closed_are_told(number: int, days: int, told: bool) -> None:
    people = company(person(ANA, "Ana", caps=(Cap("open", 40),)), open={ANA: Open(number, NOW - timedelta(days=days))})

    assert ("cap_stays_full" in codes(live=people)) is told


@pytest.mark.parametrize(("per_day", "told"), [(10, True), (9.9, False)])
def test_caps_of_all_members_below_what_comes_are_told(per_day: float, told: bool) -> None:
    members = {SMB: (Membership(ANA, caps=(Cap("day", 3),)), Membership(BOB))}
    people = company(
        person(BOB, "Bob", caps=(Cap("week", 49), Cap("hour", 5))), members=members, per_day={SMB: per_day}
    )

    assert ("caps_below_arrivals" in codes(live=people)) is told


def test_one_member_without_cap_takes_what_comes() -> None:
    people = company(person(ANA, "Ana", caps=(Cap("day", 1),)), per_day={SMB: 500.0})

    assert "caps_below_arrivals" not in codes(live=people)


# --- needs -------------------------------------------------------------------------------------------------------

WANTED = {"skills": ["security"]}


def test_a_skill_that_nobody_in_the_pool_has_is_a_warning() -> None:
    assert [f.severity for f in found("nobody_has_it", rule(requires=WANTED))] == ["warning"]


def test_a_need_that_is_dropped_in_time_is_only_noted() -> None:
    patient = {"skills": [{"skill": "security", "patience_minutes": 5}]}

    assert [f.severity for f in found("nobody_has_it", rule(requires=patient))] == ["note"]


def test_a_skill_that_only_one_has_is_noted() -> None:
    people = company(person(ANA, "Ana", skills=frozenset({"security"})))

    assert "only Ana has" in found("only_one_has_it", rule(requires=WANTED), live=people)[0].message


def test_a_skill_that_two_have_is_not() -> None:
    skills = frozenset({"security"})
    people = company(person(ANA, "Ana", skills=skills), person(BOB, "Bob", skills=skills))

    assert codes(rule(requires=WANTED), live=people).isdisjoint({"nobody_has_it", "only_one_has_it"})


def test_a_pools_own_needs_count_and_topics_by_level() -> None:
    requires = {"topics": [{"topic": "kubernetes", "level": 2}]}
    people = company(person(ANA, "Ana", expertise={"kubernetes": 3}), person(BOB, "Bob", expertise={"kubernetes": 1}))

    (finding,) = found("only_one_has_it", live=people, pools=[pool(SMB, "SMB", requires=requires)])

    assert (finding.section, finding.name) == ("pools", "SMB")


def test_a_language_of_leads_that_nobody_speaks_is_told() -> None:
    people = company(person(ANA, "Ana", languages=frozenset({"en"})), languages={"en": 5, "fr": 2, "": 7})

    (finding,) = found("language_nobody_speaks", rule(requires={"languages": "lead"}), live=people)

    assert "fr, the language of 2 leads" in finding.message


# --- people ------------------------------------------------------------------------------------------------------


def test_somebody_whom_nothing_leads_to_is_noted() -> None:
    lou = person(3, "Lou")
    members = {SMB: (Membership(ANA), Membership(BOB))}

    assert [finding.name for finding in found("rep_in_no_pool", live=company(lou, members=members))] == ["Lou"]


@pytest.mark.parametrize(
    "fields",
    [{"last_resort": (3,)}, {"teams": (TeamFacts("West", manager=3),)}, {"account_reps": frozenset({3})}],
    ids=["last resort", "manager", "account"],
)
def test_somebody_who_gets_leads_in_another_way_is_not(fields: dict[str, Any]) -> None:
    members = {SMB: (Membership(ANA), Membership(BOB))}

    assert "rep_in_no_pool" not in codes(live=company(person(3, "Lou"), members=members, **fields))


def test_somebody_inactive_is_in_no_pool_without_being_told() -> None:
    assert "rep_in_no_pool" not in codes(live=company(GONE, members={SMB: (Membership(ANA), Membership(BOB))}))


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("inactive_account_owner", {"accounts": {3: ("Globex", "Initech")}}),
        ("inactive_manager", {"teams": (TeamFacts("West", manager=3),)}),
        ("inactive_last_resort", {"last_resort": (3,)}),
        ("account_loop", {"account_loops": ("Globex", "Initech")}),
    ],
)
def test_people_who_are_gone_and_loops_of_accounts_are_told(code: str, fields: dict[str, Any]) -> None:
    assert code in codes(live=company(GONE, **fields))


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("inactive_manager", {"teams": (TeamFacts("West", manager=ANA), TeamFacts("East"))}),
        ("inactive_last_resort", {"last_resort": (ANA,)}),
    ],
)
def test_people_who_are_there_are_not(code: str, fields: dict[str, Any]) -> None:
    assert code not in codes(live=company(GONE, **fields))


def test_an_inactive_backup_of_somebody_active_is_told() -> None:
    assert "inactive_backup" in codes(live=company(GONE, person(ANA, "Ana", backup=3)))
    assert "inactive_backup" not in codes(live=company(person(3, "Gus", active=False, backup=3)))


def test_a_rule_kept_by_somebody_inactive_is_noted() -> None:
    assert "inactive_rule_owner" in codes(rule(owner=3), live=company(GONE))
    assert "inactive_rule_owner" not in codes(rule(owner=ANA))


def test_where_nobody_is_active_at_all_that_is_said() -> None:
    people = company(person(ANA, "Ana", active=False), person(BOB, "Bob", active=False))

    assert "nobody_active" in codes(live=people)
    assert "nobody_active" not in codes()


# --- rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "told"), [("2026-03-02", True), ("2026-03-03", False), (None, False)])
def test_a_rule_past_its_review_date_is_told(day: str | None, told: bool) -> None:
    assert ("review_overdue" in codes(rule(review_date=day))) is told


def test_an_sla_policy_that_is_gone_is_told() -> None:
    assert "sla_gone" in codes(rule(sla="five-minutes"))
    assert "sla_gone" not in codes(rule())


@pytest.mark.parametrize(("rows", "told"), [([], True), ([{"key": "a", "rep": ANA, "pool": None}], False)])
def test_a_table_without_rows_is_told(rows: list[Any], told: bool) -> None:
    tables = [{"id": 1, "uuid": "", "name": "Partners", "rows": rows}]

    assert ("empty_table" in codes(tables=tables)) is told
