"""Nothing hangs on one agent, one place or one bad row."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep, TimeOff
from routing.models import Assignment, LastResort, Lead, Offer, OutboxMessage, PoolMember
from routing.notifications.briefs import load_briefs
from routing.services.alert_fates import Fate, Told, store_fates
from routing.services.expire_offers import expire_offers
from routing.services.lead_actions import accept
from routing.services.lead_actions.route import route_lead
from routing.services.people import handing_over
from routing.services.people.handing_over import Which, hand_over, hand_over_due
from routing.services.people.leaving import plan_departure
from routing.services.people.plans import Choice, Kind, Place, usual_plan
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.sla import steps
from routing.services.sla.managers import managers_of
from routing.services.sla.moving import attempts_of
from routing.services.sla.steps import take_sla_steps
from routing.snapshots.people import last_resort_ids
from tests.factories import make_catch_all, make_lead, make_owned_lead, make_pool, make_rep, make_settings, make_team
from tests.routing.calls import call_all
from tests.routing.lead_acts import owner_of
from tests.routing.sla_company import company, pass_time, told

pytestmark = pytest.mark.django_db
acts = import_module("routing.services.lead_actions.accept")


def agent(name: str = "Ada", **fields: object) -> Rep:
    return make_rep(name, kind=Rep.Kind.AGENT, webhook="https://agent.example/", **fields)


# --- agents ------------------------------------------------------------------------------------------------------


def test_a_person_is_the_last_resort_before_any_agent() -> None:
    ada, bob = agent(), make_rep("Bob")
    LastResort.objects.create(rep=ada)

    assert last_resort_ids() == [bob.pk, ada.pk]


def test_an_agent_is_above_nobody_where_there_is_a_person() -> None:
    ada, boss = agent(), make_rep("Boss")
    ana = make_rep("Ana", team=make_team(manager=ada))

    assert managers_of({ana.pk})[ana.pk] == (boss, ada)


def test_what_nobody_answered_becomes_a_persons(now: datetime) -> None:
    company(now, "Ana", steps=[{"after_minutes": 5, "do": "reassign"}], max_attempts=1)
    LastResort.objects.create(rep=agent("Aaa"))
    Rep.objects.filter(name="Boss").update(active=False)
    make_rep("Zoe")
    lead = told(now)

    pass_time(now, 5)

    assert owner_of(lead).name == "Zoe"


def test_a_made_up_agent_does_not_keep_a_lead_for_ever(now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(agent(demo=True), make_rep("Bob")))
    publish(note="", user=None, now=now)
    lead = make_lead(now)
    route_all(now=now)
    assert owner_of(lead).name == "Ada"

    call_all(now)
    route_all(now=now)

    assert owner_of(lead).name == "Bob"


def test_an_offer_to_an_agent_which_is_told_of_none_stands_no_longer_than_the_pool_says(now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(agent(), offer="exclusive", offer_minutes=10))
    publish(note="", user=None, now=now)
    make_lead(now)

    route_all(now=now)

    assert Offer.objects.get().until == now + timedelta(minutes=10)
    assert not OutboxMessage.objects.exists()


# --- leaves and departures ---------------------------------------------------------------------------------------


def test_a_backup_who_is_on_leave_too_gets_no_leads(now: datetime) -> None:
    make_settings()
    bob = make_rep("Bob")
    ana = make_rep("Ana", backup=bob)
    Assignment.objects.create(lead=make_owned_lead(now, ana), rep=ana, method="direct", assigned_at=now)
    span = {"starts_at": now, "ends_at": now + timedelta(days=7)}
    TimeOff.objects.create(rep=bob, **span)
    TimeOff.objects.create(rep=ana, hand_over="backup", hand_over_leads="unanswered", **span)

    hand_over_due(now=now)

    assert list(Lead.objects.values_list("status", "owner")) == [("pending", None)]


def test_a_leave_gives_no_lead_back_to_who_did_not_answer_it(now: datetime) -> None:
    make_settings()
    bob = make_rep("Bob")
    ana, lead = make_rep("Ana", backup=bob), make_owned_lead(now, make_rep("Cem"))
    ended = {"ended_at": now, "end_reason": "too_slow"}
    Assignment.objects.create(lead=lead, rep=bob, method="direct", attempt=1, assigned_at=now, **ended)
    Assignment.objects.create(lead=lead, rep=ana, method="direct", attempt=2, assigned_at=now)
    Lead.objects.update(owner=ana, attempt=2)
    span = {"starts_at": now, "ends_at": now + timedelta(days=7)}
    TimeOff.objects.create(rep=ana, hand_over="backup", hand_over_leads="unanswered", **span)

    hand_over_due(now=now)

    assert list(Lead.objects.values_list("status", "owner")) == [("pending", None)]


def test_a_hand_over_locks_all_leads_in_one_order(now: datetime) -> None:
    make_settings()
    ana, bob = make_rep("Ana"), make_rep("Bob")
    Assignment.objects.create(lead=make_owned_lead(now, ana), rep=ana, method="direct", assigned_at=now)

    with CaptureQueriesContext(connection) as queries:
        hand_over(rep=ana, which=Which.OPEN, reason="", to=bob, now=now, actor="Boss")

    of_leads = [query["sql"] for query in queries if 'FROM "routing_lead"' in query["sql"]]
    assert "owner_id" in of_leads[0].partition("WHERE")[2] and "held" in of_leads[0]


def test_a_leave_that_cannot_begin_keeps_no_other_from_it(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    span = {"starts_at": now, "ends_at": now + timedelta(days=7), "hand_over": "routing"}
    bad = TimeOff.objects.create(rep=make_rep("Ana"), **span)
    good = TimeOff.objects.create(rep=make_rep("Bob"), **span)
    begin = handing_over._begin

    def fail(key: int, *, now: datetime) -> int:
        if key == bad.pk:
            raise ValueError
        return begin(key, now=now)

    monkeypatch.setattr(handing_over, "_begin", fail)
    hand_over_due(now=now)

    good.refresh_from_db()
    assert good.handed_over_at == now


def test_single_leads_of_who_leaves_can_go_elsewhere(now: datetime) -> None:
    make_settings()
    bob, cem, dana = make_rep("Bob"), make_rep("Cem"), make_rep("Dana")
    ana, pool = make_rep("Ana", backup=bob), make_pool(dana, name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    leads = [make_owned_lead(now, ana) for _ in range(4)]
    for lead in leads:
        Assignment.objects.create(lead=lead, rep=ana, method="direct", assigned_at=now)
    places = {leads[1].pk: Place(rep=cem.pk), leads[2].pk: Place(pool=pool.pk), leads[3].pk: Place()}
    plan = usual_plan(ana) | {Kind.LEADS: Choice(Place(rep=bob.pk), places)}

    plan_departure(rep=ana, leaves_at=now, plan=plan, user=None, now=now)

    assert list(Lead.objects.order_by("pk").values_list("owner__name", flat=True)) == ["Bob", "Cem", "Dana", None]


# --- the clock of owners -----------------------------------------------------------------------------------------


def test_what_is_only_told_of_keeps_no_lead_from_moving_on(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    company(now, "Ana", "Bob", steps=[{"after_minutes": 5, "do": "reassign"}])
    lead = told(now)
    first = owner_of(lead)

    def fail(*, now: datetime) -> int:
        raise ValueError

    monkeypatch.setattr(steps, "note_breaches", fail)
    take_sla_steps(now=now + timedelta(minutes=5))
    route_all(now=now + timedelta(minutes=5))

    assert owner_of(lead) != first


# --- offers and acts ---------------------------------------------------------------------------------------------


def test_an_offer_of_which_its_rep_can_never_hear_is_over(now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(make_rep("Ana"), make_rep("Bob"), offer="exclusive", offer_minutes=10))
    publish(note="", user=None, now=now)
    make_lead(now)
    route_all(now=now)
    first, then = Offer.objects.get(), now + timedelta(seconds=2)

    [brief] = load_briefs(list(OutboxMessage.objects.filter(kind="offer")))
    store_fates([Told(brief, Fate.FAILED, error="550")], now=then)
    expire_offers(now=then)
    route_all(now=then)

    assert Offer.objects.standing().get().rep != first.rep


def test_a_lead_is_offered_to_a_second_person_and_no_agent(now: datetime) -> None:
    pool, _ = company(now, "Ana", "Bob", steps=[{"after_minutes": 4, "do": "offer"}])
    ada = agent(paused=True)
    PoolMember.objects.create(pool=pool, rep=ada)
    lead = told(now)
    Rep.objects.filter(pk=ada.pk).update(paused=False)

    pass_time(now, 4)

    assert Offer.objects.get(lead=lead).rep.name in {"Ana", "Bob"}


def test_accepting_locks_whom_a_lead_is_about_before_the_rep(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    company(now, "Ana", accept_counts=True)
    lead = told(now)
    Rep.objects.filter(name="Ana").update(paused=True, paused_by_sla=True)
    order = []
    for name in ("lock_around", "end_sla_pause"):
        act = getattr(acts, name)

        def note(*args: Any, act: Any = act, name: str = name, **kwargs: Any) -> None:
            order.append(name)
            act(*args, **kwargs)

        monkeypatch.setattr(acts, name, note)

    accept(lead=lead, rep=owner_of(lead), now=now + timedelta(minutes=1), actor="Ana")

    assert order == ["lock_around", "end_sla_pause"]
    assert not Rep.objects.get(name="Ana").paused


def test_new_facts_do_not_begin_the_attempts_anew(now: datetime) -> None:
    lead = make_lead(now)
    for attempt, reason in enumerate(("too_slow", "routed_again", "too_slow"), start=1):
        Assignment.objects.create(
            lead=lead,
            rep=make_rep(),
            method="direct",
            attempt=attempt,
            assigned_at=now,
            ended_at=now,
            end_reason=reason,
        )

    assert attempts_of([lead.pk]) == {lead.pk: 2}


def test_a_lead_that_is_routed_anew_for_everybody_has_all_its_attempts_again(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=[{"after_minutes": 5, "do": "reassign"}])
    lead = told(now)
    then = pass_time(now, 5)
    assert attempts_of([lead.pk]) == {lead.pk: 1}

    route_lead(lead=lead, now=then + timedelta(seconds=1), actor="Boss")

    assert attempts_of([lead.pk]) == {}
