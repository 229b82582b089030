"""Many routers at once, each a real process: every lead once, and the turns as fair as with one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from routing.clock import current_time
from routing.models import Assignment, Decision, Lead, LedgerAccount, Posting
from routing.services.publish import publish
from routing.services.receive_lead import receive_leads
from tests.chaos.processes import finish, start
from tests.factories import make_catch_all, make_pool, make_rep, make_settings

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
    return finish([start("tests.chaos.router", str(limit)) for _ in range(ROUTERS)])


def running_spread(winners: Iterable[int]) -> int:
    """The largest difference between the most and the least leads of a rep, after any number of leads."""
    counts: Counter[int] = Counter()
    worst = 0
    for winner in winners:
        counts[winner] += 1
        least = min(counts.values()) if len(counts) == REPS else 0
        worst = max(worst, max(counts.values()) - least)
    return worst


@pytest.mark.parametrize("leads", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_eight_routers_give_every_lead_one_owner_in_fair_turns(leads: int) -> None:
    prepare(f"lead{n}@company{n}.example" for n in range(leads))

    failed = route_in_processes(limit=25)

    assert failed == []
    assert Lead.objects.exclude(owner=None).count() == Assignment.objects.count() == Decision.objects.count() == leads
    assert running_spread(Posting.objects.order_by("pk").values_list("winner", flat=True)) <= 1
    assert sum(LedgerAccount.objects.values_list("balance", flat=True)) == 0


def test_two_people_of_one_company_in_the_same_instant_have_one_owner() -> None:
    companies = 60
    prepare(f"{who}@company{n}.example" for n in range(companies) for who in ("mia", "tom"))

    failed = route_in_processes(limit=1)

    owners = {(lead.domain, lead.owner_id) for lead in Lead.objects.all()}
    assert failed == []
    assert len(owners) == companies


def test_the_spread_is_measured_after_every_lead(now: datetime) -> None:
    assert running_spread([1, 2, 3, 4, 5, 6, 7, 1, 1]) == 2
