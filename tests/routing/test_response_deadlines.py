"""Leads that nobody is told of: their clock starts with the assignment, in the owner's working hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep, WorkingHours
from routing.models import Assignment
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_rule, make_settings, make_sla

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(now: datetime) -> Rep:
    """Ana works from 9 to 17 in New York; it is eleven there."""
    make_settings()
    rep = make_rep("Ana", hours=Rep.Hours.OWN, timezone="America/New_York")
    for weekday in range(5):
        WorkingHours.objects.create(rep=rep, weekday=weekday, start=time(9), end=time(17))
    make_catch_all(make_pool(make_rep("Bob")))
    return rep


def due_at(lead_at: datetime) -> datetime | None:
    """The deadline of a lead that is routed at this instant."""
    publish(note="", user=None, now=lead_at)
    lead = make_lead(lead_at)
    route_all(now=lead_at)
    return Assignment.objects.get(lead=lead).due_at


def test_a_lead_given_silently_at_night_is_due_in_the_next_shift(ana: Rep, now: datetime) -> None:
    make_rule(destination="rep", rep=ana, pool=None, when_nobody="assign_anyway", alert="none", position=1)

    assert due_at(now + timedelta(hours=12)) == now + timedelta(hours=22, minutes=5)


def test_a_lead_given_silently_under_a_real_time_sla_is_due_at_night(ana: Rep, now: datetime) -> None:
    sla = make_sla(first_response_minutes=30, clock="always")
    make_rule(destination="rep", rep=ana, pool=None, when_nobody="assign_anyway", alert="none", sla=sla, position=1)

    assert due_at(now + timedelta(hours=12)) == now + timedelta(hours=12, minutes=30)


def test_the_clock_of_a_lead_with_an_alert_starts_with_the_alert(ana: Rep, now: datetime) -> None:
    assert due_at(now) is None


def test_working_hours_are_not_read_again_for_leads_with_an_alert(ana: Rep, now: datetime) -> None:
    publish(note="", user=None, now=now)
    make_lead(now)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        route_all(now=now)

    assert sum("reps_workinghours" in query["sql"] for query in queries) == 1
