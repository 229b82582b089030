"""A lead of somebody who asked to be erased stays where it is until a person releases it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from reps.models import Rep
from routing.models import Lead, Scope, Webhook, WebhookDelivery
from routing.services.api_keys import create_api_key
from routing.services.change_lead import change_lead
from routing.services.lead_actions import (
    WrongState,
    mark_duplicate,
    park,
    quarantine,
    reassign,
    restore,
    route_lead,
    set_outcome,
)
from routing.services.merge_duplicates import merge_duplicates
from routing.services.privacy import suppress
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.api.conftest import API, client_with
from tests.privacy.conftest import MIA, PHONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
REASON = "asked to be erased"
LATER = date(2030, 1, 1)


@pytest.fixture
def leo(now: datetime) -> Lead:
    """Somebody else's lead, which is owned."""
    lead = receive_lead(facts={"email": "leo@example.com"}, now=now).lead
    route_all(now=now)
    lead.refresh_from_db()
    return lead


@pytest.fixture
def theirs(leo: Lead, now: datetime) -> Lead:
    """Not looked at by routing yet."""
    suppress([MIA, PHONE], now=now)
    return receive_lead(facts={"email": "bo@example.com", "phone": PHONE, "external_id": "7"}, now=now).lead


@pytest.mark.parametrize("email", ["bo@mailinator.com", "bo2@example.com", None], ids=["disposable", "another", "none"])
def test_no_change_of_its_facts_releases_it(theirs: Lead, now: datetime, email: str | None) -> None:
    for text in (email, "bo@example.com"):
        change_lead(lead=theirs, facts={"email": text}, now=now, actor="Olga")
    route_all(now=now)

    theirs.refresh_from_db()
    assert (theirs.status, theirs.screen_reason) == ("quarantined", REASON)


@pytest.mark.usefixtures("theirs")
def test_nor_does_what_comes_with_its_id(now: datetime) -> None:
    for email in ("bo@mailinator.com", "bo@example.com"):
        receive_lead(facts={"email": email, "external_id": "7"}, now=now)

    assert Lead.objects.get(external_id="7").screen_reason == REASON


@pytest.mark.parametrize("decided", [False, True], ids=["pending", "in review"])
@pytest.mark.parametrize("what", ["outcome", "reassign", "park", "route", "duplicate"])
def test_nothing_else_is_done_with_it(theirs: Lead, leo: Lead, now: datetime, what: str, decided: bool) -> None:
    if decided:
        route_all(now=now)
    by: dict[str, Any] = {"lead": theirs, "now": now, "actor": "Olga"}
    acts = {
        "outcome": lambda: set_outcome(stage="won", amount=None, reason="", **by),
        "reassign": lambda: reassign(rep=Rep.objects.get(name="Ana Diaz"), reason="", counts=False, **by),
        "park": lambda: park(reason="", review_date=LATER, **by),
        "route": lambda: route_lead(**by),
        "duplicate": lambda: mark_duplicate(of=leo, **by),
    }

    with pytest.raises(WrongState, match="Restore it first"):
        acts[what]()


def test_it_is_no_spam_before_routing_has_looked(theirs: Lead, now: datetime) -> None:
    with pytest.raises(WrongState, match="Restore it first"):
        quarantine(lead=theirs, reason="", now=now, actor="Olga")


@pytest.mark.parametrize("decided", [False, True], ids=["pending", "in review"])
def test_other_programs_hear_of_it_once_when_it_is_released(theirs: Lead, now: datetime, decided: bool) -> None:
    Webhook.objects.create(name="CRM", url="https://crm.example.com/")
    if decided:
        route_all(now=now)

    for _ in range(2):
        restore(lead=theirs, now=now, actor="Olga")
    route_all(now=now)

    theirs.refresh_from_db()
    events = list(WebhookDelivery.objects.order_by("pk").values_list("event", flat=True))
    assert (theirs.status, events) == ("assigned", ["lead.received", "lead.assigned"])


def test_the_api_says_that_it_is_in_review(theirs: Lead) -> None:
    api: Client = client_with(create_api_key(name="website", scopes=Scope.values).secret)

    answer = api.post(f"{API}/leads/{theirs.uuid}/outcome", {"stage": "won"}, content_type="application/json")

    assert answer.status_code == 409


def test_released_as_a_duplicate_it_brings_nothing_to_somebody_elses_lead(
    theirs: Lead, leo: Lead, now: datetime
) -> None:
    restore(lead=theirs, now=now, actor="Olga")
    mark_duplicate(lead=theirs, of=leo, now=now, actor="Olga")
    merge_duplicates(now=now)

    leo.refresh_from_db()
    assert (leo.phone, leo.phone_identity) == ("", None)


def test_released_it_brings_news_to_a_lead_of_the_same_person(theirs: Lead, now: datetime) -> None:
    again = receive_lead(facts={"phone": PHONE, "job_title": "CTO"}, now=now).lead
    for lead in (theirs, again):
        restore(lead=lead, now=now, actor="Olga")
    mark_duplicate(lead=again, of=theirs, now=now, actor="Olga")
    merge_duplicates(now=now)

    theirs.refresh_from_db()
    assert theirs.job_title == "CTO"
