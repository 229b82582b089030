"""Who is there for which leads: of a team, a pool, a territory, and of what they have in common."""

from __future__ import annotations

from datetime import datetime

import pytest

from reps.models import Rep
from routing.insights.circles import Circle, circle
from routing.models import Assignment, Lead, Pool, Territory
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep, make_team

pytestmark = pytest.mark.django_db


def got(rep: Rep, now: datetime, pool: Pool | None = None, **fields: object) -> Lead:
    lead = make_owned_lead(now, rep, **fields)
    Assignment.objects.create(lead=lead, rep=rep, pool=pool, method="round_robin", assigned_at=now)
    return lead


def reps(found: Circle) -> list[str]:
    return sorted(found.reps.values_list("name", flat=True))


def test_everybody_is_there_for_every_lead_but_tests(now: datetime) -> None:
    make_rep("Ana"), make_rep("Gone", active=False)
    lead = make_lead(now)
    make_lead(now, test=True)

    assert (reps(circle()), list(circle().leads)) == (["Ana"], [lead])


def test_a_team_and_a_pool_have_the_leads_that_their_people_got(now: datetime) -> None:
    west = make_team(name="West")
    ana, bob = make_rep("Ana", team=west), make_rep("Bob")
    pool = make_pool(ana, bob)
    hers, his, alone = got(ana, now, pool), got(bob, now, pool), got(ana, now)
    make_lead(now)

    assert (reps(circle(team=west)), set(circle(team=west).leads)) == (["Ana"], {hers, alone})
    assert (reps(circle(pool=pool)), set(circle(pool=pool).leads)) == (["Ana", "Bob"], {hers, his})
    assert (reps(circle(team=west, pool=pool)), set(circle(team=west, pool=pool).leads)) == (["Ana"], {hers})


def test_a_territory_has_its_owner_or_the_pool_or_whose_lies_around_it(now: datetime) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    usa = Territory.objects.create(name="USA", owner_pool=make_pool(ana, bob))
    texas = Territory.objects.create(name="Texas", parent=usa)
    austin = Territory.objects.create(name="Austin", parent=texas, owner_rep=bob)
    nobodys = Territory.objects.create(name="Mars")
    lead = make_lead(now, territory=texas)

    assert [reps(circle(territory=one)) for one in (usa, texas, austin, nobodys)] == [
        ["Ana", "Bob"],
        ["Ana", "Bob"],
        ["Bob"],
        [],
    ]
    assert (list(circle(territory=texas).leads), list(circle(territory=usa).leads)) == ([lead], [])
