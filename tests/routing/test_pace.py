"""The pace of leads that had waited, where a pool offers them: exclusively, or to be claimed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from reps.models import Rep
from routing.models import Lead, Offer
from routing.services.expire_offers import expire_offers
from routing.services.lead_actions import WrongState, claim, decline, release, respond
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_settings
from tests.routing.lead_acts import current, fresh, offer_results, open_company, owner_of, routed

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)
MODES = pytest.mark.parametrize("mode", ["exclusive", "claim"])


def night(now: datetime, mode: str, *names: str, leads: int = 1, burst: int = 1) -> list[Lead]:
    """Leads that came while nobody was there, offered an hour later."""
    open_company(now, *names, offer=mode)
    make_settings(release_burst=burst)
    publish(note="", user=None, now=now)
    Rep.objects.update(paused=True)
    came = [routed(now, email=f"mia@company{number}.example") for number in range(leads)]
    Rep.objects.update(paused=False)
    route_all(now=now + timedelta(hours=1))
    return [fresh(lead) for lead in came]


def take(lead: Lead, rep: Rep, now: datetime) -> Lead:
    return claim(lead=lead, rep=rep, now=now, actor=rep.name)


def reasons(leads: list[Lead]) -> list[str]:
    return sorted(fresh(lead).held_reason for lead in leads)


@MODES
def test_a_lead_that_had_waited_still_has_when_its_offer_is_taken(now: datetime, mode: str) -> None:
    (lead,) = night(now, mode, "Ana")

    take(lead, Rep.objects.get(), now + timedelta(hours=1))

    assert current(lead).released


@MODES
def test_a_lead_that_was_only_offered_has_not_waited(now: datetime, mode: str) -> None:
    open_company(now, "Ana", offer=mode)
    lead = routed(now)

    take(lead, Rep.objects.get(), now)

    assert not current(lead).released


def test_a_lead_offered_to_the_next_has_still_waited(now: datetime) -> None:
    (lead,) = night(now, "exclusive", "Ana", "Bob")
    first = Offer.objects.standing().get().rep
    decline(lead=lead, rep=first, reason="other", note="", now=now + timedelta(hours=1), actor="x")
    route_all(now=now + timedelta(hours=1))

    take(lead, Offer.objects.standing().get().rep, now + timedelta(hours=1))

    assert current(lead).released
    assert owner_of(lead) != first


def test_waiting_before_the_last_owner_is_over(now: datetime) -> None:
    (lead,) = night(now, "exclusive", "Ana", "Bob")
    at = now + timedelta(hours=1)
    take(lead, Offer.objects.standing().get().rep, at)
    release(lead=lead, now=at + LATER, actor="Bo")
    route_all(now=at + LATER)

    take(lead, Offer.objects.standing().get().rep, at + LATER)

    assert not current(lead).released


def test_nobody_alone_is_offered_a_whole_night(now: datetime) -> None:
    leads = night(now, "exclusive", "Ana", leads=4, burst=2)

    assert reasons(leads) == ["nobody_available"] * 2 + ["offered"] * 2


def test_a_whole_night_may_be_claimed_by_all_of_a_pool(now: datetime) -> None:
    leads = night(now, "claim", "Ana", "Bob", leads=4, burst=1)

    assert reasons(leads) == ["offered"] * 4


def test_whoever_has_claimed_enough_waits_until_they_answer(now: datetime) -> None:
    first, second = night(now, "claim", "Ana", leads=2)
    at, ana = now + timedelta(hours=1), Rep.objects.get()
    take(first, ana, at)

    with pytest.raises(WrongState, match="1 lead to answer that had waited"):
        take(second, ana, at)


def test_whoever_has_taken_enough_is_offered_no_more_until_they_answer(now: datetime) -> None:
    first, second = night(now, "exclusive", "Ana", leads=2)
    at, ana = now + timedelta(hours=1), Rep.objects.get()
    take(first, ana, at)
    route_all(now=at + LATER)
    assert reasons([second]) == ["nobody_available"]

    respond(lead=first, rep=ana, channel="call", note="", now=at + LATER, actor="Ana")
    route_all(now=at + 2 * LATER)

    assert reasons([second]) == ["offered"]


def test_new_leads_are_offered_whatever_is_waiting_for_an_answer(now: datetime) -> None:
    night(now, "claim", "Ana", leads=2)

    assert routed(now + timedelta(hours=1)).held_reason == "offered"


def test_whoever_has_got_enough_meanwhile_cannot_claim_what_had_waited(now: datetime) -> None:
    first, second = night(now, "claim", "Ana", leads=2, burst=2)
    at, ana = now + timedelta(hours=1), Rep.objects.get()
    take(first, ana, at)
    make_settings(release_burst=1)
    publish(note="", user=None, now=at)

    with pytest.raises(WrongState, match="leads? to answer that had waited"):
        take(second, ana, at)


@pytest.mark.django_db(transaction=True)
def test_an_offer_that_ends_makes_room_for_the_next_lead(now: datetime) -> None:
    leads = night(now, "exclusive", "Ana", leads=2)
    at = now + timedelta(hours=1) + LATER / 2
    Offer.objects.update(until=at)

    expire_offers(now=at)
    route_all(now=at)

    assert reasons(leads) == ["nobody_available", "offered"]
    assert [offer_results(lead) for lead in leads] == [{"Ana": "expired"}, {"Ana": ""}]
