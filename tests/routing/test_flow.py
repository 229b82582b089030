"""Which way leads went, and whose time it was until they were answered: grouped counts, in a constant few queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from reps.models import Rep
from routing.insights.delays import delays
from routing.insights.flow import Stop, Way, ways_of_leads
from routing.insights.periods import Period
from routing.insights.speed import Part
from routing.models import Assignment, Lead, Pool, Rule
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def week(now: datetime) -> Period:
    return Period(now - timedelta(days=7), now + timedelta(seconds=1))


def went(now: datetime, rep: Rep, *, rule: Rule | None = None, pool: Pool | None = None, **fields: Any) -> Lead:
    lead = make_owned_lead(now, rep, **fields)
    Assignment.objects.create(lead=lead, rep=rep, rule=rule, pool=pool, method="round_robin", assigned_at=now)
    return lead


def stop(row: Rule | Pool | Rep) -> Stop:
    return Stop(row.pk, row.name)


def test_leads_that_went_the_same_way_are_one_count(now: datetime, week: Period) -> None:
    ana, pool = make_rep("Ana Diaz"), make_pool(name="Inbound")
    rule = make_rule(name="Europe", pool=pool)
    for _ in range(3):
        went(now, ana, rule=rule, pool=pool, source="website")

    assert ways_of_leads(week) == [Way("website", stop(rule), stop(pool), stop(ana), "", 3)]


def test_the_most_frequent_way_comes_first(now: datetime, week: Period) -> None:
    ana, ben = make_rep("Ana Diaz"), make_rep("Ben Carter")
    for rep in (ana, ben, ben):
        went(now, rep, source="website")

    assert [(way.rep, way.count) for way in ways_of_leads(week)] == [(stop(ben), 2), (stop(ana), 1)]


def test_a_lead_counts_for_its_owner_of_now(now: datetime, week: Period) -> None:
    ana, ben = make_rep("Ana Diaz"), make_rep("Ben Carter")
    lead = went(now, ana, source="website")
    lead.assignments.update(ended_at=now, end_reason="reassigned")
    Assignment.objects.create(lead=lead, rep=ben, method="manual", attempt=2, assigned_at=now)

    assert ways_of_leads(week) == [Way("website", None, None, stop(ben), "", 1)]


def test_leads_without_an_owner_say_where_they_are(now: datetime, week: Period) -> None:
    make_lead(now, source="website")

    assert ways_of_leads(week) == [Way("website", None, None, None, "pending", 1)]


def test_a_closed_lead_went_the_same_way_as_an_open_one(now: datetime, week: Period) -> None:
    ana = make_rep("Ana Diaz")
    went(now, ana)
    Lead.objects.filter(pk=went(now, ana).pk).update(status="closed", closed_at=now, outcome="won")

    assert [way.count for way in ways_of_leads(week)] == [2]


def test_neither_test_leads_nor_leads_of_other_weeks_count(now: datetime, week: Period) -> None:
    went(now, make_rep(), test=True)
    went(now - timedelta(days=8), make_rep())

    assert ways_of_leads(week) == []


@pytest.mark.parametrize("leads", [1, 20])
def test_ways_take_one_query(leads: int, now: datetime, week: Period, django_assert_num_queries: Any) -> None:
    for number in range(leads):
        pool = make_pool()
        went(now, make_rep(), rule=make_rule(pool=pool), pool=pool, source=f"source {number}")

    with django_assert_num_queries(1):
        assert len(ways_of_leads(week)) == leads


# --- whose time it was --------------------------------------------------------------------------------------------


def answered(now: datetime, *seconds: float, **fields: Any) -> Lead:
    parts = {part.value: value for part, value in zip(Part, seconds, strict=True)}
    return make_owned_lead(now, make_rep(), first_response_at=now + timedelta(seconds=sum(seconds)), **parts, **fields)


def test_the_means_of_the_four_parts_add_up_to_the_mean_of_the_whole(now: datetime, week: Period) -> None:
    answered(now, 1, 0, 0, 59)
    answered(now, 3, 0, 3600, 117)

    found = delays(week)

    assert [delay.part for delay in found] == list(Part)
    assert [delay.mean for delay in found] == pytest.approx([2, 0, 1800, 88])
    assert sum(delay.mean for delay in found) == pytest.approx((60 + 3720) / 2)


def test_each_part_has_its_own_half_and_nine_of_ten(now: datetime, week: Period) -> None:
    for seconds in (10, 20, 30):
        answered(now, 1, 0, 0, seconds)

    reps = delays(week)[-1]

    assert (reps.p50, reps.p90) == pytest.approx((20, 28))


def test_without_answers_there_are_no_parts(now: datetime, week: Period) -> None:
    make_owned_lead(now, make_rep())
    answered(now, 1, 2, 3, 4, test=True)

    assert delays(week) == []


@pytest.mark.parametrize("leads", [1, 20])
def test_the_parts_take_the_same_few_queries(
    leads: int, now: datetime, week: Period, django_assert_num_queries: Any
) -> None:
    for _ in range(leads):
        answered(now, 1, 2, 3, 4)

    with django_assert_num_queries(2 if connection.vendor == "postgresql" else 9):
        assert len(delays(week)) == 4
