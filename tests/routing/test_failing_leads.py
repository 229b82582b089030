"""Leads that a router fails of: tried among few, alone three times, then given to the last resort; others go on."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from routing.models import Decision, LastResort, Lead, RoutingBatch
from routing.services.batches.claim import ABANDONED_AFTER, FEW, claim_leads, give_back_abandoned
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
    assert (fresh(bad).status, fresh(bad).route_tries) == ("pending", 3)


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


def test_many_leads_of_a_router_that_died_are_tried_a_few_at_a_time(now: datetime) -> None:
    many = 2 * FEW + 1
    for _ in range(many):
        make_lead(now)
    claim_leads(now=now, limit=many)

    later = now + ABANDONED_AFTER + timedelta(seconds=1)
    tries = [route_pending(now=later).decided for _ in range(3)]

    assert tries == [FEW, FEW, 1]


def test_of_few_that_fail_the_others_are_routed_one_by_one(now: datetime) -> None:
    leads = [make_lead(now) for _ in range(FEW)]
    bad = poison(now)

    route_all(now=now)

    assert {fresh(lead).status for lead in leads} == {"assigned"}
    assert (fresh(bad).status, fresh(bad).route_tries) == ("pending", 3)


def test_a_lead_on_which_router_after_router_dies_is_held(now: datetime) -> None:
    bad = make_lead(now)

    for minute in range(9):
        claim_leads(now=now + timedelta(minutes=2 * minute), limit=10)

    assert (fresh(bad).status, fresh(bad).held_reason) == ("held", "undecidable")


def test_a_routed_lead_forgets_its_failures(now: datetime) -> None:
    lead = make_lead(now, route_tries=3)

    route_all(now=now)

    assert (fresh(lead).status, fresh(lead).route_tries) == ("assigned", 0)


def test_a_waiting_lead_that_begins_to_fail_asks_the_last_resort_at_once(now: datetime) -> None:
    bad, old = poison(now), now + timedelta(days=1)
    Lead.objects.update(status="held", held_reason="nobody_available", held_since=now, hold_deadline_at=old)

    for minute in range(8):
        route_all(now=now + timedelta(minutes=minute))

    assert (fresh(bad).held_reason, fresh(bad).held_since) == ("undecidable", now)
    assert fresh(bad).hold_deadline_at == now + timedelta(minutes=2)
    assert Decision.objects.filter(lead=bad).count() == 1


def test_a_waiting_lead_that_only_the_last_resort_can_take_goes_there_at_once(now: datetime) -> None:
    lead, later = make_lead(now, route_tries=Lead.TRIES_TOGETHER + Lead.TRIES_ALONE - 1), now + timedelta(days=9)
    Lead.objects.update(status="held", held_reason="nobody_available", held_since=now, hold_deadline_at=later)

    route_all(now=now)
    route_all(now=now + timedelta(seconds=1))

    assert (fresh(lead).status, fresh(lead).method) == ("assigned", "last_resort")


def test_a_router_that_lives_is_not_taken_for_dead_within_the_longest_wait_for_a_lock(now: datetime) -> None:
    lead = make_lead(now)
    claim_leads(now=now, limit=10)

    other = route_pending(now=now + timedelta(seconds=5.5))

    assert not other.worked
    assert (fresh(lead).status, fresh(lead).route_tries) == ("pending", 0)


def test_waiting_for_a_lock_makes_a_claim_no_older(now: datetime) -> None:
    make_lead(now)
    wait = 0.3

    with connection.execute_wrapper(slowly(wait)):
        claim_leads(now=now, limit=10)

    assert RoutingBatch.objects.get().started_at >= now + timedelta(seconds=wait)


def slowly(seconds: float) -> Any:
    """A database that lets whoever reads leads wait."""

    def wait(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith("SELECT") and "routing_lead" in sql:
            time.sleep(seconds)
        return execute(sql, *arguments)

    return wait


def test_a_router_that_was_wrongly_taken_for_dead_takes_the_count_back(now: datetime) -> None:
    lead = make_lead(now, route_tries=3)

    with connection.execute_wrapper(taken_for_dead(now + timedelta(minutes=1))):
        routed = route_pending(now=now)

    assert not routed.worked
    assert fresh(lead).route_tries == 3


def taken_for_dead(later: datetime) -> Any:
    """A router that is stopped just before it takes hold of its claim, until somebody gives the leads back."""
    done = []

    def give_back(execute: Any, sql: str, *arguments: Any) -> Any:
        if not done and sql.startswith("SELECT %s") and "routing_routingbatch" in sql:  # lock_claim
            done.append(sql)
            give_back_abandoned(later)
        return execute(sql, *arguments)

    return give_back
