"""What owners do with their leads: accept, respond, decline."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from reps.models import Rep
from routing.models import Assignment, DeclineReason, Lead, Pool, Posting
from routing.services.lead_actions import Invalid, NotTheirs, WrongState, accept, decline, respond, set_outcome
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_rep
from tests.routing.lead_acts import balances, current, events, fresh, open_company, owner_of, routed, sums

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def company(now: datetime) -> tuple[Pool, list[Rep]]:
    return open_company(now)


def decline_for(lead: Lead, reason: str, now: datetime, note: str = "") -> Lead:
    owner = owner_of(lead)
    return decline(lead=lead, rep=owner, reason=reason, note=note, now=now, actor=owner.name)


# --- accept and respond ------------------------------------------------------------------------------------------


def test_accepting_is_no_response(now: datetime) -> None:
    lead = routed(now)

    accept(lead=lead, rep=owner_of(lead), now=now + MINUTE, actor="Ana")

    assert (current(lead).accepted_at, current(lead).responded_at) == (now + MINUTE, None)


def test_accepting_twice_keeps_the_first_instant(now: datetime) -> None:
    lead = routed(now)

    for minute in (1, 2):
        accept(lead=lead, rep=owner_of(lead), now=now + minute * MINUTE, actor="Ana")

    assert current(lead).accepted_at == now + MINUTE
    assert len(events(lead, "accepted")) == 1


def test_nobody_else_can_accept(now: datetime) -> None:
    lead = routed(now)

    with pytest.raises(NotTheirs, match=f"{owner_of(lead).name} has this lead now"):
        accept(lead=lead, rep=make_rep("Zoe"), now=now, actor="Zoe")


def test_an_old_attempt_is_refused(now: datetime) -> None:
    lead = routed(now)

    with pytest.raises(NotTheirs) as refused:
        accept(lead=lead, rep=owner_of(lead), now=now, actor="Ana", attempt=2)
    assert refused.value.owner == owner_of(lead)


def test_the_first_response_counts_even_after_the_deadline(now: datetime) -> None:
    lead, late = routed(now), now + timedelta(hours=9)
    Assignment.objects.update(due_at=now + MINUTE)

    respond(lead=lead, rep=owner_of(lead), channel="call", note="Called", now=late, actor="Ana")
    respond(lead=lead, rep=owner_of(lead), channel="mail", note="Sent", now=late + MINUTE, actor="Ana")

    assert (current(lead).responded_at, current(lead).channel, current(lead).note) == (late, "call", "Called")
    assert [text.partition(" ")[2] for text, _ in events(lead, "responded")] == [
        "answered (call), late: Called",
        "answered (mail): Sent",
    ]


def test_a_channel_must_fit(now: datetime) -> None:
    lead = routed(now)

    with pytest.raises(Invalid) as refused:
        respond(lead=lead, rep=owner_of(lead), channel="x" * 21, note="", now=now, actor="Ana")
    assert list(refused.value.errors) == ["channel"]


# --- decline -----------------------------------------------------------------------------------------------------


def test_a_declined_lead_goes_to_the_next_rep_at_once(now: datetime) -> None:
    lead = routed(now)
    first = owner_of(lead)

    assert decline_for(lead, "no_capacity", now, "Too much").status == "pending"
    route_all(now=now)

    ended = Assignment.objects.get(lead=lead, rep=first)
    assert (ended.end_reason, ended.decline_reason, ended.note) == ("declined", "no_capacity", "Too much")
    assert owner_of(lead) != first
    assert fresh(lead).attempt == 2


def test_whoever_declined_never_gets_it_back(now: datetime) -> None:
    lead = routed(now)

    for _ in range(3):
        decline_for(lead, "other", now)
        route_all(now=now)

    assert (fresh(lead).status, fresh(lead).owner) == ("held", None)


@pytest.mark.parametrize("reason", ["spam", "duplicate"])
def test_spam_and_duplicates_end_in_review(reason: str, now: datetime) -> None:
    lead = routed(now)

    decline_for(lead, reason, now)

    assert (fresh(lead).status, fresh(lead).owner) == ("quarantined", None)
    assert "declined it" in fresh(lead).screen_reason


@pytest.mark.parametrize("reason", DeclineReason.values)
def test_only_creditable_reasons_give_the_turn_back(reason: str, now: datetime) -> None:
    lead = routed(now)

    decline_for(lead, reason, now)

    creditable = reason in ("spam", "duplicate", "bad_data", "wrong_territory")
    assert Posting.objects.filter(kind="reversal").count() == creditable
    assert (set(balances().values()) == {0}) is creditable
    assert sums() == {0}


def test_declining_twice_tells_who_has_it_now(now: datetime) -> None:
    lead = routed(now)
    first = owner_of(lead)
    decline_for(lead, "other", now)
    route_all(now=now)

    with pytest.raises(NotTheirs) as refused:
        decline(lead=lead, rep=first, reason="other", note="", now=now, actor="Ana")
    assert refused.value.owner == owner_of(lead)


def test_an_unknown_reason_is_refused(now: datetime) -> None:
    with pytest.raises(Invalid):
        decline_for(routed(now), "boring", now)


def test_a_closed_lead_is_not_declined(now: datetime) -> None:
    lead = routed(now)
    set_outcome(lead=lead, stage="won", amount=None, reason="", now=now, actor="Ana")

    with pytest.raises(WrongState):
        decline_for(lead, "other", now)


def test_who_declined_and_why_is_told(now: datetime) -> None:
    lead = routed(now)
    name = owner_of(lead).name

    decline_for(lead, "not_my_field", now, "Ask Bob")

    assert events(lead, "declined") == [(f"{name} declined: not my field. Ask Bob", name)]


def test_a_need_that_was_dropped_stays_dropped_for_the_next_owner(now: datetime) -> None:
    only_ana = {"languages": [{"language": "de", "patience_minutes": 10}]}
    Rep.objects.filter(name="Ana").update(languages=["de"])
    Pool.objects.update(requires=only_ana)
    publish(note="", user=None, now=now)
    lead = routed(now)
    assert owner_of(lead).name == "Ana"

    decline_for(lead, "other", now + 11 * MINUTE)
    route_all(now=now + 11 * MINUTE)

    assert fresh(lead).status == "assigned"
