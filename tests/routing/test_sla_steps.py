"""The ladder of an SLA policy: each step in its time, at most one a sweep, and none once the owner has answered."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from reps.models import Rep, WorkingHours
from routing.models import Assignment, Lead, Offer, OutboxMessage, Posting, RoutingSettings, RulebookVersion
from routing.services.change_rep import change_rep
from routing.services.expire_offers import expire_offers
from routing.services.lead_actions import accept, claim, decline, reassign, release, respond, set_outcome
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.sla.clock import start_offers
from routing.services.sla.pausing import pause_reps
from routing.services.sla.steps import take_sla_steps
from tests.factories import make_account, make_lead, make_rep, make_rule
from tests.routing.lead_acts import balances, current, events, fresh, owner_of, sums
from tests.routing.sla_company import MINUTE, company, pass_time, tell, told

pytestmark = pytest.mark.django_db


def step(do: str, after: float = 5, **more: Any) -> list[dict[str, Any]]:
    return [{"after_minutes": after, "do": do, **more}]


def sent(kind: str) -> list[str]:
    """To whom."""
    return list(OutboxMessage.objects.filter(kind=kind).order_by("pk").values_list("rep__name", flat=True))


def answer(lead: Lead, now: datetime) -> None:
    respond(lead=lead, rep=owner_of(lead), channel="call", note="", now=now, actor="x")


def taking(lead: Lead, now: datetime) -> None:
    accept(lead=lead, rep=owner_of(lead), now=now, actor="x")


# --- the ladder --------------------------------------------------------------------------------------------------


def test_the_owner_is_reminded_once(now: datetime) -> None:
    company(now)
    lead = told(now)

    for minutes in (3, 3.1, 4.9):
        pass_time(now, minutes)

    assert sent("remind") == [owner_of(lead).name]
    assert events(lead, "reminded") == [(f"{owner_of(lead).name} was reminded", "")]


def test_nothing_happens_before_its_time(now: datetime) -> None:
    company(now)
    told(now)

    assert take_sla_steps(now=now + 3 * MINUTE - timedelta(microseconds=1)) == 0


def test_no_answer_at_the_step_goes_to_the_next_rep(now: datetime) -> None:
    company(now)
    lead = told(now)
    first = owner_of(lead)

    pass_time(now, 3)
    pass_time(now, 5)

    assert owner_of(lead) != first
    assert sent("taken_away") == [first.name]


def test_an_answered_lead_is_left_alone(now: datetime) -> None:
    company(now)
    lead = told(now)
    answer(lead, now + MINUTE)

    for minutes in (3, 5, 50):
        pass_time(now, minutes)

    assert (fresh(lead).attempt, sent("remind"), sent("taken_away")) == (1, [], [])
    assert current(lead).breached_at is None


def test_three_owners_without_an_answer_then_the_manager_once(now: datetime) -> None:
    company(now, "Ana", "Bob", "Cy", "Dan")
    lead = told(now)

    for _ in range(3):
        for minutes in (3, 5):
            pass_time(now, minutes)
        now += 5 * MINUTE
        tell(now)
    for minutes in (3, 5, 60):
        pass_time(now, minutes)

    assert (owner_of(lead).name, fresh(lead).method, fresh(lead).attempt) == ("Boss", "manager", 4)
    assert sent("exhausted") == ["Boss"]


def test_the_clock_of_the_next_owner_starts_with_their_own_alert(now: datetime) -> None:
    company(now, steps=step("reassign"))
    lead = told(now)
    pass_time(now, 5)

    assert current(lead).step_at is None
    tell(now + 20 * MINUTE)
    assert current(lead).step_at == now + 25 * MINUTE


def test_losing_a_lead_for_slowness_posts_nothing_but_the_next_turn(now: datetime) -> None:
    company(now, steps=step("reassign"))
    told(now)

    pass_time(now, 5)

    assert (Posting.objects.filter(kind="turn").count(), Posting.objects.count(), sums()) == (2, 2, {0})


def test_a_manager_is_told(now: datetime) -> None:
    company(now, "Ana", steps=step("alert_manager"))
    lead = told(now)

    pass_time(now, 5)

    assert sent("late") == ["Boss"]
    assert events(lead, "escalated") == [("Boss was told that Ana has not answered", "")]
    assert owner_of(lead).name == "Ana"


def test_a_closed_lead_is_left_alone(now: datetime) -> None:
    company(now)
    lead = told(now)
    set_outcome(lead=lead, stage="won", amount=None, reason="", now=now, actor="x")

    pass_time(now, 5)

    assert (fresh(lead).status, sent("remind"), events(lead, "breached")) == ("closed", [], [])


# --- accepting ---------------------------------------------------------------------------------------------------


def test_accepting_buys_time(now: datetime) -> None:
    company(now)
    lead = told(now)
    taking(lead, now + 2 * MINUTE)

    for minutes in (3, 5, 16.9):
        pass_time(now, minutes)
    assert (sent("remind"), fresh(lead).attempt) == ([], 1)

    pass_time(now, 17)
    assert fresh(lead).attempt == 2


def test_a_late_accept_wins_until_the_sweep_has_acted(now: datetime) -> None:
    company(now, steps=step("reassign"))
    lead = told(now)
    taking(lead, now + 6 * MINUTE)

    pass_time(now, 7)

    assert fresh(lead).attempt == 1
    assert current(lead).step_at == now + 21 * MINUTE


def test_accepting_twice_buys_no_more_time(now: datetime) -> None:
    company(now)
    lead = told(now)

    for minutes in (1, 14):
        taking(lead, now + minutes * MINUTE)

    assert current(lead).step_at == now + 16 * MINUTE


def test_a_manager_hears_in_time_though_the_owner_accepted(now: datetime) -> None:
    company(now, "Ana", steps=[*step("reassign", 5), *step("alert_manager", 8)])
    lead = told(now)
    taking(lead, now + MINUTE)

    pass_time(now, 8)

    assert (sent("late"), owner_of(lead).name) == (["Boss"], "Ana")
    assert current(lead).step_at == now + 16 * MINUTE


def test_accepting_can_count_as_the_answer(now: datetime) -> None:
    company(now, accept_counts=True)
    lead = told(now)
    taking(lead, now + MINUTE)

    pass_time(now, 60)

    assert (fresh(lead).attempt, fresh(lead).first_response_at) == (1, now + MINUTE)


def test_an_accept_before_the_alert_starts_the_clock(now: datetime) -> None:
    company(now, steps=step("reassign"))
    lead = told(now)
    Assignment.objects.update(alerted_at=None, clock_started_at=None, due_at=None, step_at=None)
    taking(lead, now + MINUTE)

    assert current(lead).due_at == now + 6 * MINUTE
    assert current(lead).step_at == now + 16 * MINUTE


# --- the breach --------------------------------------------------------------------------------------------------


def test_a_breach_is_noted_once_and_time_goes_on(now: datetime) -> None:
    company(now, "Ana", steps=step("alert_manager", 30))
    lead = told(now)

    for minutes in (5, 6, 30):
        pass_time(now, minutes)

    assert current(lead).breached_at == now + 5 * MINUTE
    assert events(lead, "breached") == [("Ana did not answer in time", "")]
    assert sent("late") == ["Boss"]


def test_an_answer_after_the_breach_still_counts_as_the_first(now: datetime) -> None:
    company(now, "Ana", steps=[])
    lead = told(now)
    pass_time(now, 5)

    answer(lead, now + 7 * MINUTE)

    assert fresh(lead).first_response_at == now + 7 * MINUTE


# --- leads that belong to their owner ----------------------------------------------------------------------------


@pytest.mark.parametrize(("take_away", "stays"), [(False, True), (True, False)])
def test_an_account_owners_lead_is_not_taken_away_unless_the_policy_says_so(
    now: datetime, take_away: bool, stays: bool
) -> None:
    _, (ana, *_) = company(now, steps=step("reassign"), take_away=take_away)
    make_account("Globex", domains=("globex.com",), owner=ana)
    make_rule(destination="account_owner", pool=None, position=1)
    publish(note="", user=None, now=now)
    lead = told(now, domain="globex.com", email="mia@globex.com")
    assert fresh(lead).method == "account"

    pass_time(now, 5)

    assert (fresh(lead).owner == ana) is stays
    assert sent("late") == (["Boss"] if stays else [])


# --- a second rep ------------------------------------------------------------------------------------------------


def test_before_the_breach_a_second_rep_is_offered_it_and_the_owner_stays(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=step("offer", 4))
    lead = told(now)

    pass_time(now, 4)

    offer = Offer.objects.standing().get(lead=lead)
    assert (offer.kind, offer.rep != owner_of(lead), fresh(lead).attempt) == ("second", True, 1)
    assert sent("offer") == [offer.rep.name]


def test_an_agent_is_offered_nothing(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=step("offer", 4))
    owner = owner_of(told(now))
    Rep.objects.exclude(pk=owner.pk).update(kind=Rep.Kind.AGENT, webhook="https://bot.example.com/")

    pass_time(now, 4)

    assert not Offer.objects.exists()


def test_who_takes_up_the_second_offer_owns_the_lead_and_pays_for_it(now: datetime) -> None:
    company(now, "Ana", "Bob", "Cy", steps=step("offer", 4))
    lead = told(now)
    first = owner_of(lead)
    pass_time(now, 4)
    offer = Offer.objects.standing().get(lead=lead)

    claim(lead=lead, rep=offer.rep, now=now + 5 * MINUTE, actor=offer.rep.name)

    assert (owner_of(lead), fresh(lead).method) == (offer.rep, "claim")
    assert (sent("taken_away"), sums()) == ([first.name], {0})
    assert Assignment.objects.get(lead=lead, rep=first).end_reason == "taken_up"
    assert balances()[offer.rep.name] == 333_333_333 - 500_000_000


def test_a_second_offer_that_expires_posts_nothing_and_leaves_the_owner(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=step("offer", 4))
    lead = told(now)
    owner = owner_of(lead)
    pass_time(now, 4)

    from_now = now + 60 * MINUTE
    expire_offers(now=from_now)

    assert (owner_of(lead), Posting.objects.count()) == (owner, 1)
    assert not Offer.objects.standing().exists()


@pytest.mark.parametrize("act", [taking, answer])
def test_the_owners_own_act_withdraws_the_second_offer(now: datetime, act: Any) -> None:
    company(now, "Ana", "Bob", steps=step("offer", 4))
    lead = told(now)
    pass_time(now, 4)
    start_offers(dict.fromkeys(Offer.objects.values_list("pk", flat=True), now), now=now)

    act(lead, now + 5 * MINUTE)

    offer = Offer.objects.get(lead=lead)
    assert (offer.result, sent("offer_gone")) == ("withdrawn", [offer.rep.name])


def test_declining_a_second_offer_leaves_the_lead_where_it_is(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=step("offer", 4))
    lead = told(now)
    owner = owner_of(lead)
    pass_time(now, 4)
    offer = Offer.objects.get(lead=lead)

    decline(lead=lead, rep=offer.rep, reason="spam", note="", now=now + 5 * MINUTE, actor="x")

    assert (fresh(lead).status, owner_of(lead)) == ("assigned", owner)


# --- policies that cannot be read any more ------------------------------------------------------------------------


def two_reminders(now: datetime) -> Lead:
    """A policy whose version is lost after two of its three steps."""
    ladder = [{"after_minutes": 1, "do": "remind"}, {"after_minutes": 2, "do": "remind"}, *step("reassign", 30)]
    company(now, steps=ladder, first_response_minutes=30)
    lead = told(now)
    for minutes in (1, 2):
        pass_time(now, minutes)
    RulebookVersion.objects.update(number=F("number") + 1)
    return lead


def test_the_built_in_policy_stands_in_and_skips_none_of_its_steps(now: datetime) -> None:
    lead = two_reminders(now)
    first = owner_of(lead)

    for minutes in (29, 30, 30.1):
        pass_time(now, minutes)

    assert sent("remind") == [first.name] * 3
    assert owner_of(lead) != first


def test_a_lead_of_a_lost_version_can_be_accepted(now: datetime) -> None:
    lead = two_reminders(now)

    taking(lead, now + 3 * MINUTE)

    assert current(lead).accepted_at == now + 3 * MINUTE


# --- pauses ------------------------------------------------------------------------------------------------------


def test_who_does_not_answer_is_paused_until_their_next_act(now: datetime) -> None:
    company(now, "Ana", steps=step("pause_rep"))
    lead = told(now)

    pass_time(now, 5)
    ana = Rep.objects.get(name="Ana")
    assert (ana.paused, ana.paused_by_sla, ana.paused_until) == (True, True, None)

    taking(lead, now + 6 * MINUTE)
    ana.refresh_from_db()
    assert (ana.paused, ana.paused_by_sla, ana.paused_reason) == (False, False, "")


def accepting(lead: Lead, ana: Rep, bob: Rep, now: datetime) -> None:
    accept(lead=lead, rep=ana, now=now, actor="Ana")


def answering_again(lead: Lead, ana: Rep, bob: Rep, now: datetime) -> None:
    respond(lead=lead, rep=ana, channel="call", note="", now=now, actor="Ana")


def declining(lead: Lead, ana: Rep, bob: Rep, now: datetime) -> None:
    decline(lead=lead, rep=ana, reason="other", note="", now=now, actor="Ana")


def releasing(lead: Lead, ana: Rep, bob: Rep, now: datetime) -> None:
    release(lead=lead, now=now, actor="Ana")


def passing_on(lead: Lead, ana: Rep, bob: Rep, now: datetime) -> None:
    reassign(lead=lead, rep=bob, reason="", counts=False, now=now, actor="Ana")


def noting_an_outcome(lead: Lead, ana: Rep, bob: Rep, now: datetime) -> None:
    set_outcome(lead=lead, stage="qualified", amount=None, reason="", now=now, actor="Ana")


def resuming(lead: Lead, ana: Rep, bob: Rep, now: datetime) -> None:
    change_rep(rep=ana, changes={"paused": False}, now=now, reason="")


def declining_an_offer(lead: Lead, ana: Rep, bob: Rep, now: datetime) -> None:
    reassign(lead=lead, rep=bob, reason="", counts=False, now=now, actor="The manager")
    Offer.objects.create(lead=lead, rep=ana, kind="second", offered_at=now, until=now + MINUTE)
    decline(lead=lead, rep=ana, reason="other", note="", now=now, actor="Ana")


@pytest.mark.parametrize(
    "act",
    [accepting, answering_again, declining, releasing, passing_on, noting_an_outcome, resuming, declining_an_offer],
)
def test_any_act_of_their_own_ends_the_pause(now: datetime, act: Any) -> None:
    _, (ana, bob) = company(now, "Ana", "Bob")
    lead = told(now)
    reassign(lead=lead, rep=ana, reason="", counts=False, now=now, actor="x")
    answering_again(lead, ana, bob, now)
    Assignment.objects.filter(rep=ana).update(accepted_at=now)
    Rep.objects.filter(pk=ana.pk).update(paused=True, paused_by_sla=True, paused_reason="did not answer")
    ana.refresh_from_db()

    act(lead, ana, bob, now + MINUTE)

    assert not Rep.objects.filter(pk=ana.pk, paused=True).exists()


@pytest.mark.parametrize("act", [release, partial(set_outcome, stage="lost", amount=None, reason="")])
def test_what_others_do_with_their_lead_does_not_end_the_pause(now: datetime, act: Any) -> None:
    company(now, "Ana")
    lead = told(now)
    Rep.objects.filter(name="Ana").update(paused=True, paused_by_sla=True, paused_reason="did not answer")

    act(lead=lead, now=now + MINUTE, actor="The manager")

    assert Rep.objects.get(name="Ana").paused_by_sla


def test_many_are_paused_with_few_statements_and_their_history_says_why(
    now: datetime, django_assert_max_num_queries: Any
) -> None:
    reps = {make_rep(f"R{number}").pk for number in range(20)}

    with django_assert_max_num_queries(12):
        assert pause_reps(reps, timezone="UTC", now=now) == reps

    assert Rep.objects.paused_at(now).count() == 20
    assert Rep.history.filter(history_change_reason="by a step of the SLA policy", history_date=now).count() == 20


def test_a_pause_by_a_step_ends_with_the_shift(now: datetime) -> None:
    _, (ana,) = company(now, "Ana", steps=step("pause_rep"))
    Rep.objects.filter(pk=ana.pk).update(hours="own", timezone="Europe/Berlin")
    WorkingHours.objects.create(rep=ana, weekday=1, start=time(9), end=time(18))
    told(now)

    pass_time(now, 5)

    assert Rep.objects.get(pk=ana.pk).paused_until == now + timedelta(hours=1)


# --- what must not happen ----------------------------------------------------------------------------------------


def test_while_routing_is_paused_nobody_loses_a_lead(now: datetime) -> None:
    company(now, steps=step("reassign"))
    lead = told(now)
    RoutingSettings.objects.update(paused=True, paused_since=now)

    pass_time(now, 5)
    assert fresh(lead).attempt == 1

    RoutingSettings.objects.update(paused=False, paused_since=None)
    pass_time(now, 5.1)
    assert fresh(lead).attempt == 2


def test_no_step_is_taken_before_the_owner_was_told(now: datetime) -> None:
    company(now)
    lead = make_lead(now)
    route_all(now=now)

    pass_time(now, 14)

    assert (fresh(lead).attempt, sent("remind"), sent("taken_away")) == (1, [], [])


def test_a_step_that_fails_stops_no_other_lead(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=step("offer", 4))
    broken, fine = told(now), told(now)
    Assignment.objects.filter(lead=broken).update(method="nonsense")

    pass_time(now, 4)

    assert Offer.objects.standing().get().lead == fine
    assert current(broken).step_at == now + 5 * MINUTE


def test_statements_do_not_grow_with_leads(now: datetime) -> None:
    company(now, *(f"R{number}" for number in range(5)), steps=step("reassign"))
    counts = []
    for leads in (2, 12):
        for _ in range(leads):
            make_lead(now)
        route_all(now=now)
        tell(now)
        with CaptureQueriesContext(connection) as queries:
            take_sla_steps(now=now + 5 * MINUTE)
        counts.append(len(queries))
        now += 60 * MINUTE

    assert counts[1] <= counts[0] + 2
