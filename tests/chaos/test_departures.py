"""People leave while several routers give them leads: nobody who is gone ends up with one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Count, Sum

from reps.models import Rep
from routing.clock import current_time
from routing.models import Assignment, Lead, LedgerAccount
from routing.services.people.leaving import plan_departure
from routing.services.people.plans import Choice, Kind, Place, usual_plan
from routing.services.publish import publish
from routing.services.receive_lead import receive_leads
from tests.chaos.processes import finish, start_routers
from tests.factories import make_catch_all, make_pool, make_rep, make_settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]
LEADS, ROUTERS = 200, 3


def test_nobody_who_left_owns_a_lead_that_came_meanwhile() -> None:
    now = current_time() - timedelta(seconds=1)
    make_settings()
    stays = make_rep("Stays")
    leavers = [make_rep(f"Leaver{n}", backup=stays) for n in range(4)]
    pool = make_pool(stays, make_rep("Other"), *leavers)
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    receive_leads(submissions=[{"email": f"x@company{n}.example", "form": "demo"} for n in range(LEADS)], now=now)
    routers = [start_routers(ROUTERS, limit=10)]
    places = [Place(rep=stays.pk), Place(pool=pool.pk), Place(), Place(pool=pool.pk)]

    while not Lead.objects.owned().exists():
        assert any(router.poll() is None for router in routers)
    for leaver, place in zip(leavers, places, strict=True):
        plan = usual_plan(leaver) | {Kind.LEADS: Choice(place)}
        plan_departure(rep=leaver, leaves_at=current_time(), plan=plan, user=None, now=current_time())

    failed = finish(routers)
    open_ones = Assignment.objects.current().order_by().values("lead").annotate(count=Count("pk"))
    sums = LedgerAccount.objects.order_by().values("ledger").annotate(sum=Sum("balance"))
    assert failed == []
    assert not Lead.objects.filter(owner__active=False).exists()
    assert not Assignment.objects.current().filter(rep__active=False).exists()
    assert {row["count"] for row in open_ones} == {1}
    assert {row["sum"] for row in sums} == {0}
    assert Rep.objects.filter(active=False).count() == len(leavers)
