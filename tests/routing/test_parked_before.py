"""A lead that has been in nurture and returned: no rule parks it again, and everything that explains it says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from routing.engine.decide import decide
from routing.engine.types import Assigned
from routing.models import Decision, Lead
from routing.services.change_lead import change_lead
from routing.services.explain import explain
from routing.services.lead_actions import park, quarantine, restore, route_lead, wake_parked
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.simulate import simulate
from routing.services.sweep import sweep
from routing.snapshots.rebuild import rebuild
from tests.factories import make_rule
from tests.routing.lead_acts import fresh, open_company, routed

pytestmark = pytest.mark.django_db
STUDENTS = [[{"field": "email", "op": "ends_with", "value": ".edu"}]]
NEXT_MONTH = timedelta(days=31)


def park_students(now: datetime) -> None:
    """A rule that parks everybody of a university."""
    how = {"destination": "park", "pool": None, "park_reason": "student"}
    make_rule(name="Students", position=1, conditions=STUDENTS, **how)
    publish(note="", user=None, now=now)


def parked(now: datetime) -> Lead:
    open_company(now, "Ana", "Bob")
    park_students(now)
    lead = routed(now, email="jo@uni.edu")
    assert lead.status == "parked"
    return lead


BACK: dict[str, Callable[[Lead, datetime], object]] = {
    "restored": lambda lead, now: restore(lead=lead, now=now, actor="Bo"),
    "its day has come": lambda lead, now: sweep(now=now),
    "something was heard": lambda lead, now: wake_parked(lead_ids=[lead.pk], now=now),
    "routed by hand": lambda lead, now: route_lead(lead=lead, now=now, actor="Bo"),
}


@pytest.mark.parametrize("way", BACK)
def test_a_lead_that_returns_is_not_parked_again(now: datetime, way: str) -> None:
    lead = parked(now)

    BACK[way](lead, now + NEXT_MONTH)
    route_all(now=now + NEXT_MONTH)

    assert fresh(lead).status == "assigned"


def test_new_facts_are_judged_by_the_rules_anew(now: datetime) -> None:
    lead = parked(now)

    for facts in ({"phone": "+14155550123"}, {"email": "jo@globex.com"}):
        change_lead(lead=lead, facts=facts, now=now, actor="Bo")
        route_all(now=now)
        lead = fresh(lead)
        assert lead.status == ("assigned" if "email" in facts else "parked")


def test_new_facts_bring_no_lead_back_that_somebody_parked(now: datetime) -> None:
    open_company(now, "Ana")
    lead = routed(now)
    park(lead=lead, reason="", review_date=(now + NEXT_MONTH).date(), now=now, actor="Bo")

    change_lead(lead=lead, facts={"phone": "+14155550123"}, now=now, actor="Bo")

    assert fresh(lead).status == "parked"


def test_what_comes_back_from_review_may_be_parked(now: datetime) -> None:
    open_company(now, "Ana", "Bob")
    lead = routed(now, email="jo@uni.edu")
    quarantine(lead=lead, reason="", now=now, actor="Bo")
    park_students(now)

    restore(lead=lead, now=now, actor="Bo")
    route_all(now=now)

    assert fresh(lead).status == "parked"


def test_nor_is_one_that_somebody_parked_by_hand(now: datetime) -> None:
    open_company(now, "Ana", "Bob")
    lead = routed(now, email="jo@uni.edu")
    park(lead=lead, reason="", review_date=(now + NEXT_MONTH).date(), now=now, actor="Bo")
    park_students(now)

    restore(lead=lead, now=now, actor="Bo")
    route_all(now=now)

    assert fresh(lead).status == "assigned"


def back(now: datetime) -> Lead:
    lead = parked(now)
    restore(lead=lead, now=now + NEXT_MONTH, actor="Bo")
    return lead


def test_the_decision_says_which_rule_was_passed_over(now: datetime) -> None:
    lead = back(now)
    route_all(now=now + NEXT_MONTH)

    lines = explain(decision=Decision.objects.filter(lead=lead).latest("pk"), rep=None, now=now).sentences

    says = "The rule “Students” matches, but it parks leads, and this one has been parked before and returned."
    assert says in lines


def test_a_simulation_agrees(now: datetime) -> None:
    lead = back(now)

    assert simulate(lead=lead, at=now + NEXT_MONTH, version="published", now=now).decision["outcome"] == "assigned"


def test_made_again_the_decision_is_the_same(now: datetime) -> None:
    lead = back(now)
    route_all(now=now + NEXT_MONTH)

    made = rebuild(Decision.objects.filter(lead=lead).latest("pk"))
    again = decide(made.lead, made.rulebook, made.batch)

    assert isinstance(again, Assigned)
    assert again.rep == fresh(lead).owner_id


def test_another_lead_of_the_same_person_is_parked(now: datetime) -> None:
    lead = parked(now)

    assert routed(now + NEXT_MONTH, email=lead.email).status == "parked"


def test_a_wait_that_began_before_nurture_is_not_begun_anew(now: datetime) -> None:
    open_company(now, "Ana")
    lead = routed(now)
    Lead.objects.filter(pk=lead.pk).update(resume={"first_reached": {"1": now.isoformat()}})

    park(lead=lead, reason="", review_date=(now + NEXT_MONTH).date(), now=now, actor="Bo")
    restore(lead=lead, now=now, actor="Bo")

    assert fresh(lead).resume == {"first_reached": {"1": now.isoformat()}}
