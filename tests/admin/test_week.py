"""The week of the reps: who works when, on the viewer's clocks, of everybody, a team or a pool."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
import time_machine
from django.contrib.auth.models import Permission

from reps.models import Rep, Team, TimeOff, WorkingHours
from tests.factories import make_pool, make_rep

PAGE = "/admin/reps/rep/week/"
WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def wednesday():
    with time_machine.travel(WEDNESDAY, tick=False):
        yield


@pytest.fixture
def ana(db):
    rep = make_rep("Ana Diaz", timezone="UTC", hours=Rep.Hours.OWN)
    WorkingHours.objects.create(rep=rep, weekday=2, start=time(9), end=time(17))
    return rep


def rows(response):
    return {row["name"]: row for row in response.context["rows"]}


def test_a_shift_is_drawn_and_written(boss, ana):
    day = rows(boss.get(PAGE))["Ana Diaz"]["days"][2]

    assert (day["texts"], day["bars"], day["now"]) == (["09:00–17:00"], [(37.5, 33.33)], 50.0)


def test_leave_is_drawn_with_its_reason(boss, ana):
    TimeOff.objects.create(
        rep=ana, starts_at=datetime(2026, 3, 5, tzinfo=UTC), ends_at=datetime(2026, 3, 6, tzinfo=UTC), reason="moving"
    )

    day = rows(boss.get(PAGE))["Ana Diaz"]["days"][3]

    assert (day["leave"], day["away"]) == ([(0.0, 100.0)], "Leave: moving")


def test_another_week_is_asked_by_any_of_its_days(boss, ana):
    page = boss.get(PAGE, {"week": "2026-03-12"})

    assert [number for _, _, number, _ in page.context["days"]][0] == "9 Mar"
    assert rows(page)["Ana Diaz"]["days"][2]["now"] is None


@pytest.mark.parametrize("week", ["yesterday", "0000-00-00", "9999-12-31", "2026-02-30"])
def test_a_week_that_there_is_not_is_this_one(boss, ana, week):
    assert boss.get(PAGE, {"week": week}).context["this_week"]


def test_a_team_and_a_pool_show_their_own(boss, ana):
    ben = make_rep("Ben Ito", team=Team.objects.create(name="North"))
    pool = make_pool(ana)

    assert [*rows(boss.get(PAGE, {"of": f"team-{ben.team_id}"}))] == ["Ben Ito"]
    assert [*rows(boss.get(PAGE, {"of": f"pool-{pool.pk}"}))] == ["Ana Diaz"]


def test_who_has_left_is_not_shown(boss, ana):
    make_rep("Gone", active=False)

    assert [*rows(boss.get(PAGE))] == ["Ana Diaz"]


def test_who_is_paused_is_said_to_be(boss, ana):
    Rep.objects.filter(pk=ana.pk).update(paused=True, paused_reason="training")

    assert "Paused" in rows(boss.get(PAGE))["Ana Diaz"]["paused"]


def test_without_reps_it_says_what_to_do(boss, db):
    assert "Add the people who answer leads" in boss.get(PAGE).content.decode()


def test_who_may_not_see_leave_reads_no_reason(client, ana, django_user_model):
    TimeOff.objects.create(
        rep=ana, starts_at=datetime(2026, 3, 5, tzinfo=UTC), ends_at=datetime(2026, 3, 6, tzinfo=UTC), reason="ill"
    )
    user = django_user_model.objects.create_user("planner", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_rep"))
    client.force_login(user)

    assert rows(client.get(PAGE))["Ana Diaz"]["days"][3]["away"] == "Leave"
