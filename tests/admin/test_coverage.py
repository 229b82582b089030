"""The page of coverage: who is on in each hour of a week, where nobody is though leads come, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reps.models import Rep, WorkingHours
from routing.models import Territory
from routing.services.access import Role
from tests.admin.conftest import without_menu
from tests.factories import make_lead, make_pool, make_rep, make_settings, make_team

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
"""The tests' now is the Tuesday after; their pages speak in UTC."""
HOUR = timedelta(hours=1)


@pytest.fixture
def ana(db):
    """On Mondays from nine to half past five."""
    return on_mondays("Ana Diaz")


def on_mondays(name, **fields):
    rep = make_rep(name, hours=Rep.Hours.OWN, timezone="UTC", **fields)
    WorkingHours.objects.create(rep=rep, weekday=0, start=time(9), end=time(17, 30))
    return rep


def page(client, **asked):
    return client.get(reverse("admin:reps_rep_coverage"), asked)


def cell(response, weekday, hour):
    return response.context["heat"]["rows"][hour]["cells"][weekday]


def test_each_hour_says_how_many_are_on_and_who(boss, ana):
    on_mondays("Bob Ray"), make_rep("Ada", kind="agent", webhook="https://agent.example/")

    shown = page(boss)

    assert [cell(shown, 0, hour)["count"] for hour in (8, 9)] == [1, 3]
    assert cell(shown, 0, 9)["text"] == (
        "Mon 2 Mar, 09:00: 2 on: Ana Diaz, Bob Ray; 1 AI agent: Ada. No leads in an average week."
    )


def test_an_hour_without_anybody_is_hatched_and_marked_where_leads_come(boss, ana):
    make_lead(MONDAY - timedelta(days=7) + 3 * HOUR)

    shown = page(boss)

    assert [(cell(shown, 0, hour)["gap"], cell(shown, 0, hour)["missed"]) for hour in (3, 4, 9)] == [
        (True, True),
        (True, False),
        (False, False),
    ]
    assert "lr-week__c0 lr-week__missed" in shown.content.decode()


def test_a_part_of_an_hour_without_anybody_is_told(boss, ana):
    shown = page(boss)

    assert (cell(shown, 0, 17)["part"], cell(shown, 0, 16)["part"]) == (True, False)
    assert "for 30 minutes nobody" in cell(shown, 0, 17)["text"]


def test_gaps_with_leads_are_listed_with_those_next_to_them_and_a_way_to_their_hours(boss, ana):
    for weeks in (1, 2):
        make_lead(MONDAY - timedelta(days=7 * weeks) + 17 * HOUR + timedelta(minutes=45))

    shown = page(boss)

    [gap] = shown.context["gaps"]["rows"]
    assert (gap["text"], gap["leads"]) == ("Mon 2 Mar, 17:30 to Mon 9 Mar, 00:00", "0.25 leads")
    assert [one["url"] for one in gap["before"]] == [reverse("admin:reps_rep_change", args=[ana.pk])]
    assert (gap["after"], shown.context["gaps"]["idle"]) == ([], 1)


def test_whoever_has_the_hours_of_a_team_leads_to_that_team(boss, db):
    team = make_team(name="West", timezone="UTC")
    WorkingHours.objects.create(team=team, weekday=0, start=time(9), end=time(10))
    make_rep("Ana", team=team, hours=Rep.Hours.TEAM)

    [person] = page(boss, hour="mon-09").context["hour"]["people"]

    assert person["url"] == reverse("admin:reps_team_change", args=[team.pk])


def test_a_team_a_pool_and_a_territory_can_be_chosen(boss, ana):
    bob = make_rep("Bob", team=make_team(name="West"))
    pool = make_pool(ana, bob, name="SMB")
    territory = Territory.objects.create(name="USA", owner_rep=bob)

    asked = [f"team-{bob.team_id}", f"pool-{pool.pk}", f"territory-{territory.pk}"]

    assert [page(boss, of=one).context["reps"] for one in asked] == [1, 2, 1]


def test_other_weeks_are_a_step_away_and_an_hour_stays_in_its_week(boss, ana):
    shown = page(boss, week="2026-03-11", of="pool-0")

    assert shown.context["heat"]["days"][0]["date"] == "9 Mar"
    assert (shown.context["before"], shown.context["after"]) == ("?week=2026-03-02", "?week=2026-03-16")
    assert cell(shown, 0, 9)["url"] == "?week=2026-03-11&hour=mon-09#hour"


@pytest.mark.parametrize(("week", "hour", "hours"), [("2026-03-29", "sun-02", 167), ("2026-10-25", "sun-02", 169)])
def test_a_week_in_which_the_clocks_change_is_shown_whole(week, hour, hours, boss, ana):
    make_settings(timezone="Europe/Berlin")

    shown = page(boss, week=week, hour=hour)

    assert len(shown.context["week"].coverage.hours) == hours
    if hours == 167:
        assert (cell(shown, 6, 2), shown.context["hour"]) == ({"none": True}, None)
    else:
        assert shown.context["hour"]["twice"]


@pytest.mark.parametrize(
    "asked", [{"of": "pool-9"}, {"of": "pool"}, {"of": "rep-1"}, {"week": "9999-01-01"}, {"week": "x"}, {"hour": "<b>"}]
)
def test_what_there_is_not_is_everybody_this_week(asked, boss, ana):
    shown = page(boss, **asked)

    assert (shown.status_code, shown.context["reps"], shown.context["this_week"]) == (200, 1, True)
    assert shown.context["hour"] is None


def test_without_reps_it_says_what_to_do(boss, db):
    empty = make_pool()

    assert b"Add the people who answer leads" in page(boss).content
    make_rep()
    assert b"Put reps in the pool" in page(boss, of=f"pool-{empty.pk}").content


def test_the_list_of_reps_and_the_page_of_a_pool_lead_to_it(boss, ana):
    pool, address = make_pool(ana), reverse("admin:reps_rep_coverage")

    with without_menu():
        reps = boss.get(reverse("admin:reps_rep_changelist")).content.decode()
        form = boss.get(reverse("admin:routing_pool_change", args=[pool.pk])).content.decode()

    assert f'href="{address}"' in reps
    assert f'href="{address}?of=pool-{pool.pk}"' in form


def test_names_are_text(boss, ana):
    Rep.objects.filter(pk=ana.pk).update(name="<i>Ana")

    assert b"<i>Ana" not in page(boss, hour="mon-09").content


def test_it_is_for_those_who_see_reps_and_in_their_menu(sign_in, ana):
    seen = page(sign_in(Role.READ_ONLY))

    assert seen.status_code == 200
    assert reverse("admin:reps_rep_coverage") in seen.content.decode().split("<article")[0]
    assert page(sign_in(Role.REP)).status_code == 403


def test_it_takes_as_many_queries_however_many_reps_and_leads(boss, ana):
    counts = []
    for copies in (1, 6):
        for number in range(copies):
            on_mondays(f"Rep {copies}-{number}")
            make_lead(MONDAY - HOUR)
        with without_menu(), CaptureQueriesContext(connection) as queries:
            page(boss, hour="mon-09")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_hour_of_now_is_marked(boss, ana):
    with time_machine.travel(MONDAY + 9 * HOUR, tick=False):
        shown = page(boss)

    assert [cell(shown, 0, hour)["now"] for hour in (8, 9, 10)] == [False, True, False]
