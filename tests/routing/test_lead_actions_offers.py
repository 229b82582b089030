"""Offers: the first who takes one up owns the lead; declined or expired, it goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep
from routing.models import Lead, LeadEvent, Offer, Posting
from routing.services.expire_offers import expire_offers
from routing.services.lead_actions import NotOffered, NotTheirs, WrongState, claim, decline, quarantine, reassign
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.sla.clock import start_offers
from routing.services.sweep import sweep
from tests.factories import make_pool, make_rep, make_rule
from tests.routing.lead_acts import (
    balances,
    current,
    events,
    fresh,
    offer_results,
    open_company,
    owner_of,
    routed,
    sums,
)

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


def offered(now: datetime, kind: str, **fields: Any) -> tuple[Lead, dict[str, Rep]]:
    """An offered lead, and those whom it is offered to, who were told at once."""
    open_company(now, offer=kind, **fields)
    lead = routed(now)
    start_offers(dict.fromkeys(Offer.objects.standing().values_list("pk", flat=True), now), now=now)
    return lead, {offer.rep.name: offer.rep for offer in Offer.objects.standing().filter(lead=lead)}


def take(lead: Lead, rep: Rep, now: datetime) -> Lead:
    return claim(lead=lead, rep=rep, now=now, actor=rep.name)


def test_the_first_who_claims_owns_the_lead(now: datetime) -> None:
    lead, reps = offered(now, "claim")

    taken = take(lead, reps["Bob"], now + LATER / 2)

    assert (taken.status, taken.owner, taken.method) == ("assigned", reps["Bob"], "claim")
    assert offer_results(lead) == {"Ana": "withdrawn", "Bob": "taken", "Cy": "withdrawn"}
    assert current(lead).alerted_at == now  # the clock runs since the offer


def test_the_taker_pays_what_all_earned(now: datetime) -> None:
    lead, reps = offered(now, "claim")

    take(lead, reps["Bob"], now)

    assert balances() == {"Ana": 333_333_333, "Bob": -666_666_666, "Cy": 333_333_333}
    assert current(lead).posting == Posting.objects.get()


def test_an_exclusive_offer_taken_up_costs_the_same_as_a_turn(now: datetime) -> None:
    lead, reps = offered(now, "exclusive")
    ((name, rep),) = reps.items()

    take(lead, rep, now)

    assert balances()[name] == -666_666_666
    assert sums() == {0}


def test_claiming_twice_changes_nothing(now: datetime) -> None:
    lead, reps = offered(now, "claim")

    for _ in range(2):
        take(lead, reps["Bob"], now)

    assert (fresh(lead).attempt, Posting.objects.count()) == (1, 1)


def test_who_comes_second_is_told_who_has_it(now: datetime) -> None:
    lead, reps = offered(now, "claim")
    take(lead, reps["Bob"], now)

    with pytest.raises(NotTheirs) as refused:
        take(lead, reps["Ana"], now)
    assert refused.value.owner == reps["Bob"]


def test_a_lead_offered_to_others_cannot_be_claimed(now: datetime) -> None:
    lead, _ = offered(now, "claim")

    with pytest.raises(NotOffered):
        take(lead, make_rep("Zoe"), now)


def test_whoever_has_reached_a_cap_meanwhile_cannot_claim(now: datetime) -> None:
    lead, reps = offered(now, "claim")
    Rep.objects.filter(name="Bob").update(caps={"day": 0})

    with pytest.raises(WrongState, match="cap"):
        take(lead, reps["Bob"], now)


def test_a_late_claim_counts_until_the_end_was_noticed(now: datetime) -> None:
    lead, reps = offered(now, "claim")

    assert take(lead, reps["Bob"], now + 2 * LATER).owner == reps["Bob"]


def test_an_exclusive_offer_that_expires_goes_to_the_next_and_posts_nothing(now: datetime) -> None:
    lead, reps = offered(now, "exclusive")

    sweep(now=now + LATER)
    route_all(now=now + LATER)

    standing = Offer.objects.standing().get(lead=lead)
    assert standing.rep.name not in reps
    assert not Posting.objects.exists()


def test_an_expired_offer_is_noted_once(now: datetime) -> None:
    lead, reps = offered(now, "exclusive")

    assert [expire_offers(now=now + LATER), expire_offers(now=now + LATER)] == [1, 0]
    assert events(lead, "offered") == [(f"{next(iter(reps))} did not take it in time", "")]


def test_a_declined_exclusive_offer_goes_to_the_next(now: datetime) -> None:
    lead, reps = offered(now, "exclusive")
    ((name, rep),) = reps.items()

    decline(lead=lead, rep=rep, reason="no_capacity", note="", now=now, actor=name)
    route_all(now=now)

    assert offer_results(lead)[name] == "declined"
    assert Offer.objects.standing().get(lead=lead).rep != rep


def test_a_lead_to_claim_waits_until_all_have_declined(now: datetime) -> None:
    lead, reps = offered(now, "claim")
    rest = list(reps.values())

    for rep in rest[:2]:
        decline(lead=lead, rep=rep, reason="other", note="", now=now, actor=rep.name)
    route_all(now=now)

    assert [offer.rep for offer in Offer.objects.standing().filter(lead=lead)] == rest[2:]


def test_nobody_else_declines_an_offer(now: datetime) -> None:
    lead, _ = offered(now, "claim")

    with pytest.raises(NotOffered):
        decline(lead=lead, rep=make_rep("Zoe"), reason="other", note="", now=now, actor="Zoe")


def test_giving_an_offered_lead_by_hand_withdraws_the_offers(now: datetime) -> None:
    lead, reps = offered(now, "claim")

    reassign(lead=lead, rep=reps["Ana"], reason="", counts=True, now=now, actor="Bo")

    assert set(offer_results(lead).values()) == {"withdrawn"}
    assert owner_of(lead) == reps["Ana"]
    assert sums() == {0}


def test_spam_that_was_offered_is_offered_no_more(now: datetime) -> None:
    lead, _ = offered(now, "claim")

    quarantine(lead=lead, reason="", now=now, actor="Bo")

    assert not Offer.objects.standing().exists()
    assert LeadEvent.objects.filter(lead=lead, kind="quarantined").exists()


def test_a_cap_holds_for_claims_of_somebody_who_is_paused_too(now: datetime) -> None:
    _, (ana, *_) = open_company(now, "Ana", "Bob", offer="claim")
    leads = [routed(now, email=f"mia@company{number}.example") for number in range(2)]
    Rep.objects.filter(pk=ana.pk).update(paused=True, caps={"day": 1})
    take(leads[0], ana, now)

    with pytest.raises(WrongState, match="cap"):
        take(leads[1], ana, now)


def test_a_wait_that_ran_out_stays_over_when_the_lead_comes_back(now: datetime) -> None:
    open_company(now, "Ana", "Bob")
    zoe = make_rep("Zoe", paused=True, paused_until=now + LATER)
    make_rule(pool=make_pool(zoe), when_nobody="wait", wait_minutes=10, position=1)
    publish(note="", user=None, now=now)
    lead = routed(now)
    Rep.objects.filter(pk=zoe.pk).update(paused_until=now + 5 * LATER)
    route_all(now=now + 3 * LATER)

    decline(lead=lead, rep=owner_of(lead), reason="other", note="", now=now + 4 * LATER, actor="x")
    route_all(now=now + 4 * LATER)

    assert fresh(lead).status == "assigned"
