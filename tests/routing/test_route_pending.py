"""Routing a batch: owners, turns, messages, what waits and what is put back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep
from routing.models import (
    Assignment,
    Decision,
    LastResort,
    Lead,
    Ledger,
    LedgerAccount,
    Offer,
    OutboxMessage,
    Pool,
    Posting,
    RulebookVersion,
)
from routing.rulebook.content import draft_content
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all, route_pending
from routing.services.sla.clock import UNTOLD
from routing.services.sweep import sweep
from tests.factories import make_account, make_catch_all, make_lead, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(now: datetime) -> tuple[Pool, list[Rep]]:
    """Three reps on shift in one pool, and a catch-all that leads there."""
    make_settings()
    reps = [make_rep(name) for name in ("Ana", "Bob", "Cy")]
    pool = make_pool(*reps, name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    return pool, reps


def post(now: datetime, **facts: Any) -> Lead:
    return receive_lead(facts={"form": "demo"} | facts, now=now).lead


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_a_lead_gets_an_owner_a_decision_a_posting_and_an_alert(company: Any, now: datetime) -> None:
    lead = post(now, email="mia@globex.example")

    route_all(now=now)

    lead = fresh(lead)
    assignment = Assignment.objects.get(lead=lead)
    assert (lead.status, lead.owner, lead.method, lead.attempt) == ("assigned", assignment.rep, "round_robin", 1)
    assert (assignment.pool.name, assignment.rule.name, assignment.strategy) == ("SMB", "Catch-all", "round_robin")
    assert Decision.objects.get(lead=lead).posting == Posting.objects.get(lead=lead)
    assert OutboxMessage.objects.get(lead=lead).key == f"alert:{lead.uuid}:1"


def test_leads_go_round_and_the_ledger_sums_to_zero(company: Any, now: datetime) -> None:
    for number in range(30):
        make_lead(now + timedelta(microseconds=number))

    route_all(now=now + timedelta(seconds=1))

    assert sorted(Counter(Lead.objects.values_list("owner", flat=True)).values()) == [10, 10, 10]
    assert sum(LedgerAccount.objects.values_list("balance", flat=True)) == 0


def test_one_lead_a_batch_goes_round_too(company: Any, now: datetime) -> None:
    for minute in range(9):
        make_lead(now + timedelta(minutes=minute))
        route_all(now=now + timedelta(minutes=minute))

    owners = list(Lead.objects.order_by("pk").values_list("owner", flat=True))
    assert owners[:3] == owners[3:6] == owners[6:]
    assert len(set(owners[:3])) == 3


def test_routing_twice_changes_nothing(company: Any, now: datetime) -> None:
    post(now, email="mia@globex.example")
    route_all(now=now)

    again = route_pending(now=now)

    assert not again.worked
    assert Assignment.objects.count() == Decision.objects.count() == OutboxMessage.objects.count() == 1


def test_without_a_published_rulebook_leads_stay_pending(now: datetime) -> None:
    lead = make_lead(now)

    route_all(now=now)

    assert fresh(lead).status == "pending"


def test_nobody_available_holds_the_lead_until_somebody_is(company: Any, now: datetime) -> None:
    Rep.objects.update(paused=True)
    lead = post(now, email="mia@globex.example")
    route_all(now=now)
    held = fresh(lead)

    Rep.objects.update(paused=False)
    route_all(now=held.route_after)

    assert (held.status, held.held_reason, held.owner) == ("held", "nobody_available", None)
    assert held.hold_deadline_at > now
    assert fresh(lead).status == "assigned"


def test_waiting_on_for_the_same_reason_is_not_decided_anew(company: Any, now: datetime) -> None:
    Rep.objects.update(paused=True)
    lead = post(now, email="mia@globex.example")
    route_all(now=now)
    first = fresh(lead)

    route_all(now=first.route_after)

    assert Decision.objects.filter(lead=lead).count() == 1
    assert fresh(lead).route_after > first.route_after
    assert fresh(lead).hold_deadline_at == first.hold_deadline_at


def test_at_the_deadline_the_last_resort_owns_the_lead(company: Any, now: datetime) -> None:
    boss = make_rep("Bo")
    LastResort.objects.create(rep=boss)
    Rep.objects.exclude(pk=boss.pk).update(paused=True)
    lead = post(now, email="mia@globex.example")
    route_all(now=now)

    route_all(now=fresh(lead).hold_deadline_at)

    assert (fresh(lead).owner, fresh(lead).method) == (boss, "last_resort")
    assert OutboxMessage.objects.get(lead=lead).kind == "last_resort"


def test_a_lead_that_must_go_on_to_another_pool_is_put_back_and_resumed(company: Any, now: datetime) -> None:
    away = make_rep(paused=True)
    make_rule(name="Enterprise", position=1, pool=make_pool(away, name="Enterprise"))
    publish(note="", user=None, now=now)
    lead = post(now, email="mia@globex.example")

    first = route_pending(now=now)
    second = route_pending(now=now)

    assert (first.put_back, second.decided) == (1, 1)
    assert fresh(lead).owner is not None
    assert Decision.objects.get(lead=lead).rule_name == "Catch-all"


def test_two_people_of_one_company_in_one_batch_have_one_owner(company: Any, now: datetime) -> None:
    mia = post(now, email="mia@globex.example")
    tom = post(now, email="tom@globex.example")

    route_all(now=now)

    assert fresh(mia).owner == fresh(tom).owner
    assert fresh(tom).method == "same_company"


def test_the_same_person_a_moment_later_is_a_duplicate_without_alert_or_turn(company: Any, now: datetime) -> None:
    first = post(now, email="mia@globex.example")
    route_all(now=now)
    later = now + timedelta(minutes=5)
    second = post(later, email="MIA@globex.example", job_title="CTO")

    route_all(now=later)
    sweep(now=later)

    assert (fresh(second).status, fresh(second).duplicate_of) == ("duplicate", first)
    assert OutboxMessage.objects.count() == Posting.objects.count() == 1
    assert fresh(first).job_title == "CTO"


def test_a_person_who_comes_back_has_a_lead_of_its_own_with_the_same_owner(company: Any, now: datetime) -> None:
    first = post(now, email="mia@globex.example", form="ebook")
    route_all(now=now)
    later = now + timedelta(days=21)
    second = post(later, email="mia@globex.example")

    route_all(now=later)

    assert (fresh(second).owner, fresh(second).method) == (fresh(first).owner, "returning")
    assert OutboxMessage.objects.filter(lead=second).count() == 1
    assert Posting.objects.count() == 1


def test_a_customer_goes_to_the_owner_of_the_account(company: Any, now: datetime) -> None:
    owner = make_rep("Dee")
    account = make_account("Globex", domains=("globex.example",), owner=owner, stage="customer")
    make_rule(name="Known", position=1, destination="account_owner", pool=None)
    publish(note="", user=None, now=now)
    lead = post(now, email="mia@globex.example")

    route_all(now=now)

    lead = fresh(lead)
    assert (lead.owner, lead.method, lead.account) == (owner, "account", account)
    assert Posting.objects.count() == 0


def test_a_parked_lead_comes_back_on_its_day(company: Any, now: datetime) -> None:
    make_rule(name="Students", position=1, destination="park", pool=None, park_reason="student", review_days=30)
    publish(note="", user=None, now=now)
    lead = post(now, email="mia@uni.example")
    route_all(now=now)
    parked = fresh(lead)

    sweep(now=now + timedelta(days=31))

    assert (parked.status, parked.park_reason) == ("parked", "student")
    assert parked.review_date == (now + timedelta(days=30)).date()
    assert fresh(lead).status == "pending"


def test_a_rule_whose_conditions_are_broken_is_passed_over(company: Any, now: datetime) -> None:
    make_rule(name="Broken", position=1, conditions=[[{"field": "email", "op": "matches", "value": "("}], "?", [7]],
              pool=company[0])  # fmt: skip
    publish_anyway(now)
    lead = post(now, email="mia@globex.example")

    route_all(now=now)

    assert fresh(lead).owner is not None


def publish_anyway(now: datetime) -> None:
    """As if the rule had become broken after it was published."""

    number = RulebookVersion.objects.count() + 1
    RulebookVersion.objects.create(number=number, content=draft_content(), published_at=now)


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"strategy": "load_balanced", "turns_by": "kind"},
        {"strategy": "intent", "requires": {"languages": "lead"}},
        {"strategy": "performance", "performance_mode": "more_leads"},
        {"fairness": "totals"},
        {"offer": "exclusive"},
    ],
    ids=str,
)
def test_queries_do_not_grow_with_leads_reps_or_rules(
    now: datetime, terms: dict[str, Any], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    make_settings(score=[{"when": [[{"field": "employees", "op": "gt", "value": 5}]], "points": 10}])
    reps = [make_rep(caps={"day": 500, "open": 500}, languages=["en"]) for _ in range(40)]
    pool = make_pool(*reps, **terms)
    for number in range(25):
        make_rule(conditions=[[{"field": "employees", "op": "gt", "value": 1000 + number}]], pool=pool)
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    make_lead(now)
    route_all(now=now)
    for _ in range(20):
        make_lead(now)

    with django_assert_max_num_queries(62) as few:
        route_pending(now=now)
    make_lead(now)
    with django_assert_max_num_queries(62) as one:
        route_pending(now=now)

    assert len(few) == len(one)


# --- leads that are offered, and what an assignment costs ---------------------------------------------------------


def offering(company: Any, now: datetime, offer: str) -> None:
    Pool.objects.filter(pk=company[0].pk).update(offer=offer, offer_minutes=5)
    publish(note="", user=None, now=now)


@pytest.mark.parametrize(("offer", "offered"), [("exclusive", 1), ("claim", 3)])
def test_an_offered_lead_waits_without_owner_and_without_a_turn(
    company: Any, now: datetime, offer: str, offered: int
) -> None:
    offering(company, now, offer)
    lead = post(now, email="mia@globex.example")

    route_all(now=now)

    lead, until = fresh(lead), now + UNTOLD * timedelta(minutes=5)
    assert (lead.status, lead.held_reason, lead.route_after) == ("held", "offered", now + timedelta(minutes=5))
    assert list(Offer.objects.standing().values_list("kind", "until")) == [(offer, until)] * offered
    assert not Posting.objects.exists()


def test_an_offer_that_nobody_takes_goes_to_the_next(company: Any, now: datetime) -> None:
    offering(company, now, "exclusive")
    lead = post(now, email="mia@globex.example")
    for spans in range(3):  # nobody could be told
        route_all(now=now + spans * UNTOLD * timedelta(minutes=5))

    offers = list(Offer.objects.filter(lead=lead).values_list("rep__name", "result"))
    assert offers == [("Ana", "expired"), ("Bob", "expired"), ("Cy", "")]
    assert Decision.objects.filter(lead=lead).count() == 3


def test_while_an_offer_stands_the_lead_is_left_alone(company: Any, now: datetime) -> None:
    offering(company, now, "exclusive")
    lead = post(now, email="mia@globex.example")
    route_all(now=now)

    route_pending(now=now, lead_ids=[lead.pk])

    assert Offer.objects.filter(lead=lead).count() == Decision.objects.filter(lead=lead).count() == 1
    assert fresh(lead).route_after == now + UNTOLD * timedelta(minutes=5)  # it stands until then


def test_an_assignment_has_its_posting_its_units_and_whether_the_lead_had_waited(company: Any, now: datetime) -> None:
    company[0].rules.update(units=4)
    publish(note="", user=None, now=now)
    Rep.objects.update(paused=True)
    lead = post(now, email="mia@globex.example")
    route_all(now=now)
    Rep.objects.update(paused=False)

    route_all(now=fresh(lead).route_after)

    assignment = Assignment.objects.get(lead=lead)
    assert (assignment.units, assignment.released) == (4, True)
    assert assignment.posting == Posting.objects.get(lead=lead)


def test_leads_that_waited_go_out_at_the_pace_at_which_they_are_answered(company: Any, now: datetime) -> None:
    Rep.objects.exclude(name="Ana").update(active=False)
    Rep.objects.update(paused=True)
    for number in range(5):
        post(now, email=f"mia@company{number}.example")
    route_all(now=now)
    Rep.objects.update(paused=False)

    route_all(now=now + timedelta(hours=1))

    assert Counter(Lead.objects.values_list("status", flat=True)) == {"assigned": 3, "held": 2}


def test_a_pool_that_is_paused_takes_no_leads(company: Any, now: datetime) -> None:
    Pool.objects.update(paused=True)
    lead = post(now, email="mia@globex.example")

    route_all(now=now)

    assert (fresh(lead).status, fresh(lead).held_reason) == ("held", "paused")


def test_pools_of_one_fairness_group_share_their_turns(company: Any, now: datetime) -> None:
    pool, reps = company
    group = Ledger.objects.create(name="Group", shared=True)
    other = make_pool(*reps, name="Other", fairness_group=group)
    Pool.objects.filter(pk=pool.pk).update(fairness_group=group)
    make_rule(position=1, pool=other, conditions=[[{"field": "country", "op": "is", "value": "DE"}]])
    publish(note="", user=None, now=now)
    for number, country in enumerate(["DE", "US", "DE", "US", "US", "US"]):
        post(now + timedelta(microseconds=number), email=f"mia@company{number}.example", country=country)

    route_all(now=now + timedelta(seconds=1))

    assert sorted(Counter(Lead.objects.values_list("owner", flat=True)).values()) == [2, 2, 2]
    assert set(LedgerAccount.objects.values_list("ledger", flat=True)) == {group.pk}


def test_score_and_grade_are_stored_with_the_lead(company: Any, now: datetime) -> None:
    chief = {"when": [[{"field": "job_title", "op": "contains", "value": "chief"}]], "points": 80}
    make_settings(score=[chief], grades={"A": 75})
    publish(note="", user=None, now=now)
    lead = post(now, email="mia@globex.example", job_title="Chief of IT")

    route_all(now=now)

    assert (fresh(lead).score, fresh(lead).grade) == (80, "A")


def test_live_leads_take_only_some_imports_along(company: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.services.batches.claim.WITH_LIVE", 3)
    imported = [make_lead(now, priority=Lead.Priority.IMPORTED) for _ in range(4)]
    live = [make_lead(now) for _ in range(2)]

    assert route_pending(now=now).decided == 3
    assert {lead.pk for lead in live} < set(Lead.objects.owned().values_list("pk", flat=True))

    assert route_pending(now=now).decided == 3
    assert all(fresh(lead).owner for lead in imported)


def test_what_imports_leave_free_beside_live_leads_is_not_for_leads_that_wait(
    company: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.batches.claim.WITH_LIVE", 2)
    waited = {"status": "held", "held_reason": "nobody_available", "held_since": now - timedelta(hours=1)}
    waiting = make_lead(now, route_after=now, hold_deadline_at=now + timedelta(hours=9), **waited)
    [make_lead(now, priority=Lead.Priority.IMPORTED) for _ in range(3)]
    make_lead(now)

    assert route_pending(now=now, limit=4).decided == 2
    assert fresh(waiting).status == "held"
