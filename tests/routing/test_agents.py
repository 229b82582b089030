"""Agents as reps: told by a signed webhook, which they acknowledge or lose the lead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from reps.models import Rep, Team, Weekday, WorkingHours
from routing.insights.load import load_by_rep
from routing.insights.periods import Period
from routing.insights.speed import speed_to_response
from routing.models import Assignment, Lead, OutboxMessage
from routing.services.agents.secret import agent_secret
from routing.services.lead_actions import accept, release, respond
from routing.services.lead_actions.route import route_lead
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.snapshots.hours import HoursSettings, load_windows
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_settings, make_team
from tests.receiver import Receiver, Reply, receiver
from tests.routing.calls import call_all
from tests.routing.lead_acts import current, events, fresh, owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent_at(settings: Any) -> Iterator[Receiver]:
    with receiver() as found:
        settings.OUTGOING_ALLOWED = [found.host]
        yield found


@pytest.fixture
def agent(agent_at: Receiver, now: datetime) -> Rep:
    """An agent that gets the first lead, and a person who gets the next one."""
    make_settings()
    agent = make_rep("Ada", kind=Rep.Kind.AGENT, webhook=f"{agent_at.url}/leads", ack_seconds=2)
    make_catch_all(make_pool(agent, make_rep("Bob")))
    publish(note="", user=None, now=now)
    return agent


def owned_by_agent(now: datetime) -> Lead:
    lead = make_lead(now, form="demo", message="Hello", country="US")
    route_all(now=now)
    assert owner_of(lead).name == "Ada"
    return lead


# --- the alert ---------------------------------------------------------------------------------------------------


def test_an_agent_is_told_by_a_signed_call_and_by_no_mail(agent: Rep, agent_at: Receiver) -> None:
    now = datetime.now(UTC)
    lead = owned_by_agent(now)
    call_all(now)
    [call] = agent_at.calls
    told = Verifier(agent_secret(agent)).verify(call.body, call.headers)
    assert (call.path, told["type"], told["data"]["lead"]["id"]) == ("/leads", "agent.lead", str(lead.uuid))
    assert OutboxMessage.objects.filter(channel="email").count() == 0


def test_an_agent_is_told_why_until_when_and_where_to_answer(agent: Rep, agent_at: Receiver, now: datetime) -> None:
    lead = owned_by_agent(now)
    call_all(now)
    data = json.loads(agent_at.calls[0].body)["data"]
    assert data["why"] and data["attempt"] == 1 and data["acknowledge_seconds"] == 2
    assert data["deadline"] == "2026-03-03T16:05:00Z"
    assert data["links"]["respond"].endswith(f"/api/v1/leads/{lead.uuid}/respond")


def test_a_2xx_acknowledges_and_starts_the_clock(agent: Rep, now: datetime) -> None:
    lead = owned_by_agent(now)
    call_all(now + timedelta(seconds=1))
    at = now + timedelta(seconds=1)
    assignment = current(lead)
    assert (assignment.acknowledged_at, assignment.clock_started_at) == (at, at)
    assert assignment.due_at == at + timedelta(minutes=5)
    assert [text for text, _ in events(lead, "acknowledged")] == ["Ada acknowledged the alert"]


def test_a_changed_secret_key_still_verifies_with_the_former_one(agent: Rep, agent_at: Receiver, settings: Any) -> None:
    former, now = agent_secret(agent), datetime.now(UTC)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [settings.SECRET_KEY]
    owned_by_agent(now)
    call_all(now)
    [call] = agent_at.calls
    for secret in (former, agent_secret(agent)):
        assert Verifier(secret).verify(call.body, call.headers)["type"] == "agent.lead"


def test_two_agents_have_two_secrets() -> None:
    assert agent_secret(make_rep("Ada")) != agent_secret(make_rep("Bea"))


# --- no acknowledgement ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 404, 500])
def test_whoever_does_not_acknowledge_loses_the_lead_at_once(
    agent: Rep, agent_at: Receiver, now: datetime, status: int
) -> None:
    agent_at.answer = lambda call: Reply(status)
    lead = owned_by_agent(now)
    call_all(now)
    route_all(now=now)
    assert owner_of(lead).name == "Bob"
    ended = Assignment.objects.get(lead=lead, rep=agent)
    assert (ended.end_reason, ended.acknowledged_at) == ("unacknowledged", None)
    assert "did not acknowledge" in ended.note


def test_an_agent_that_is_away_loses_the_lead_at_once(agent: Rep, now: datetime) -> None:
    Rep.objects.filter(pk=agent.pk).update(webhook="http://127.0.0.1:1/")
    lead = owned_by_agent(now)
    call_all(now)
    route_all(now=now)
    assert owner_of(lead).name == "Bob"


def test_an_agent_that_hangs_loses_the_lead_after_its_seconds(agent: Rep, agent_at: Receiver, now: datetime) -> None:
    Rep.objects.filter(pk=agent.pk).update(ack_seconds=1)

    def hang(call: object) -> Reply:
        agent_at.over.wait(10)
        return Reply()

    agent_at.answer = hang
    lead = owned_by_agent(now)
    call_all(now)
    agent_at.over.set()
    route_all(now=now)
    assert owner_of(lead).name == "Bob"
    assert "longer than 1 seconds" in Assignment.objects.get(lead=lead, rep=agent).note


def test_the_person_who_gets_it_next_is_told_by_mail(agent: Rep, agent_at: Receiver, now: datetime) -> None:
    agent_at.answer = lambda call: Reply(500)
    lead = owned_by_agent(now)
    call_all(now)
    route_all(now=now)
    assert OutboxMessage.objects.filter(lead=lead, rep__name="Bob", channel="email", kind="alert").exists()


def test_an_agent_that_dies_after_it_accepted_keeps_the_lead(agent: Rep, agent_at: Receiver, now: datetime) -> None:
    agent_at.answer = lambda call: Reply(500)
    lead = owned_by_agent(now)
    accept(lead=lead, rep=agent, now=now, actor="Ada")
    call_all(now)
    assert (owner_of(lead).name, current(lead).acknowledged_at) == ("Ada", now)


def test_an_alert_about_a_lead_that_has_moved_on_is_not_sent(agent: Rep, agent_at: Receiver, now: datetime) -> None:
    lead = owned_by_agent(now)
    release(lead=lead, now=now, actor="Bo")
    call_all(now)
    assert agent_at.calls == []


# --- hand-over to a person ---------------------------------------------------------------------------------------


def test_the_notes_of_the_agent_are_told_to_the_next_agent(agent: Rep, agent_at: Receiver, now: datetime) -> None:
    lead = owned_by_agent(now)
    call_all(now)
    release(lead=lead, reason="Wants a person. Budget: 50k.", now=now, actor="Ada")
    Rep.objects.filter(name="Bob").update(kind=Rep.Kind.AGENT, webhook=f"{agent_at.url}/bob")
    route_all(now=now)
    call_all(now)
    notes = json.loads(agent_at.calls[-1].body)["data"]["notes"]
    assert notes == [{"name": "Ada", "email": agent.email, "note": "Wants a person. Budget: 50k."}]


# --- on shift, caps, standing ------------------------------------------------------------------------------------


def windows_of(rep: Rep, now: datetime) -> object:
    return load_windows(rep_id=rep.pk, start=now, end=now + timedelta(days=2), settings=HoursSettings())


def closed_team() -> Team:
    """Works only on Sundays."""
    team = make_team()
    WorkingHours.objects.create(team=team, weekday=Weekday.SUNDAY, start="09:00", end="10:00")
    return team


def test_an_agent_keeps_no_teams_hours(now: datetime) -> None:
    agent = make_rep("Ada", kind=Rep.Kind.AGENT, webhook="https://a.example/", team=closed_team(), hours="team")
    assert windows_of(agent, now) is None


def test_an_agent_keeps_hours_of_its_own(now: datetime) -> None:
    agent = make_rep("Ada", kind=Rep.Kind.AGENT, webhook="https://a.example/", team=closed_team(), hours="own")
    WorkingHours.objects.create(rep=agent, weekday=now.weekday(), start="00:00", end="01:00")
    assert windows_of(agent, now) is not None


def test_a_person_keeps_the_teams_hours(now: datetime) -> None:
    assert windows_of(make_rep("Bob", team=closed_team(), hours="team"), now) == []


def test_an_agent_has_caps_like_anybody(agent: Rep, now: datetime) -> None:
    Rep.objects.filter(pk=agent.pk).update(caps={"day": 1})
    owned_by_agent(now)
    others = [make_lead(now) for _ in range(3)]
    route_all(now=now)
    assert {owner_of(lead).name for lead in others} == {"Bob"}


def test_an_answer_of_an_agent_counts_like_a_persons(agent: Rep, now: datetime) -> None:
    lead = owned_by_agent(now)
    call_all(now)
    respond(lead=lead, rep=agent, channel="mail", note="", now=now + timedelta(minutes=1), actor="Ada")
    assert fresh(lead).first_response_at == now + timedelta(minutes=1)


def test_routing_anew_forgets_that_the_agent_was_silent(agent: Rep, agent_at: Receiver, now: datetime) -> None:
    agent_at.answer = lambda call: Reply(500)
    lead = owned_by_agent(now)
    call_all(now)
    route_all(now=now)
    route_lead(lead=lead, now=now, actor="Bo")
    route_all(now=now)
    assert fresh(lead).owner is not None


# --- reports -----------------------------------------------------------------------------------------------------


def test_reports_keep_people_and_agents_apart(agent: Rep, now: datetime) -> None:
    lead = owned_by_agent(now)
    respond(lead=lead, rep=agent, channel="mail", note="", now=now + timedelta(minutes=1), actor="Ada")
    period = Period(now - timedelta(days=1), now + timedelta(days=1))
    assert [(load.name, load.agent) for load in load_by_rep(period, now=now)] == [("Bob", False), ("Ada", True)]
    answers = {kind: speed_to_response(period, by=kind).count for kind in Rep.Kind}
    assert answers == {Rep.Kind.HUMAN: 0, Rep.Kind.AGENT: 1}
