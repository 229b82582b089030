"""Leads change: new facts, what is derived from them, and whom the lead belongs to afterwards."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from routing.models import Assignment, Lead, Pool, Posting, Rule, Source
from routing.services.change_lead import change_lead
from routing.services.lead_actions import Invalid, accept, park, reassign, respond, set_outcome
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.factories import make_account, make_pool, make_rep, make_rule
from tests.routing.lead_acts import balances, events, fresh, open_company, owner_of, routed, sums

pytestmark = pytest.mark.django_db
GERMANY = [[{"field": "country", "op": "is", "value": "DE"}]]


@pytest.fixture(autouse=True)
def company(now: datetime) -> Pool:
    """Leads of Germany go to Gerd, all others to a pool."""
    pool, _ = open_company(now)
    make_rule(name="Germany", position=1, pool=make_pool(make_rep("Gerd"), name="DACH"), conditions=GERMANY)
    publish(note="", user=None, now=now)
    return pool


def change(lead: Lead, now: datetime, **facts: Any) -> Lead:
    changed = change_lead(lead=lead, facts=facts, now=now, actor="Bo")
    route_all(now=now)
    return fresh(changed)


# --- facts -------------------------------------------------------------------------------------------------------


def test_only_what_is_given_is_replaced(now: datetime) -> None:
    lead = routed(now, job_title="CTO", company="Globex")

    changed = change(lead, now, company="Initech", employees="51-200")

    assert (changed.company, changed.job_title, changed.employees) == ("Initech", "CTO", 200)
    assert events(lead, "edited") == [("Changed: company, employees", "Bo")]


def test_null_takes_a_fact_away(now: datetime) -> None:
    assert change(routed(now, job_title="CTO"), now, job_title=None).job_title == ""


def test_what_was_derived_is_derived_anew(now: datetime) -> None:
    lead = routed(now, country="US", postal_code="94105")

    changed = change(lead, now, postal_code="10001")

    assert (lead.city, changed.region, changed.city) == ("San Francisco", "US-NY", "New York")


def test_a_place_does_not_survive_a_move_to_another_country(now: datetime) -> None:
    lead = routed(now, country="US", region="California", postal_code="94105", city="San Francisco")

    changed = change(lead, now, country="AT")

    assert (changed.country, changed.region, changed.postal_code, changed.city) == ("AT", "", "", "")


def test_a_number_of_another_country_moves_nobody_there(now: datetime) -> None:
    lead = routed(now, phone="+49 40 32999999", postal_code="20095", city="Hamburg")

    changed = change(lead, now, phone="+43 1 5134567")

    assert (changed.phone, changed.postal_code, changed.city) == ("+4315134567", "20095", "Hamburg")


def test_person_and_company_follow_the_address(now: datetime) -> None:
    changed = change(routed(now), now, email="Tom@Initech.com")

    assert (changed.email, changed.domain) == ("tom@initech.com", "initech.com")
    assert changed.email_identity and changed.email_identity.key == "tom@initech.com"
    assert changed.company_identity and changed.company_identity.key == "initech.com"


def test_entries_are_added_and_null_removes_one(now: datetime) -> None:
    lead = routed(now, attributes={"size": "L", "team": "red"})

    assert change(lead, now, attributes={"team": None, "plan": "pro"}).attributes == {"size": "L", "plan": "pro"}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"owner": "x"}, "owner"),
        ({"country": "DE", "region": "US-CA"}, "region"),
        ({"test": True}, "test"),
        ({"external_id": "crm-1"}, "external_id"),
        ({"attributes": "x"}, "attributes"),
    ],
)
def test_what_cannot_be_used_changes_nothing(facts: dict[str, Any], field: str, now: datetime) -> None:
    routed(now, email="tom@initech.com", external_id="crm-1")
    lead = routed(now)

    with pytest.raises(Invalid) as refused:
        change(lead, now, company="New", **facts)
    assert list(refused.value.errors) == [field]
    assert fresh(lead).company == ""


def test_the_same_facts_again_are_no_change(now: datetime) -> None:
    lead = routed(now, company="Globex")

    change(lead, now, company="Globex", email="MIA@globex.com")

    assert events(lead, "edited") == []


# --- whose it is then --------------------------------------------------------------------------------------------


def test_an_untouched_lead_goes_where_the_rules_send_it_now(now: datetime) -> None:
    lead = routed(now)

    changed = change(lead, now, country="DE")

    assert owner_of(lead).name == "Gerd"
    assert changed.attempt == 2
    assert events(lead, "edited") == [("Changed: country; routed again", "Bo")]


def test_the_turn_of_the_wrong_pool_is_given_back(now: datetime, company: Pool) -> None:
    change(routed(now), now, country="DE")

    assert {name: balance for name, balance in balances().items() if name != "Gerd"} == {"Ana": 0, "Bob": 0, "Cy": 0}
    assert sums() == {0}


def test_facts_that_matter_to_no_rule_move_no_turn(now: datetime) -> None:
    lead = routed(now)

    assert change(lead, now, country="FR").owner == lead.owner
    assert Posting.objects.count() == 1


def test_an_owner_may_win_a_lead_back(now: datetime) -> None:
    lead = routed(now, country="DE")
    change(lead, now, country="FR")

    assert change(lead, now, country="DE").owner == lead.owner


def touch_by_accepting(lead: Lead, now: datetime) -> None:
    accept(lead=lead, rep=owner_of(lead), now=now, actor="x")


def touch_by_answering(lead: Lead, now: datetime) -> None:
    respond(lead=lead, rep=owner_of(lead), channel="call", note="", now=now, actor="x")


def touch_by_hand(lead: Lead, now: datetime) -> None:
    reassign(lead=lead, rep=make_rep("Zoe"), reason="", counts=False, now=now, actor="x")


def touch_by_closing(lead: Lead, now: datetime) -> None:
    set_outcome(lead=lead, stage="won", amount=None, reason="", now=now, actor="x")


@pytest.mark.parametrize("touch", [touch_by_accepting, touch_by_answering, touch_by_hand, touch_by_closing])
def test_a_lead_that_somebody_works_on_stays_theirs(touch: Any, now: datetime) -> None:
    lead = routed(now)
    touch(lead, now)
    before = owner_of(lead)

    assert change(lead, now, country="DE").owner == before


def test_nobody_loses_a_lead_to_waiting(now: datetime) -> None:
    lead = routed(now)
    Assignment.objects.get(lead=lead).pool.members.all().delete()  # type: ignore[union-attr]

    assert change(lead, now, company="Initech").owner == lead.owner


def test_the_account_is_matched_anew(now: datetime) -> None:
    account = make_account("Initech", domains=("initech.com",))

    assert change(routed(now), now, email="mia@initech.com").account == account


def test_a_lead_that_somebody_parked_stays_parked_with_new_facts(now: datetime) -> None:
    lead = routed(now)
    park(lead=lead, reason="student", review_date=date(2026, 4, 1), now=now, actor="Bo")

    assert change(lead, now, job_title="CTO").status == "parked"


def test_a_waiting_lead_is_looked_at_again(now: datetime, company: Pool) -> None:
    Rule.objects.get(name="Germany").pool.members.update(weight=1)  # type: ignore[union-attr]
    company.members.all().delete()
    lead = routed(now)
    waiting = lead.status

    assert (waiting, change(lead, now, country="DE").status) == ("held", "assigned")


def test_a_lead_in_review_stays_there(now: datetime) -> None:
    lead = receive_lead(facts={"email": "mia@globex.com"}, honeypot="x", now=now).lead
    route_all(now=now)

    assert change(lead, now, company="Globex").status == "quarantined"


def test_a_lead_that_turns_out_to_be_spam_goes_to_review(now: datetime) -> None:
    lead = routed(now)

    change(lead, now, email="x@mailinator.com")
    route_all(now=now)

    assert (Lead.objects.get(pk=lead.pk).status, bool(Lead.objects.get(pk=lead.pk).screen_reason)) == (
        "quarantined",
        True,
    )


def test_a_lead_in_review_goes_on_saying_why(now: datetime) -> None:
    lead = routed(now, email="x@mailinator.com")

    assert "mailinator" in change(lead, now, email="mia@globex.com").screen_reason


def test_a_colleague_who_came_later_moves_no_lead(now: datetime) -> None:
    lead, later = routed(now, email="mia@globex.com"), routed(now, email="joe@globex.com")
    before = owner_of(lead)
    reassign(lead=later, rep=make_rep("Zoe"), reason="", counts=False, now=now, actor="x")

    assert change(lead, now, campaign="spring").owner == before


# --- sources that wait for facts ---------------------------------------------------------------------------------


@pytest.fixture
def patient_source(now: datetime) -> None:
    Source.objects.create(name="Website", wait_for=["country", "attributes.size"], wait_seconds=30)
    publish(note="", user=None, now=now)


@pytest.mark.usefixtures("patient_source")
def test_a_source_waits_for_its_facts(now: datetime) -> None:
    lead = routed(now, source="website", attributes={"size": "L"})

    assert (lead.status, lead.waits_for, lead.route_after) == ("pending", ["country"], now + timedelta(seconds=30))


@pytest.mark.usefixtures("patient_source")
def test_once_they_are_known_the_lead_is_routed_at_once(now: datetime) -> None:
    lead = routed(now, source="website")

    first = change(lead, now, country="DE")
    second = change(lead, now, attributes={"size": "L"})

    assert (first.status, first.waits_for) == ("pending", ["attributes.size"])
    assert (second.status, second.waits_for, owner_of(lead).name) == ("assigned", [], "Gerd")


@pytest.mark.usefixtures("patient_source")
def test_a_source_waits_no_longer_than_it_says(now: datetime) -> None:
    lead = routed(now, source="website")

    route_all(now=now + timedelta(seconds=30))

    assert fresh(lead).status == "assigned"


@pytest.mark.usefixtures("patient_source")
def test_whose_facts_are_known_does_not_wait(now: datetime) -> None:
    assert routed(now, source="Website", country="DE", attributes={"size": "L"}).status == "assigned"
