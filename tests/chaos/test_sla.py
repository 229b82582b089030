"""An owner answers in the very instant in which their time is over: exactly one wins, and both are told the truth."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from routing.models import Assignment, Lead, Offer, OutboxMessage
from routing.services.lead_actions import accept, claim, respond
from routing.services.lead_actions.refusals import Refusal
from routing.services.route_pending import route_all
from routing.services.sla.steps import take_sla_steps
from tests.chaos.at_once import at_once
from tests.factories import make_lead
from tests.routing.lead_acts import current, fresh, owner_of, sums
from tests.routing.sla_company import MINUTE, company, pass_time, tell, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]
ROUNDS = 10
REASSIGN = [{"after_minutes": 5, "do": "reassign"}]


@pytest.mark.parametrize("early", [timedelta(milliseconds=1), timedelta(0)])
def test_who_accepts_while_their_time_ends_keeps_the_lead_or_is_refused(now: datetime, early: timedelta) -> None:
    company(now, steps=REASSIGN)
    for number in range(ROUNDS):
        at = now + number * timedelta(hours=1)
        lead = told(at)
        owner, first, end = owner_of(lead), current(lead), at + 5 * MINUTE

        accepted, _ = at_once(
            lambda: accept(lead=lead, rep=owner, now=end - early, actor="x"),  # noqa: B023  done before the next round
            lambda: take_sla_steps(now=end),  # noqa: B023
        )
        take_sla_steps(now=end + MINUTE)

        first.refresh_from_db()
        kept = not isinstance(accepted, Refusal)
        assert (fresh(lead).owner == owner) is kept
        assert (first.accepted_at is not None, first.ended_at is None) == (kept, kept)
        assert OutboxMessage.objects.filter(kind="taken_away", assignment=first).exists() is not kept


def test_several_sweeps_at_once_move_each_lead_once(now: datetime) -> None:
    company(now, steps=REASSIGN)
    for _ in range(12):
        make_lead(now)
    route_all(now=now)
    tell(now)
    then = now + 5 * MINUTE

    at_once(*[lambda: take_sla_steps(now=then)] * 4)
    take_sla_steps(now=then)
    route_all(now=then)

    assert set(Lead.objects.values_list("attempt", "status")) == {(2, "assigned")}
    assert OutboxMessage.objects.filter(kind="taken_away").count() == 12
    assert sums() == {0}


def test_who_answers_while_a_second_rep_takes_it_up(now: datetime) -> None:
    company(now, "Ana", "Bob", steps=[{"after_minutes": 4, "do": "offer"}])
    for number in range(ROUNDS):
        at = now + number * timedelta(hours=1)
        lead = told(at)
        owner = owner_of(lead)
        then = pass_time(at, 4)
        second = Offer.objects.standing().get(lead=lead).rep

        results = at_once(
            lambda: respond(lead=lead, rep=owner, channel="call", note="", now=then, actor="x"),  # noqa: B023
            lambda: claim(lead=lead, rep=second, now=then, actor="y"),  # noqa: B023
        )

        assert [isinstance(result, Refusal) for result in results].count(True) == 1
        assert owner_of(lead) == (second if isinstance(results[0], Refusal) else owner)
        assert Assignment.objects.current().filter(lead=lead).count() == 1
    assert sums() == {0}
