"""Leads that are offered one rep at a time and not taken yet count as theirs when the next is offered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from routing.engine.decide import decide
from routing.models import Decision, Offer
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.snapshots.rebuild import rebuild
from tests.factories import make_catch_all, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db


def offer_leads(count: int, now: datetime, *, batches: bool) -> list[str]:
    """To whom so many leads are offered, one after the other."""
    for number in range(count):
        receive_lead(facts={"form": "demo", "email": f"mia@company{number}.example"}, now=now)
        if batches:
            route_all(now=now + timedelta(seconds=number))
    route_all(now=now + timedelta(seconds=count))
    return list(Offer.objects.order_by("lead_id").values_list("rep__email", flat=True))


@pytest.mark.parametrize("batches", [True, False])
def test_an_hours_leads_are_not_all_offered_to_one(now: datetime, batches: bool) -> None:
    make_settings()
    reps = [make_rep() for _ in range(3)]
    make_catch_all(make_pool(*reps, offer="exclusive"))
    publish(note="", user=None, now=now)

    offered = offer_leads(6, now, batches=batches)

    assert offered == [rep.email for rep in reps] * 2
    for decision in Decision.objects.filter(outcome="held"):
        rebuilt = rebuild(decision)
        assert (
            decide(rebuilt.lead, rebuilt.rulebook, rebuilt.batch).offers[0].rep
            == Offer.objects.get(decision=decision).rep_id
        )
