"""How many leads each rule took: those that have their owner by it, and those that it sent to nurture."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing.insights.rules import taken_by_rules
from routing.models import Assignment, Decision, Lead
from tests.conftest import NOW
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep, make_rule

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MONTH = NOW - 30 * DAY


@pytest.fixture
def ana():
    return make_rep("Ana Diaz")


@pytest.fixture
def rule(ana):
    return make_rule(name="Big", pool=make_pool(ana))


def own(rep, rule, at=NOW - DAY, **fields):
    """A lead that somebody has, by a rule or without one."""
    lead = make_owned_lead(at, rep, owned_at=at, **fields)
    Assignment.objects.create(lead=lead, rep=rep, rule=rule, method="round_robin", assigned_at=at)
    return lead


def send_to_nurture(rule_name, at=NOW - DAY):
    lead = make_lead(at, status=Lead.Status.PARKED, review_date=NOW.date())
    Decision.objects.create(lead=lead, outcome="parked", rule_name=rule_name, reason="Student", decided_at=at)
    return lead


def test_leads_are_counted_by_the_rule_that_their_owner_has_them_by(ana, rule):
    other = make_rule(name="Small", pool=rule.pool)
    for taken_by in (rule, rule, other, None):
        own(ana, taken_by)
    make_lead(NOW - DAY)

    taken = taken_by_rules(since=MONTH)

    assert taken.by_rule == {rule.pk: 2, other.pk: 1}
    assert (taken.leads, taken.by_rules, taken.without_rule, taken.unowned) == (5, 3, 1, 1)


def test_older_leads_and_test_leads_do_not_count(ana, rule):
    own(ana, rule, at=NOW - 31 * DAY)
    own(ana, rule, test=True)

    assert (taken_by_rules(since=MONTH).leads, taken_by_rules(since=MONTH).by_rules) == (0, 0)


def test_a_lead_that_went_on_to_another_rule_counts_there(ana, rule):
    lead = own(ana, rule)
    Assignment.objects.update(ended_at=NOW, end_reason="declined")
    other = make_rule(name="Small", pool=rule.pool)
    Assignment.objects.create(lead=lead, rep=ana, rule=other, method="round_robin", assigned_at=NOW, attempt=2)

    assert taken_by_rules(since=MONTH).by_rule == {other.pk: 1}


def test_a_rule_that_sends_to_nurture_took_what_is_there_by_it(ana):
    students = make_rule(name="Students", destination="park", park_reason="Student")
    send_to_nurture("Students")
    send_to_nurture("A former rule")
    by_hand = send_to_nurture("Students")
    Decision.objects.create(lead=by_hand, outcome="held", reason="Nobody", decided_at=NOW)

    assert taken_by_rules(since=MONTH).by_rule == {students.pk: 1}


def test_as_many_queries_whatever_there_is(ana, rule, django_assert_num_queries):
    make_rule(name="Students", destination="park", park_reason="Student")
    for _ in range(3):
        own(ana, rule)
        send_to_nurture("Students")

    with django_assert_num_queries(3):
        taken_by_rules(since=MONTH)
