"""Leads that a router fails of: tried alone, three times, then given to the last resort; the others go on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from routing.models import Decision, LastResort, Lead, RoutingBatch
from routing.services.batches.claim import ABANDONED_AFTER, claim_leads
from routing.services.publish import publish
from routing.services.route_pending import route_all, route_pending
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(now: datetime) -> None:
    make_settings()
    rep = make_rep("Ana")
    LastResort.objects.create(rep=rep)
    make_catch_all(make_pool(rep))
    publish(note="", user=None, now=now)


def poison(now: datetime) -> Lead:
    """A lead whose attributes cannot have come from intake: reading them fails."""
    return make_lead(now, attributes=["not", "an", "object"])


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_the_other_leads_of_a_failing_batch_are_routed(now: datetime) -> None:
    good, bad = [make_lead(now) for _ in range(3)], poison(now)

    route_all(now=now)

    assert {fresh(lead).status for lead in good} == {"assigned"}
    assert (fresh(bad).status, fresh(bad).route_tries) == ("pending", 2)


def test_a_lead_that_fails_three_times_alone_is_held_as_undecidable(now: datetime) -> None:
    bad = poison(now)

    for minute in range(4):
        route_all(now=now + timedelta(minutes=minute))

    assert (fresh(bad).status, fresh(bad).held_reason) == ("held", "undecidable")
    assert fresh(bad).hold_deadline_at == now + timedelta(minutes=2)
    assert "3 times" in Decision.objects.get(lead=bad).reason


def test_an_undecidable_lead_goes_to_the_last_resort_once_it_can_be_read(now: datetime) -> None:
    bad = poison(now)
    for minute in range(4):
        route_all(now=now + timedelta(minutes=minute))
    Lead.objects.filter(pk=bad.pk).update(attributes={})

    route_all(now=now + timedelta(minutes=10))

    assert (fresh(bad).status, fresh(bad).method) == ("assigned", "last_resort")


def test_leads_of_a_router_that_died_are_tried_one_by_one(now: datetime) -> None:
    leads = [make_lead(now) for _ in range(3)]
    claim_leads(now=now, limit=10)

    at_once = route_pending(now=now)
    later = now + ABANDONED_AFTER + timedelta(seconds=1)
    tries = [route_pending(now=later).decided for _ in leads]

    assert not at_once.worked
    assert tries == [1, 1, 1]
    assert RoutingBatch.objects.count() == 0


def test_a_lead_on_which_router_after_router_dies_is_held(now: datetime) -> None:
    bad = make_lead(now)

    for minute in range(9):
        claim_leads(now=now + timedelta(minutes=2 * minute), limit=10)

    assert (fresh(bad).status, fresh(bad).held_reason) == ("held", "undecidable")


def test_a_routed_lead_forgets_its_failures(now: datetime) -> None:
    lead = make_lead(now, route_tries=2)

    route_all(now=now)

    assert (fresh(lead).status, fresh(lead).route_tries) == ("assigned", 0)
