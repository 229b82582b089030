"""Duplicates and their originals: what is added, what never is, and where it ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from routing.intake.clean import MOST_ENTRIES
from routing.intake.facts import LONGEST_MESSAGE
from routing.models import Lead, LeadEvent
from routing.services.merge_duplicates import merge_duplicates
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def company(now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(make_rep("Ana"), make_rep("Bob")))
    publish(note="", user=None, now=now)


def post(now: datetime, **facts: Any) -> Lead:
    return receive_lead(facts={"form": "demo", "email": "mia@gmail.com"} | facts, now=now).lead


def merged(now: datetime, original: dict[str, Any], *repeats: dict[str, Any]) -> Lead:
    """The original after these repeats of it were routed and merged."""
    lead = post(now, **original)
    for facts in repeats:
        post(now + MINUTE, **facts)
    route_all(now=now + MINUTE)
    merge_duplicates(now=now + MINUTE)
    return Lead.objects.get(pk=lead.pk)


def place(lead: Lead) -> tuple[str, str, str, str]:
    return lead.country, lead.region, lead.postal_code, lead.city


def test_a_new_fact_is_added_and_none_is_overwritten(now: datetime) -> None:
    lead = merged(now, {"company": "Globex"}, {"company": "Initech", "job_title": "CTO"})

    assert (lead.company, lead.job_title) == ("Globex", "CTO")
    assert "new: job_title" in LeadEvent.objects.get(lead=lead).text


def test_a_message_never_grows_longer_than_intake_allows(now: datetime) -> None:
    long = [{"message": letter * (LONGEST_MESSAGE - 10)} for letter in "ab"]

    lead = merged(now, {"message": "Hello"}, *long, {"message": "x"})

    assert lead.message == "Hello\n\n" + "a" * (LONGEST_MESSAGE - 10) + "\n\nx"
    assert LeadEvent.objects.filter(lead=lead, text__contains="too much to add: message").count() == 1


def test_there_are_never_more_attributes_than_intake_allows(now: datetime) -> None:
    repeats = [{"attributes": {f"{word}{n}": n for n in range(MOST_ENTRIES - 1)}} for word in "ab"]

    lead = merged(now, {"attributes": {"size": "large"}}, *repeats)

    assert len(lead.attributes) == MOST_ENTRIES
    assert lead.attributes["size"] == "large"


def test_whoever_calls_from_a_merged_phone_is_known(now: datetime) -> None:
    first = merged(now, {}, {"phone": "+14155552671"})

    caller = receive_lead(facts={"phone": "+14155552671", "form": "call"}, now=now + timedelta(days=1)).lead
    route_all(now=now + timedelta(days=1))

    caller.refresh_from_db()
    assert (caller.owner, caller.method) == (first.owner, "returning")


def test_a_colleague_at_a_merged_domain_joins_the_owner(now: datetime) -> None:
    first = merged(now, {}, {"website": "https://globex.com"})

    colleague = post(now + timedelta(days=1), email="tom@globex.com")
    route_all(now=now + timedelta(days=1))

    colleague.refresh_from_db()
    assert (colleague.owner, colleague.method) == (first.owner, "same_company")


def test_a_region_of_another_country_is_not_merged(now: datetime) -> None:
    lead = merged(now, {"country": "DE"}, {"country": "US", "region": "US-CA", "postal_code": "94105"})

    assert place(lead) == ("DE", "", "", "")


def test_a_place_is_completed_within_its_country(now: datetime) -> None:
    lead = merged(now, {"country": "DE"}, {"country": "DE", "postal_code": "80331", "city": "Munich"})

    assert place(lead) == ("DE", "", "80331", "Munich")


def test_a_lead_without_place_takes_that_of_its_repeat(now: datetime) -> None:
    lead = merged(now, {}, {"country": "US", "region": "US-CA", "postal_code": "94105"})

    assert place(lead) == ("US", "US-CA", "94105", "San Francisco")
    assert lead.derived["city"] == "from postal code 94105"


def test_the_names_of_two_people_are_not_mixed(now: datetime) -> None:
    lead = merged(now, {"first_name": "Mia"}, {"first_name": "Tom", "last_name": "Chen"})

    assert lead.name == "Mia"


def test_a_merged_name_is_compared_from_then_on(now: datetime) -> None:
    lead = merged(now, {"first_name": "Mia"}, {"first_name": "Mia", "last_name": "Chen"})

    assert (lead.name, lead.name_key) == ("Mia Chen", "mia chen")


@pytest.mark.parametrize("test", [True, False])
def test_test_leads_and_real_leads_never_merge(now: datetime, test: bool) -> None:
    original = make_lead(now, test=test)
    repeat = make_lead(now, test=not test, status="duplicate", duplicate_of=original, job_title="Tester")

    merge_duplicates(now=now)

    assert Lead.objects.get(pk=original.pk).job_title == ""
    assert Lead.objects.get(pk=repeat.pk).route_after is None


def test_merging_again_changes_nothing(now: datetime) -> None:
    merged(now, {}, {"message": "Hello"})

    assert merge_duplicates(now=now + MINUTE) == 0
    assert LeadEvent.objects.count() == 1


def test_an_original_that_waits_is_looked_at_again(now: datetime) -> None:
    waits = {"held_reason": "nobody_available", "held_since": now, "hold_deadline_at": now + MINUTE}
    original = make_lead(now, status="held", **waits, route_after=now + MINUTE)
    make_lead(now, status="duplicate", duplicate_of=original, job_title="CTO")

    merge_duplicates(now=now)

    assert Lead.objects.get(pk=original.pk).route_after == now
