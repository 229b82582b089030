"""The linter on the database: errors first, live data as it is, in time, and once a night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Expertise, Rep, Skill, WorkingHours
from routing.models import Account, AccountPerson, Example, LastResort, Lead, PoolMember, Rule, Territory, Work
from routing.rulebook.content import draft_content
from routing.rulebook.lint import Severity
from routing.rulebook.lint.subject import Open
from routing.services.lint import lint
from routing.services.nightly_lint import lint_nightly
from routing.services.publish import publish
from routing.services.work import run_next
from routing.snapshots.live import load_live
from tests.factories import (
    make_account,
    make_catch_all,
    make_lead,
    make_owned_lead,
    make_pool,
    make_rep,
    make_rule,
    make_settings,
    make_team,
)
from tests.work import work_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("the linter judges a compiled rulebook in Python")]


def codes(now: datetime) -> list[str]:
    return [finding.code for finding in lint(now=now)]


def test_what_blocks_publishing_comes_first_and_once(now: datetime) -> None:
    pool = make_pool(make_rep(), make_rep())
    make_rule(pool=pool, conditions=[[{"field": "shoe_size", "op": "is", "value": 1}]])
    make_catch_all(pool)

    found = lint(now=now)

    assert [finding.severity for finding in found].index(Severity.ERROR) == 0
    assert [finding.path for finding in found if finding.severity is Severity.ERROR] == ["when[0][0]"]


def test_a_sound_draft_has_neither_errors_nor_warnings(now: datetime) -> None:
    make_settings(timezone="Europe/Berlin")
    make_catch_all(make_pool(make_rep(), make_rep()))

    assert {finding.severity for finding in lint(now=now)} <= {Severity.NOTE}


def test_a_failing_example_is_an_error(now: datetime) -> None:
    make_catch_all(make_pool(make_rep()))
    Example.objects.create(name="Other", lead={"email": "x@globex.de"}, expected_pool=make_pool(make_rep()))

    assert codes(now)[0] == "example_fails"


def test_any_content_can_be_checked(now: datetime) -> None:
    make_catch_all(make_pool(make_rep()))
    content = draft_content()
    Rule.objects.all().delete()

    assert "refused" not in [finding.code for finding in lint(content, now=now)]
    assert "refused" in codes(now)


def test_two_catch_alls_that_are_there_anyway_are_an_error(now: datetime) -> None:
    make_catch_all(make_pool(make_rep()))
    content = draft_content()
    content["rules"] = [content["rules"][0] | {"name": "First", "id": 999}, *content["rules"]]

    assert any("two catch-alls" in finding.message for finding in lint(content, now=now))


@pytest.mark.parametrize(
    "damage",
    [
        {"when": "demo"},
        {"when": [["demo"], 5, [{"field": None, "op": 7, "value": {"a": [1]}}]]},
        {"when": [[{"field": "employees", "op": "between", "value": ["x", None]}]]},
        {"when": [[{"field": "domain", "op": "matches", "value": "(("}]]},
        {"when": [[{"field": "submitted_at", "op": "in_last_days", "value": 1e300}]]},
        {"to": {"pool": 999}},
        {"to": {"table": 999, "by": "x"}},
        {"when_nobody": {"overflow": 999}},
    ],
)
def test_a_rule_that_is_broken_anyway_is_an_error_and_stops_nothing(now: datetime, damage: Any) -> None:
    pool = make_pool(make_rep())
    make_rule(pool=pool)
    make_catch_all(pool)
    content = draft_content()
    content["rules"][0] |= damage

    assert lint(content, now=now)[0].severity is Severity.ERROR


@pytest.mark.parametrize(
    "damage",
    [{"timezone": "Nowhere"}, {"timezone": ""}, {"working_hours": {"x": 1}}, {"grades": {"A": {}}}, {"score": 5}],
)
def test_a_setting_that_cannot_be_read_is_an_error_and_hides_nothing(now: datetime, damage: Any) -> None:
    make_catch_all(make_pool(make_rep("Ana")))
    content = draft_content()
    content["settings"] |= damage

    found = lint(content, now=now)

    assert (found[0].severity, found[0].path.partition(".")[0]) == (Severity.ERROR, next(iter(damage)))
    assert "pool_of_one" in [finding.code for finding in found]


@pytest.mark.parametrize("year", [1, 9999])
def test_an_example_at_a_moment_that_has_no_day_before_or_after_is_an_error(now: datetime, year: int) -> None:
    pool = make_pool(make_rep())
    make_catch_all(pool)
    moment = datetime(year, 12 if year > 1 else 1, 31 if year > 1 else 1, 12, tzinfo=UTC)
    Example.objects.create(name="Far", lead={"email": "x@globex.de"}, expected_pool=pool, at=moment)

    assert lint(now=now)[0].path == "at"


# --- live data ---------------------------------------------------------------------------------------------------


def test_people_come_with_skills_topics_languages_and_caps(now: datetime) -> None:
    rep = make_rep("Ana", languages=["en"], caps={"day": 5}, holidays="DE")
    rep.skills.add(Skill.objects.create(name="Security"))
    Expertise.objects.create(rep=rep, topic="Kubernetes", level=2)

    ana = load_live(now=now, timezone="UTC").reps[rep.pk]

    assert (ana.skills, ana.expertise, ana.languages) == ({"security"}, {"kubernetes": 2}, {"en"})
    assert (ana.caps[0].limit, ana.holidays, ana.schedule.blocks) == (5, True, None)


def test_a_team_without_hours_names_those_who_rely_on_it(now: datetime) -> None:
    quiet, busy = make_team(name="Quiet"), make_team(name="Busy")
    WorkingHours.objects.create(team=busy, weekday=0, start="09:00", end="17:00")
    for team in (quiet, busy):
        make_rep(f"Ana {team.name}", team=team, hours=Rep.Hours.TEAM)
        make_rep(team=team, hours=Rep.Hours.ALWAYS)

    teams = {team.name: team.always_on for team in load_live(now=now, timezone="UTC").teams}

    assert teams == {"Quiet": ("Ana Quiet",), "Busy": ()}


def test_accounts_of_people_who_left_are_named_and_loops_are_found(now: datetime) -> None:
    gone = make_rep(active=False)
    globex, initech = make_account("Globex", owner=gone), make_account("Initech")
    AccountPerson.objects.create(account=initech, role="csm", rep=gone)
    Account.objects.filter(pk=globex.pk).update(parent=initech)
    Account.objects.filter(pk=initech.pk).update(parent=globex)

    live = load_live(now=now, timezone="UTC")

    assert live.accounts == {gone.pk: ("Globex", "Initech")}
    assert live.account_loops == ("Globex", "Initech")


def test_arrivals_are_real_leads_of_the_last_90_days(now: datetime) -> None:
    make_lead(now, country="DE", region="DE-BY", language="de")
    make_lead(now, country="DE", region="DE-BY", test=True)
    make_lead(now - timedelta(days=91), country="FR")
    make_lead(now, country="IT", status=Lead.Status.QUARANTINED)

    live = load_live(now=now, timezone="UTC")

    assert (live.arrivals, live.languages) == ({("DE", "DE-BY"): 1}, {"de": 1})


def test_where_leads_came_from_is_asked_where_territories_are_used(now: datetime) -> None:
    pool = make_pool(make_rep())
    Territory.objects.create(name="DACH", countries=["DE"], owner_pool=pool)
    make_rule(pool=pool, conditions=[[{"field": "territory", "op": "is", "value": "DACH"}]])
    make_catch_all(pool)
    make_lead(now, country="FR")

    assert "country_not_covered" in codes(now)


def test_in_which_languages_leads_came_is_asked_where_they_are_required(now: datetime) -> None:
    make_catch_all(make_pool(make_rep("Ana", languages=["en"]), requires={"languages": "lead"}))
    make_lead(now, language="fr")

    assert "language_nobody_speaks" in codes(now)


def test_otherwise_no_lead_is_read_for_that(now: datetime) -> None:
    make_catch_all(make_pool(make_rep()))

    with CaptureQueriesContext(connection) as asked:
        codes(now)

    assert asked.captured_queries
    assert not [query for query in asked.captured_queries if '"language"' in query["sql"]]


def test_open_leads_are_counted_as_caps_count_them(now: datetime) -> None:
    rep = make_rep()
    make_owned_lead(now, rep, owned_at=now - timedelta(days=31))
    make_owned_lead(now, rep, owned_at=now - timedelta(days=9))
    make_owned_lead(now, rep, closed_at=now)

    assert load_live(now=now, timezone="UTC").open[rep.pk] == Open(1, now - timedelta(days=9))


def test_the_last_resort_is_in_its_order(now: datetime) -> None:
    first, second = make_rep(), make_rep()
    LastResort.objects.create(rep=second, position=2)
    LastResort.objects.create(rep=first, position=1)

    assert load_live(now=now, timezone="UTC").last_resort == (first.pk, second.pk)


# --- size and time -----------------------------------------------------------------------------------------------


def company(rules: int, pools: int) -> None:
    reps = [make_rep() for _ in range(20)]
    made = [make_pool() for _ in range(pools)]
    PoolMember.objects.bulk_create(
        PoolMember(pool=pool, rep=reps[(n + k) % 20]) for n, pool in enumerate(made) for k in range(5)
    )
    countries = ["DE", "FR", "US", "GB", "IT", "ES"]
    Rule.objects.bulk_create(
        Rule(
            name=f"Rule {n}",
            position=n,
            pool=made[n % pools],
            conditions=[
                [
                    {"field": "country", "op": "any_of", "value": [countries[n % 6], countries[(n + 1) % 6]]},
                    {"field": "employees", "op": "between", "value": [n, n + 50]},
                    {"field": "kind", "op": "is", "value": "demo"},
                ]
            ],
        )
        for n in range(rules)
    )
    make_catch_all(made[0])


def test_more_rules_and_pools_need_no_more_queries(now: datetime, django_assert_max_num_queries: Any) -> None:
    company(rules=60, pools=30)

    with django_assert_max_num_queries(45):
        lint(now=now)


@pytest.mark.parametrize(("rules", "most"), [(250, 25), pytest.param(1_000, 200, marks=pytest.mark.long)])
def test_a_thousand_rules_and_500_pools_take_seconds_not_minutes(rules: int, most: int, now: datetime) -> None:
    company(rules=rules, pools=rules // 2)
    assert work_of(lambda: lint(now=now)) < most  # million steps: 12 and 110 it is


# --- once a night ------------------------------------------------------------------------------------------------


def test_the_draft_is_checked_once_a_night_and_the_report_is_kept(now: datetime) -> None:
    make_catch_all(make_pool(make_rep()))
    publish(note="", user=None, now=now)
    make_rep("Lonely Lou")
    night = datetime(2026, 3, 4, 3, 0, tzinfo=now.tzinfo)

    assert [lint_nightly(now=night + timedelta(minutes=minutes)) for minutes in (0, 1, 600)] == [1, 0, 0]
    assert lint_nightly(now=night + timedelta(days=1)) == 1
    run_next(clock=lambda: night + timedelta(minutes=1))
    report = Work.objects.get(created_at=night).report
    assert "rep_in_no_pool" in [finding["code"] for finding in report["findings"]]
    assert report["counts"]["error"] == 0


def test_where_nothing_was_published_there_is_nothing_to_check(now: datetime) -> None:
    assert lint_nightly(now=now) == 0
