"""After an outage: each lead moves one step, a few leads a rep, the oldest first, and nothing twice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from routing.models import Assignment, Lead, LeadEvent, OutboxMessage
from routing.services.lead_actions import respond
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.sla.steps import take_sla_steps
from tests.factories import make_lead, make_pool, make_rep, make_rule, make_team
from tests.routing.lead_acts import sums
from tests.routing.sla_company import LADDER, MINUTE, company, pass_time, tell

pytestmark = pytest.mark.django_db
REASSIGN = [{"after_minutes": 5, "do": "reassign"}]
OUTAGE = 120


def backlog(now: datetime, leads: int) -> None:
    """Leads that were all told, and then nothing ran for two hours."""
    for number in range(leads):
        make_lead(now - timedelta(seconds=leads - number))
    route_all(now=now)
    tell(now)


def moved() -> Counter[str]:
    """How many leads that moved each rep has."""
    return Counter(Assignment.objects.current().filter(attempt__gt=1).values_list("rep__name", flat=True))


def test_after_two_hours_nobody_gets_more_than_three_at_once(now: datetime) -> None:
    company(now, *(f"R{number}" for number in range(6)), steps=REASSIGN)
    backlog(now, 500)

    for minutes in (OUTAGE, OUTAGE + 0.1):
        pass_time(now, minutes)

    assert set(moved().values()) == {3}
    assert Lead.objects.filter(status="assigned").count() == 500
    assert set(Lead.objects.values_list("attempt", flat=True)) == {1, 2}
    assert sums() == {0}


def test_the_oldest_move_first_and_the_rest_follow_as_reps_answer(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=REASSIGN)
    backlog(now, 30)
    then = pass_time(now, OUTAGE)
    first = list(Assignment.objects.current().filter(attempt=2).order_by("lead_id").select_related("lead", "rep"))
    oldest = sorted(Assignment.objects.filter(attempt=1).order_by("step_at", "pk").values_list("lead", flat=True)[:6])
    assert [one.lead_id for one in first] == oldest

    for one in first:
        respond(lead=one.lead, rep=one.rep, channel="call", note="", now=then, actor="x")
    pass_time(then, 0.1)

    assert Assignment.objects.filter(attempt=2).count() == 12


def test_leads_that_go_to_their_manager_come_as_the_manager_answers(now: datetime) -> None:
    company(now, "Ana", steps=REASSIGN, max_attempts=1)
    backlog(now, 12)
    then = pass_time(now, OUTAGE)
    assert moved() == {"Boss": 3}

    one = Assignment.objects.current().filter(attempt=2).select_related("lead", "rep")[0]
    respond(lead=one.lead, rep=one.rep, channel="call", note="", now=then, actor="x")
    for seconds in (5, 10):
        pass_time(then, seconds / 60)

    assert moved() == {"Boss": 4}
    assert OutboxMessage.objects.filter(kind="exhausted").count() == 4


def test_leads_that_wait_for_one_manager_keep_no_others_waiting(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    company(now, "Ana", steps=REASSIGN, max_attempts=1)
    cy = make_rep("Cy", team=make_team(manager=make_rep("Chief")))
    canada = [[{"field": "country", "op": "is", "value": "CA"}]]
    make_rule(conditions=canada, pool=make_pool(cy, name="Other"), position=1)
    publish(note="", user=None, now=now)
    backlog(now, 12)
    make_lead(now, country="CA")
    backlog(now, 0)
    monkeypatch.setattr("routing.services.sla.steps.AT_ONCE", 4)

    for seconds in range(4):
        pass_time(now, OUTAGE + seconds / 60)

    assert moved() == {"Boss": 3, "Chief": 1}


def test_an_overdue_lead_takes_one_step_and_the_next_keeps_its_distance(now: datetime) -> None:
    company(now, steps=LADDER)
    backlog(now, 4)

    for seconds in range(4):
        pass_time(now, OUTAGE + seconds / 60)
    assert (LeadEvent.objects.filter(kind="reminded").count(), sum(moved().values())) == (4, 0)

    pass_time(now, OUTAGE + 2)
    assert sum(moved().values()) == 4


def test_leads_that_are_late_by_seconds_are_not_paced(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=REASSIGN)
    backlog(now, 30)

    pass_time(now, 5.5)

    assert sum(moved().values()) == 30


def test_new_leads_do_not_wait_behind_the_backlog(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=REASSIGN)
    backlog(now, 30)
    later = now + (OUTAGE - 5) * MINUTE
    lead = make_lead(later)
    route_all(now=later)
    tell(later)

    pass_time(now, OUTAGE)

    assert Lead.objects.get(pk=lead.pk).attempt == 2


def test_what_moved_does_not_move_again_before_its_owner_was_told(now: datetime) -> None:
    company(now, steps=REASSIGN)
    backlog(now, 3)

    for minutes in (OUTAGE, OUTAGE + 10, OUTAGE + 12):
        pass_time(now, minutes)

    assert set(Lead.objects.values_list("attempt", flat=True)) == {2}


def test_a_sweep_that_runs_twice_does_nothing_twice(now: datetime) -> None:
    company(now)
    backlog(now, 3)
    then = now + 3 * MINUTE

    assert [take_sla_steps(now=then) for _ in range(2)] == [3, 0]
