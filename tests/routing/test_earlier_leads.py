"""The same person, the same company: what an earlier lead means for a later one, in one batch and in several."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from routing.models import Identity, Lead, OutboxMessage
from routing.services.lead_actions import quarantine, restore, route_lead
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all, route_pending
from routing.services.sweep import sweep
from tests.factories import make_account, make_catch_all, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def company(now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(*[make_rep(name) for name in ("Ana", "Bob", "Cy")]))
    publish(note="", user=None, now=now)


def post(now: datetime, *, honeypot: str = "", route: bool = True, **facts: Any) -> Lead:
    lead = receive_lead(facts={"form": "demo"} | facts, now=now, honeypot=honeypot).lead
    if route:
        route_all(now=now)
    return lead


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_a_real_lead_never_joins_a_test_lead(now: datetime) -> None:
    post(now, email="mia@globex.example", test=True)

    real = post(now + MINUTE, email="mia@globex.example")

    assert (fresh(real).status, fresh(real).method) == ("assigned", "round_robin")
    assert OutboxMessage.objects.filter(lead=real).count() == 1


def test_a_test_lead_leaves_no_mark_on_a_real_one(now: datetime) -> None:
    make_account("Globex", domains=("globex.example",))
    real = post(now, email="mia@other.example")
    post(now + MINUTE, email="mia@other.example", test=True, job_title="Tester")
    post(now + MINUTE, email="tom@globex.example", test=True)

    sweep(now=now + MINUTE)

    assert fresh(real).job_title == ""
    assert not Identity.objects.exclude(account=None).exists()


def test_the_first_real_post_after_spam_is_routed(now: datetime) -> None:
    spam = post(now, email="mia@globex.example", honeypot="filled", route=False)
    real = post(now + MINUTE, email="mia@globex.example", route=False)

    route_all(now=now + MINUTE)

    assert (fresh(spam).status, fresh(real).status) == ("quarantined", "assigned")


@pytest.mark.parametrize("route", [True, False], ids=["one by one", "in one batch"])
def test_minutes_count_from_the_original_not_from_its_duplicate(now: datetime, route: bool) -> None:
    leads = [post(now + n * 8 * MINUTE, email="mia@globex.example", route=route) for n in range(3)]

    route_all(now=now + 17 * MINUTE)

    assert [fresh(lead).status for lead in leads] == ["assigned", "duplicate", "assigned"]


@pytest.mark.parametrize("route", [True, False], ids=["one by one", "in one batch"])
def test_every_duplicate_names_the_original(now: datetime, route: bool) -> None:
    first, *others = [post(now + n * MINUTE, email="mia@globex.example", route=route) for n in range(4)]

    route_all(now=now + 5 * MINUTE)

    assert {fresh(lead).duplicate_of for lead in others} == {first}


@pytest.mark.parametrize("route", [True, False], ids=["one by one", "in one batch"])
def test_a_person_who_gives_only_the_phone_is_known_by_it(now: datetime, route: bool) -> None:
    first = post(now, email="mia@globex.example", phone="+1 713 555 0100", route=route)
    second = post(now + MINUTE, phone="+1 713 555 0100", route=route)

    route_all(now=now + MINUTE)

    assert fresh(second).duplicate_of == first


def test_two_people_with_one_phone_and_two_addresses_are_two(now: datetime) -> None:
    post(now, email="mia@globex.example", phone="+1 713 555 0100")

    other = post(now + MINUTE, email="tom@acme-tools.example", phone="+1 713 555 0100")

    assert (fresh(other).status, fresh(other).method) == ("assigned", "round_robin")


def test_a_shared_mailbox_is_one_person_a_name(now: datetime) -> None:
    names = [("Ann", "Lee"), ("Bob", "Ray"), ("Ann", "Lee")]
    leads = [
        post(now + n * MINUTE, email="info@globex.example", first_name=first, last_name=last)
        for n, (first, last) in enumerate(names)
    ]

    assert [fresh(lead).status for lead in leads] == ["assigned", "assigned", "duplicate"]
    assert fresh(leads[2]).duplicate_of == leads[0]


def test_without_a_form_another_kind_of_request_is_no_duplicate(now: datetime) -> None:
    post(now, email="mia@globex.example", form="", kind="content")

    demo = post(now + MINUTE, email="mia@globex.example", form="", kind="demo")

    assert (fresh(demo).status, fresh(demo).method) == ("assigned", "returning")


def test_a_lead_waits_for_the_one_before_it_that_is_in_other_hands(now: datetime) -> None:
    first = post(now, email="mia@globex.example", route=False)
    second = post(now + MINUTE, email="mia@globex.example", route=False)

    routed = route_pending(now=now + MINUTE, lead_ids=[second.pk])
    route_all(now=now + 2 * MINUTE)

    assert (routed.decided, routed.put_back) == (0, 1)
    assert fresh(second).duplicate_of == first


def test_live_leads_overtake_imports_inside_a_batch(now: datetime) -> None:
    rep = make_rep("Dee", caps={"day": 1})
    make_rule(position=1, pool=make_pool(rep), when_nobody="next")
    publish(note="", user=None, now=now)
    imported = receive_lead(facts={"email": "a@one.example"}, now=now, priority=Lead.Priority.IMPORTED).lead
    live = post(now, email="b@two.example")

    assert fresh(live).owner == rep
    assert fresh(imported).owner not in (rep, None)


def test_a_parked_lead_that_waited_before_begins_anew(now: datetime) -> None:
    lead = post(now, email="mia@globex.example", route=False)
    Lead.objects.filter(pk=lead.pk).update(
        status="held", held_reason="waiting", held_since=now, hold_deadline_at=now + MINUTE
    )
    make_rule(position=1, destination="park", pool=None, park_reason="later", review_days=30)
    publish(note="", user=None, now=now)
    route_all(now=now)

    assert (fresh(lead).status, fresh(lead).held_since, fresh(lead).hold_deadline_at) == ("parked", None, None)


def test_a_lead_that_others_joined_joins_none_itself_when_it_is_routed_again(now: datetime) -> None:
    first = post(now, email="mia@globex.example")
    quarantine(lead=first, reason="spam", now=now, actor="Bo")
    second, third = (post(now + n * MINUTE, email="mia@globex.example") for n in (1, 2))
    restore(lead=first, now=now + 3 * MINUTE, actor="Bo")
    route_all(now=now + 3 * MINUTE)

    route_lead(lead=second, now=now + 4 * MINUTE, actor="Bo")
    route_all(now=now + 4 * MINUTE)

    assert fresh(second).status == "assigned"
    assert fresh(third).duplicate_of == second
