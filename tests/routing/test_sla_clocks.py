"""When clocks start, in which hours they run, and whose time it was until the first answer."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import override_settings

from reps.models import Channel, Rep, WorkingHours
from routing.models import Assignment, Lead, Offer, OutboxMessage, Pool
from routing.services.expire_offers import expire_offers
from routing.services.lead_actions import accept, claim, quarantine, reassign, release, respond
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.sla.acts import note_acceptance
from routing.services.sla.breaches import tell_of_untold
from routing.services.sla.clock import start_clocks, start_offers
from routing.services.sla.digest import next_digest
from tests.factories import make_lead, make_rep, make_rule, make_settings, make_sla
from tests.routing.lead_acts import current, fresh, owner_of
from tests.routing.sla_company import MINUTE, company, pass_time, tell, told

pytestmark = pytest.mark.django_db
REASSIGN = [{"after_minutes": 5, "do": "reassign"}]


def routed(now: datetime, **fields: Any) -> Lead:
    lead = make_lead(now, **fields)
    route_all(now=now)
    return lead


def delays(lead: Lead) -> list[float]:
    row = fresh(lead)
    return [row.system_seconds or 0, row.nobody_seconds or 0, row.outside_seconds or 0, row.rep_seconds or 0]


# --- when a clock starts -----------------------------------------------------------------------------------------


def test_a_clock_starts_when_the_owner_was_really_told(now: datetime) -> None:
    company(now, "Ana", steps=REASSIGN)
    lead = routed(now)

    start_clocks({current(lead).pk: now + 7 * MINUTE}, now=now + 8 * MINUTE)

    row = current(lead)
    assert (row.alerted_at, row.clock_started_at) == (now + 7 * MINUTE, now + 7 * MINUTE)
    assert row.due_at == row.step_at == now + 12 * MINUTE


def test_a_clock_that_runs_is_not_started_anew(now: datetime) -> None:
    company(now, "Ana")
    lead = told(now)

    start_clocks({current(lead).pk: now + 7 * MINUTE}, now=now + 7 * MINUTE)

    assert current(lead).clock_started_at == now


def test_the_clock_of_an_owner_that_is_gone_is_not_started(now: datetime) -> None:
    company(now, "Ana", "Bob")
    lead = routed(now)
    before = current(lead)
    release(lead=lead, now=now, actor="Bo")

    start_clocks({before.pk: now}, now=now)

    before.refresh_from_db()
    assert before.clock_started_at is None


def test_many_clocks_start_with_few_statements(now: datetime, django_assert_max_num_queries: Any) -> None:
    company(now, steps=REASSIGN)
    for _ in range(20):
        make_lead(now)
    route_all(now=now)

    with django_assert_max_num_queries(14):
        tell(now)


def test_without_an_alert_the_clock_starts_with_the_assignment(now: datetime) -> None:
    pool, _ = company(now, "Ana", steps=REASSIGN)
    make_rule(pool=pool, alert="none", position=1)
    publish(note="", user=None, now=now)

    row = current(routed(now))

    assert (row.alerted_at, row.clock_started_at, row.step_at) == (None, now, now + 5 * MINUTE)


# --- digests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "at", "expected"), [(60, 16.5, 17), (60, 16, 16), (30, 16.6, 17), (1440, 16, 24)])
def test_digests_leave_at_full_multiples(minutes: int, at: float, expected: int) -> None:
    midnight = datetime(2026, 3, 3, tzinfo=UTC)

    with override_settings(DIGEST_MINUTES=minutes):
        assert next_digest(midnight + timedelta(hours=at)) == midnight + timedelta(hours=expected)


def test_an_alert_by_digest_waits_for_it_and_nobody_minds(now: datetime) -> None:
    pool, _ = company(now, "Ana")
    make_rule(pool=pool, alert="digest", position=1)
    then = now + 30 * MINUTE
    publish(note="", user=None, now=then)
    lead = routed(then)

    assert OutboxMessage.objects.get(kind="alert", lead=lead).available_at == now + 60 * MINUTE
    assert tell_of_untold(now=now + 74 * MINUTE) == 0
    assert tell_of_untold(now=now + 75 * MINUTE) == 1


# --- owners who cannot be told -----------------------------------------------------------------------------------


def test_a_manager_hears_of_an_owner_who_could_not_be_told_once(now: datetime) -> None:
    company(now, "Ana")
    lead = routed(now)

    assert [tell_of_untold(now=now + minutes * MINUTE) for minutes in (14, 15, 16)] == [0, 1, 0]
    message = OutboxMessage.objects.get(kind="undelivered")
    assert (message.rep.name, message.payload) == ("Boss", {"cause": "untold"})
    assert (owner_of(lead).name, current(lead).untold_at) == ("Ana", now + 15 * MINUTE)


def test_the_alert_takes_the_next_channel_as_well(now: datetime) -> None:
    _, (ana,) = company(now, "Ana")
    Channel.objects.create(rep=ana, kind="email", position=1)
    Channel.objects.create(rep=ana, kind="sms", address="twilio://a:b@15551234567/15557654321", position=2)
    routed(now)

    tell_of_untold(now=now + 15 * MINUTE)

    alerts = OutboxMessage.objects.filter(kind="alert", rep=ana).order_by("pk")
    assert [alert.channel for alert in alerts] == ["email", "sms"]


def test_many_who_have_more_time_keep_nobody_waiting(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (ana,) = company(now, "Ana")
    routed(now)
    slow = make_sla(name="A day", steps=[], first_response_minutes=24 * 60)
    make_settings(sla=slow)
    publish(note="", user=None, now=now)
    monkeypatch.setattr("routing.services.sla.breaches.AT_ONCE", 2)
    for minutes in (3, 2, 1):
        Assignment.objects.filter(lead=routed(now)).update(assigned_at=now - minutes * MINUTE)

    assert tell_of_untold(now=now + 15 * MINUTE) == 1
    assert Assignment.objects.get(untold_at__isnull=False).sla == "Fast"


def test_who_was_not_told_is_found_with_few_statements(now: datetime, django_assert_max_num_queries: Any) -> None:
    company(now, "Ana")
    for _ in range(20):
        make_lead(now)
    route_all(now=now)

    with django_assert_max_num_queries(20):
        assert tell_of_untold(now=now + 15 * MINUTE) == 20


def test_nobody_who_was_not_told_loses_a_lead(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=REASSIGN)
    lead = routed(now)

    for minutes in range(1, 40):
        pass_time(now, minutes)

    assert fresh(lead).attempt == 1


# --- hours -------------------------------------------------------------------------------------------------------


def nine_to_five(rep: Rep) -> None:
    """In New York, where it is eleven."""
    Rep.objects.filter(pk=rep.pk).update(hours="own", timezone="America/New_York")
    for weekday in range(5):
        WorkingHours.objects.create(rep=rep, weekday=weekday, start=time(9), end=time(17))


def test_a_clock_in_the_reps_hours_stands_still_at_night(now: datetime) -> None:
    _, (ana,) = company(now, "Ana", steps=REASSIGN)
    nine_to_five(ana)
    lead = routed(now)
    closing = now + timedelta(hours=5, minutes=58)

    start_clocks({current(lead).pk: closing}, now=closing)

    assert current(lead).step_at == now + timedelta(hours=22, minutes=3)


def test_a_clock_around_the_clock_runs_at_night(now: datetime) -> None:
    _, (ana,) = company(now, "Ana", steps=REASSIGN, clock="always")
    nine_to_five(ana)
    lead = routed(now)
    night = now + timedelta(hours=12)

    start_clocks({current(lead).pk: night}, now=night)

    assert current(lead).step_at == night + 5 * MINUTE


def test_a_clock_in_the_pools_hours_runs_in_those(now: datetime) -> None:
    pool, (ana,) = company(now, "Ana", steps=REASSIGN, clock="pool_hours")
    nine_to_five(ana)
    Pool.objects.filter(pk=pool.pk).update(working_hours={"mon-fri": ["10:00-16:30"]})
    publish(note="", user=None, now=now)  # the company's zone is UTC
    lead = told(now + 27 * MINUTE)

    assert current(lead).due_at == datetime(2026, 3, 4, 10, 2, tzinfo=UTC)


# --- offers ------------------------------------------------------------------------------------------------------


def offered(now: datetime, **fields: Any) -> tuple[Lead, Offer]:
    pool, _ = company(now, "Ana", "Bob")
    Pool.objects.filter(pk=pool.pk).update(offer="exclusive", **fields)
    publish(note="", user=None, now=now)
    lead = routed(now)
    return lead, Offer.objects.standing().get(lead=lead)


def test_who_is_offered_a_lead_is_told(now: datetime) -> None:
    lead, offer = offered(now)

    message = OutboxMessage.objects.get(kind="offer")
    assert (message.rep, message.offer, message.lead) == (offer.rep, offer, lead)


def test_the_time_of_an_offer_runs_since_it_was_told(now: datetime) -> None:
    _, offer = offered(now)

    start_offers({offer.pk: now + 4 * MINUTE}, now=now + 4 * MINUTE)

    assert Offer.objects.get().until == now + 9 * MINUTE
    assert [expire_offers(now=now + minutes * MINUTE) for minutes in (8.9, 9)] == [0, 1]


def test_an_offer_of_which_nobody_could_be_told_ends_later(now: datetime) -> None:
    offered(now)

    assert [expire_offers(now=now + minutes * MINUTE) for minutes in (14, 15)] == [0, 1]


def test_the_clock_of_whoever_takes_it_up_runs_since_the_offers_alert(now: datetime) -> None:
    lead, offer = offered(now)
    start_offers({offer.pk: now + MINUTE}, now=now + MINUTE)

    claim(lead=lead, rep=offer.rep, now=now + 3 * MINUTE, actor="x")

    row = current(lead)
    assert (row.clock_started_at, row.due_at, row.accepted_at) == (now + MINUTE, now + 6 * MINUTE, now + 3 * MINUTE)
    assert row.step_at == now + 18 * MINUTE  # taking it up is accepting it


def test_losers_are_told_that_it_is_gone(now: datetime) -> None:
    pool, _ = company(now)
    Pool.objects.filter(pk=pool.pk).update(offer="claim")
    publish(note="", user=None, now=now)
    lead = routed(now)
    offers = {offer.rep.name: offer for offer in Offer.objects.standing()}
    start_offers({offers[name].pk: now for name in ("Ana", "Bob")}, now=now)

    claim(lead=lead, rep=offers["Ana"].rep, now=now, actor="Ana")

    gone = OutboxMessage.objects.filter(kind="offer_gone")
    assert [message.rep.name for message in gone] == ["Bob"]  # Cy was never told of it


# --- who loses a lead is told ------------------------------------------------------------------------------------


def lost(lead: Lead, act: str, now: datetime, actor: str) -> list[str]:
    if act == "reassign":
        reassign(lead=lead, rep=make_rep("Zoe"), reason="knows them", counts=False, now=now, actor=actor)
    elif act == "release":
        release(lead=lead, now=now, actor=actor, reason="wrong field")
    else:
        quarantine(lead=lead, reason="sells pills", now=now, actor=actor)
    return [message.payload["why"] for message in OutboxMessage.objects.filter(kind="taken_away")]


@pytest.mark.parametrize(
    ("act", "why"),
    [
        ("reassign", "Bo Ossa gave it to Zoe: knows them"),
        ("release", "Released, by Bo Ossa: wrong field"),
        ("spam", "Went to review, by Bo Ossa: sells pills"),
    ],
)
def test_who_loses_a_lead_by_somebody_elses_act_is_told_why(now: datetime, act: str, why: str) -> None:
    company(now, "Ana")

    assert lost(told(now), act, now, "Bo Ossa") == [why]


@pytest.mark.parametrize("act", ["reassign", "release", "spam"])
def test_nobody_is_told_of_their_own_act(now: datetime, act: str) -> None:
    company(now, "Ana")

    assert lost(told(now), act, now, "Ana") == []


# --- whose time it was -------------------------------------------------------------------------------------------


def test_the_four_delays_add_up_to_the_first_response(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=REASSIGN)
    Rep.objects.update(paused=True, paused_until=now + 10 * MINUTE)
    lead = routed(now + 1 * MINUTE, submitted_at=now)  # nobody is there
    Rep.objects.update(paused=False, paused_until=None)
    Lead.objects.update(route_after=now)
    route_all(now=now + 10 * MINUTE)
    tell(now + 12 * MINUTE)
    pass_time(now, 17)  # the first owner loses it
    tell(now + 18 * MINUTE)

    answer = now + 21 * MINUTE
    respond(lead=lead, rep=owner_of(lead), channel="call", note="", now=answer, actor="x")

    assert fresh(lead).first_response_at == answer
    assert delays(lead) == [60 * (1 + 2 + 1), 60 * 9, 0, 60 * (5 + 3)]


def test_an_accept_does_not_undo_an_alert_that_leaves_at_the_same_moment(now: datetime) -> None:
    company(now)
    lead = routed(now)
    read_before = current(lead)
    tell(now + MINUTE)

    note_acceptance(lead, read_before, now=now + 2 * MINUTE)

    row = current(lead)
    assert (row.alerted_at, row.clock_started_at) == (now + MINUTE, now + MINUTE)
    assert row.accepted_at == now + 2 * MINUTE


def test_the_time_of_who_accepts_before_the_alert_runs_since_then(now: datetime) -> None:
    company(now)
    lead = routed(now)
    rep = owner_of(lead)
    accept(lead=lead, rep=rep, now=now + MINUTE, actor="x")
    tell(now + 3 * MINUTE)

    respond(lead=lead, rep=rep, channel="call", note="", now=now + 5 * MINUTE, actor="x")

    assert (current(lead).alerted_at, current(lead).clock_started_at) == (now + 3 * MINUTE, now + MINUTE)
    assert delays(lead) == [60, 0, 0, 240]


def test_time_in_which_the_clock_did_not_run_lies_outside_the_hours(now: datetime) -> None:
    _, (ana,) = company(now, "Ana")
    nine_to_five(ana)
    lead = told(now)

    respond(lead=lead, rep=ana, channel="call", note="", now=now + timedelta(hours=22, minutes=4), actor="x")

    assert delays(lead) == [0, 0, 16 * 3600, 6 * 3600 + 240]


def test_a_second_answer_changes_nothing(now: datetime) -> None:
    company(now, "Ana")
    lead = told(now)

    for minutes in (1, 9):
        respond(lead=lead, rep=owner_of(lead), channel="call", note="", now=now + minutes * MINUTE, actor="x")

    assert (fresh(lead).first_response_at, delays(lead)) == (now + MINUTE, [0, 0, 0, 60])
