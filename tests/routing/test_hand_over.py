"""Open leads go to others while their owner stays: by hand, or when a leave begins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reps.models import Rep, TimeOff
from routing.models import Assignment, Lead, Offer, OutboxMessage, Posting
from routing.services.lead_actions import Invalid
from routing.services.people.handing_over import HandedOver, Which, hand_over, hand_over_due
from routing.services.publish import publish
from tests.factories import make_catch_all, make_lead, make_owned_lead, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(now):
    """Ana has one lead that she answered, and one that she did not."""
    make_settings()
    bob, carla = make_rep("Bob Ray"), make_rep("Carla Yu")
    ana = make_rep("Ana Diaz", backup=bob)
    pool = make_pool(ana, bob, carla, name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    for responded_at in (None, now):
        Assignment.objects.create(
            lead=make_owned_lead(now, ana), rep=ana, pool=pool, method="round_robin", assigned_at=now,
            responded_at=responded_at,
        )  # fmt: skip
    return {"ana": ana, "bob": bob, "carla": carla, "pool": pool}


def by_hand(company, now, which=Which.OPEN, **where):
    return hand_over(rep=company["ana"], which=which, reason="training", now=now, actor="Boss", **where)


def on_leave(company, now, hand_over, leads="unanswered", **fields):
    span = {"starts_at": now, "ends_at": now + timedelta(days=7)} | fields
    return TimeOff.objects.create(rep=company["ana"], hand_over=hand_over, hand_over_leads=leads, **span)


def owners() -> list[str]:
    return list(Lead.objects.order_by("pk").values_list("owner__name", flat=True))


def test_all_open_leads_go_to_somebody(company, now) -> None:
    assert by_hand(company, now, to=company["bob"]) == HandedOver(moved=2)
    assert owners() == ["Bob Ray", "Bob Ray"]


def test_only_those_without_an_answer_go(company, now) -> None:
    by_hand(company, now, Which.UNANSWERED, to=company["bob"])

    assert owners() == ["Bob Ray", "Ana Diaz"]


def test_a_pool_takes_them_by_turn_and_never_gives_them_back(company, now) -> None:
    by_hand(company, now, pool=company["pool"])

    assert sorted(owners()) == ["Bob Ray", "Carla Yu"]
    assert Posting.objects.count() == 2


def test_without_a_place_the_rules_decide_anew(company, now) -> None:
    assert by_hand(company, now) == HandedOver(routed=2)
    assert set(Lead.objects.values_list("status", "owner")) == {("pending", None)}


def test_who_loses_them_is_told_why(company, now) -> None:
    by_hand(company, now, to=company["bob"])

    kinds = dict(OutboxMessage.objects.values_list("kind", "rep__name"))
    assert kinds == {"handed_over": "Bob Ray", "taken_away": "Ana Diaz"}
    assert OutboxMessage.objects.get(kind="taken_away").payload == {"why": "training"}


def test_with_all_what_is_offered_to_them_goes_on_too(company, now) -> None:
    later = now + timedelta(hours=1)
    waits = {"held_reason": "offered", "held_since": now, "hold_deadline_at": later, "route_after": later}
    lead = make_lead(now, status="held", **waits)
    Offer.objects.create(lead=lead, rep=company["ana"], kind="claim", offered_at=now, alerted_at=now, until=later)

    assert by_hand(company, now, Which.ALL, to=company["bob"]).offers == 1

    lead.refresh_from_db()
    assert lead.route_after == now
    assert OutboxMessage.objects.get(kind="offer_gone").rep == company["ana"]


def test_nobody_hands_over_to_an_inactive_rep_or_to_themselves(company, now) -> None:
    Rep.objects.filter(pk=company["bob"].pk).update(active=False)

    for rep in (company["bob"], company["ana"]):
        with pytest.raises(Invalid):
            by_hand(company, now, to=rep)


def test_a_pool_that_is_not_published_takes_nothing(company, now) -> None:
    with pytest.raises(Invalid):
        by_hand(company, now, pool=make_pool(company["bob"]))


def test_leads_go_to_the_backup_when_the_leave_begins(company, now) -> None:
    leave = on_leave(company, now, "backup")

    assert hand_over_due(now=now - timedelta(seconds=1)) == 0
    assert hand_over_due(now=now) == 1

    leave.refresh_from_db()
    assert owners() == ["Bob Ray", "Ana Diaz"]
    assert leave.handed_over_at == now


def test_all_open_leads_can_be_routed_anew_when_the_leave_begins(company, now) -> None:
    on_leave(company, now, "routing", "open")

    assert hand_over_due(now=now) == 2
    assert owners() == [None, None]


def test_a_leave_hands_over_once(company, now) -> None:
    on_leave(company, now, "backup", "open")
    hand_over_due(now=now)
    Lead.objects.update(owner=company["ana"])

    assert hand_over_due(now=now + timedelta(days=1)) == 0


def test_a_leave_that_keeps_the_leads_moves_none(company, now) -> None:
    on_leave(company, now, "")

    assert hand_over_due(now=now) == 0
    assert owners() == ["Ana Diaz", "Ana Diaz"]


def test_a_leave_that_is_over_before_it_is_noticed_moves_none(company, now) -> None:
    on_leave(company, now, "backup", ends_at=now + timedelta(hours=1))

    assert hand_over_due(now=now + timedelta(hours=2)) == 0


def test_without_a_backup_who_is_active_they_are_routed_anew(company, now) -> None:
    Rep.objects.filter(pk=company["bob"].pk).update(active=False)
    on_leave(company, now, "backup")

    hand_over_due(now=now)

    assert owners() == [None, "Ana Diaz"]
