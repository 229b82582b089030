"""Many routers at once, each a real process: every lead once, and the turns as fair as with one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from routing.clock import current_time
from routing.models import Assignment, Decision, Lead, Ledger, LedgerAccount, Posting
from routing.services.publish import publish
from routing.services.receive_lead import receive_leads
from tests.chaos.harness.spread import running_spread
from tests.chaos.processes import finish, start_routers
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]
ROUTERS = 8
REPS = 7


def prepare(emails: Iterable[str]) -> None:
    """A pool that nobody used before, and pending leads."""
    now = current_time() - timedelta(seconds=1)
    make_settings()
    make_catch_all(make_pool(*[make_rep() for _ in range(REPS)]))
    publish(note="", user=None, now=now)
    receive_leads(submissions=[{"email": email, "form": "demo"} for email in emails], now=now)


def route_in_processes(limit: int) -> list[str]:
    return finish([start_routers(ROUTERS, limit=limit)])


@pytest.mark.parametrize("leads", [400, pytest.param(20_000, marks=pytest.mark.long)])
def test_eight_routers_give_every_lead_one_owner_in_fair_turns(leads: int) -> None:
    prepare(f"lead{n}@company{n}.example" for n in range(leads))

    failed = route_in_processes(limit=25)

    assert failed == []
    assert Lead.objects.exclude(owner=None).count() == Assignment.objects.count() == Decision.objects.count() == leads
    assert running_spread(Posting.objects.order_by("pk").values_list("winner", flat=True), reps=REPS) <= 1
    assert sum(LedgerAccount.objects.values_list("balance", flat=True)) == 0


def test_two_people_of_one_company_in_the_same_instant_have_one_owner() -> None:
    companies = 30
    prepare(f"{who}@company{n}.example" for n in range(companies) for who in ("mia", "tom"))

    failed = route_in_processes(limit=1)

    owners = {(lead.domain, lead.owner_id) for lead in Lead.objects.all()}
    assert failed == []
    assert len(owners) == companies


def test_the_spread_is_measured_after_every_lead(now: datetime) -> None:
    assert running_spread([1, 2, 3, 4, 5, 6, 7, 1, 1], reps=REPS) == 2


def test_three_routers_together_never_exceed_a_cap() -> None:
    now = current_time() - timedelta(seconds=1)
    make_settings()
    reps = [make_rep(caps={"day": 3}) for _ in range(4)]
    first, second = make_pool(*reps), make_pool(*reps)
    make_rule(position=1, pool=first, conditions=[[{"field": "country", "op": "is", "value": "DE"}]])
    make_catch_all(second)
    publish(note="", user=None, now=now)
    receive_leads(
        submissions=[{"email": f"a@company{n}.example", "country": ("DE", "US")[n % 2]} for n in range(40)], now=now
    )

    failed = finish([start_routers(3, limit=2)])

    assert failed == []
    assert Counter(Assignment.objects.values_list("rep", flat=True)) == {rep.pk: 3 for rep in reps}


def test_two_pools_of_one_fairness_group_keep_one_ledger() -> None:
    now = current_time() - timedelta(seconds=1)
    make_settings()
    reps = [make_rep() for _ in range(REPS)]
    group = Ledger.objects.create(name="Group", shared=True)
    first, second = (make_pool(*reps, fairness_group=group) for _ in range(2))
    make_rule(position=1, pool=first, conditions=[[{"field": "country", "op": "is", "value": "DE"}]])
    make_catch_all(second)
    publish(note="", user=None, now=now)
    receive_leads(
        submissions=[{"email": f"a@company{n}.example", "country": ("DE", "US")[n % 2]} for n in range(160)], now=now
    )

    failed = finish([start_routers(4, limit=10)])

    assert failed == []
    assert set(LedgerAccount.objects.values_list("ledger", flat=True)) == {group.pk}
    assert sum(LedgerAccount.objects.values_list("balance", flat=True)) == 0
    assert running_spread(Posting.objects.order_by("pk").values_list("winner", flat=True), reps=REPS) <= 1
