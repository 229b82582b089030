"""What managers do with leads: reassign, release, route again, park, outcome."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from reps.models import Rep
from routing.models import Assignment, Decision, Lead, OutboxMessage, Pool, Posting, RoutingSettings
from routing.services.lead_actions import (
    Invalid,
    NotTheirs,
    WrongState,
    decline,
    park,
    reassign,
    release,
    respond,
    route_lead,
    set_outcome,
    wake_parked,
)
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_lead, make_pool, make_rep, make_rule
from tests.routing.lead_acts import balances, current, events, fresh, open_company, owner_of, routed, sums

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NEXT_WEEK = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def company(now: datetime) -> tuple[Pool, list[Rep]]:
    return open_company(now)


def other_than(lead: Lead) -> Rep:
    return Rep.objects.exclude(pk=owner_of(lead).pk).order_by("pk")[0]


def give(lead: Lead, rep: Rep, now: datetime, *, counts: bool = True) -> Lead:
    return reassign(lead=lead, rep=rep, reason="knows them", counts=counts, now=now, actor="Bo")


def end_reasons(lead: Lead) -> list[str]:
    return list(Assignment.objects.filter(lead=lead).order_by("attempt").values_list("end_reason", flat=True))


# --- reassign ----------------------------------------------------------------------------------------------------


def test_a_lead_given_by_hand_has_a_new_owner_who_is_told(now: datetime) -> None:
    lead = routed(now)
    bob = other_than(lead)

    given = give(lead, bob, now)

    assert (given.owner, given.method, given.attempt) == (bob, "manual", 2)
    assert end_reasons(lead) == ["reassigned", ""]
    assert OutboxMessage.objects.filter(lead=lead, rep=bob, key=f"alert:{lead.uuid}:2").exists()
    assert Decision.objects.filter(lead=lead).first().method == "manual"


def test_a_lead_given_by_hand_is_a_turn(now: datetime) -> None:
    lead = routed(now)
    bob = other_than(lead)
    before = balances()[bob.name]

    give(lead, bob, now)

    assert Posting.objects.get(kind="manual").winner == bob
    assert balances()[bob.name] == before - 500_000_000  # of two who could take it: the earlier owner could not
    assert sums() == {0}


def test_it_is_no_turn_if_it_should_not_count(now: datetime) -> None:
    lead = routed(now)

    give(lead, other_than(lead), now, counts=False)

    assert not Posting.objects.filter(kind="manual").exists()
    assert current(lead).posting is None


def test_it_is_no_turn_for_somebody_outside_the_pool(now: datetime) -> None:
    lead, zoe = routed(now), make_rep("Zoe")

    give(lead, zoe, now)

    assert (current(lead).rep, current(lead).pool, current(lead).posting) == (zoe, None, None)
    assert "(warning: not a member of SMB)" in events(lead, "reassigned")[0][0]


def test_gates_are_passed_with_a_warning(now: datetime) -> None:
    lead = routed(now)
    bob = other_than(lead)
    Rep.objects.filter(pk=bob.pk).update(paused=True, paused_reason="training")

    give(lead, bob, now)

    ((text, actor),) = events(lead, "reassigned")
    assert (owner_of(lead), actor) == (bob, "Bo")
    assert "(warning: " in text and "training" in text


def test_nobody_inactive_gets_a_lead_by_hand(now: datetime) -> None:
    lead = routed(now)
    bob = other_than(lead)
    Rep.objects.filter(pk=bob.pk).update(active=False)

    with pytest.raises(Invalid) as refused:
        give(lead, bob, now)
    assert list(refused.value.errors) == ["rep"]


def test_giving_it_to_its_owner_changes_nothing(now: datetime) -> None:
    lead = routed(now)

    give(lead, owner_of(lead), now)

    assert (fresh(lead).attempt, events(lead, "reassigned")) == (1, [])


def test_a_waiting_lead_can_be_given_by_hand(now: datetime) -> None:
    Rep.objects.update(paused=True)
    lead = routed(now)

    given = give(lead, Rep.objects.first(), now)

    assert (given.status, given.held_reason, given.hold_deadline_at) == ("assigned", "", None)
    assert sums() <= {0}


def test_a_test_lead_given_by_hand_takes_no_turn(now: datetime) -> None:
    lead = routed(now, test=True)

    give(lead, other_than(lead), now)

    assert not Posting.objects.exists()


@pytest.mark.parametrize("status", ["quarantined", "closed"])
def test_a_lead_set_aside_is_not_given(status: str, now: datetime) -> None:
    lead = make_lead(now, status=status)

    with pytest.raises(WrongState):
        give(lead, Rep.objects.first(), now)


# --- release and route -------------------------------------------------------------------------------------------


def test_a_released_lead_goes_to_somebody_else(now: datetime) -> None:
    lead = routed(now)
    first = owner_of(lead)

    release(lead=lead, now=now, actor="Bo", reason="on holiday")
    route_all(now=now)

    assert owner_of(lead) != first
    assert end_reasons(lead) == ["released", ""]
    assert events(lead, "released") == [(f"Released from {first.name}: on holiday", "Bo")]


def test_what_nobody_owns_is_not_released(now: datetime) -> None:
    lead = routed(now)
    release(lead=lead, now=now, actor="Bo")

    with pytest.raises(NotTheirs):
        release(lead=lead, now=now, actor="Bo")


def test_routing_again_excludes_nobody(now: datetime) -> None:
    lead = routed(now)
    for _ in range(3):
        decline(lead=lead, rep=owner_of(lead), reason="other", note="", now=now, actor="x")
        route_all(now=now)
    held = fresh(lead).status

    route_lead(lead=lead, now=now, actor="Bo")
    route_all(now=now)

    assert (held, fresh(lead).status) == ("held", "assigned")


def test_routing_an_owned_lead_again_may_give_it_back(company: Any, now: datetime) -> None:
    _, reps = company
    lead = routed(now)
    Rep.objects.exclude(pk=owner_of(lead).pk).update(paused=True)
    first = owner_of(lead)

    route_lead(lead=lead, now=now, actor="Bo")
    route_all(now=now)

    assert owner_of(lead) == first
    assert end_reasons(lead) == ["routed_again", ""]


def test_whoever_declines_after_that_is_excluded_again(now: datetime) -> None:
    lead = routed(now)
    route_lead(lead=lead, now=now, actor="Bo")
    route_all(now=now)
    second = owner_of(lead)

    decline(lead=lead, rep=second, reason="other", note="", now=now + DAY, actor="x")
    route_all(now=now + DAY)

    assert owner_of(lead) != second


# --- nurture -----------------------------------------------------------------------------------------------------


def test_a_parked_lead_has_no_owner_and_a_date(now: datetime) -> None:
    lead = routed(now)

    park(lead=lead, reason="next budget", review_date=NEXT_WEEK, now=now, actor="Bo")

    parked = fresh(lead)
    assert (parked.status, parked.owner, parked.review_date) == ("parked", None, NEXT_WEEK)
    assert end_reasons(lead) == ["parked"]
    assert events(lead, "parked") == [("Nurture until 2026-03-10: next budget", "Bo")]


@pytest.mark.parametrize("day", [date(2026, 3, 3), date(2020, 1, 1), date(2040, 1, 1)])
def test_a_review_lies_in_the_next_ten_years(day: date, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        park(lead=routed(now), reason="", review_date=day, now=now, actor="Bo")
    assert list(refused.value.errors) == ["review_date"]


def test_news_wakes_a_parked_lead_and_no_other(now: datetime) -> None:
    lead, owned = routed(now), routed(now, email="tom@initech.com")
    park(lead=lead, reason="student", review_date=NEXT_WEEK, now=now, actor="Bo")

    assert wake_parked(lead_ids=[lead.pk, owned.pk], now=now) == 1

    assert (fresh(lead).status, fresh(owned).status) == ("pending", "assigned")
    assert events(lead, "reviewed") == [("student; something new was heard", "")]


# --- outcome -----------------------------------------------------------------------------------------------------


def outcome(lead: Lead, stage: str, now: datetime, **fields: Any) -> Lead:
    values = {"amount": None, "reason": ""} | fields
    return set_outcome(lead=lead, stage=stage, now=now, actor="Ana", **values)


@pytest.mark.parametrize("stage", ["won", "lost"])
def test_the_end_closes_a_lead_that_keeps_its_owner(stage: str, now: datetime) -> None:
    lead = routed(now)

    closed = outcome(lead, stage, now, amount=Decimal(5000), reason="budget")

    assert (closed.status, closed.closed_at, closed.owner) == ("closed", now, lead.owner)
    assert (fresh(lead).amount, fresh(lead).outcome_reason) == (5000, "budget")


def test_the_same_outcome_twice_is_noted_once(now: datetime) -> None:
    lead = routed(now)

    for _ in range(2):
        outcome(lead, "won", now)

    assert events(lead, "outcome") == [("Won", "Ana")]


def test_a_closed_lead_opens_again_when_that_was_wrong(now: datetime) -> None:
    lead = routed(now)
    outcome(lead, "lost", now)

    assert (outcome(lead, "qualified", now).status, fresh(lead).closed_at) == ("assigned", None)


@pytest.mark.parametrize("wrong", [{"stage": "maybe"}, {"amount": Decimal(-1)}, {"amount": Decimal("NaN")}])
def test_an_outcome_that_is_none_is_refused(wrong: dict[str, Any], now: datetime) -> None:
    with pytest.raises(Invalid):
        outcome(routed(now), wrong.get("stage", "won"), now, **{k: v for k, v in wrong.items() if k != "stage"})


def test_a_qualified_lead_is_handed_over_where_the_rulebook_says_so(now: datetime) -> None:
    closer = make_rep("Al")
    make_rule(position=1, pool=make_pool(closer), conditions=[[{"field": "stage", "op": "is", "value": "qualified"}]])
    RoutingSettings.objects.update(stages={"qualified": "route"})
    publish(note="", user=None, now=now)
    lead = routed(now)

    outcome(lead, "qualified", now)
    outcome(lead, "qualified", now)
    route_all(now=now)

    assert (owner_of(lead), end_reasons(lead)) == (closer, ["handed_over", ""])


# --- room for those that wait ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cap", ["unanswered", "open"])
def test_who_makes_room_gets_a_waiting_lead(cap: str, now: datetime, django_capture_on_commit_callbacks: Any) -> None:
    Rep.objects.filter(name="Ana").update(caps={cap: 1})
    Rep.objects.exclude(name="Ana").update(paused=True)
    first, second = routed(now), routed(now, email="tom@initech.com")
    assert fresh(second).status == "held"

    with django_capture_on_commit_callbacks(execute=True):
        respond(lead=first, rep=owner_of(first), channel="call", note="", now=now, actor="Ana")
        outcome(first, "won", now)
    route_all(now=now)

    assert fresh(second).status == "assigned"


def test_who_has_no_caps_disturbs_no_lead_that_waits(now: datetime, django_capture_on_commit_callbacks: Any) -> None:
    Rep.objects.exclude(name="Ana").update(paused=True)
    first = routed(now)
    Rep.objects.update(paused=True)
    second = routed(now, email="tom@initech.com")

    with django_capture_on_commit_callbacks(execute=True):
        respond(lead=first, rep=owner_of(first), channel="call", note="", now=now, actor="Ana")

    assert fresh(second).route_after == second.route_after > now
