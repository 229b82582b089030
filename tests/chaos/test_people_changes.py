"""People pause, join, leave and publish while several routers route: no router fails, and no lead is lost."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from subprocess import Popen

import pytest
from django.db.models import Count, Sum

from reps.models import Rep
from routing.clock import current_time
from routing.models import Assignment, Lead, LedgerAccount, Pool, PoolMember, Rule
from routing.services.change_rep import change_rep
from routing.services.manage import remove_member, save_member
from routing.services.publish import publish
from routing.services.receive_lead import receive_leads
from tests.chaos.processes import finish, start_routers
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]
LEADS = 250
ROUTERS = 3
REPS = 6


def prepare() -> tuple[list[Pool], list[Rep], Rule]:
    """Two pools that share their people, a rule to the first of them for every other lead, and pending leads."""
    now = current_time() - timedelta(seconds=1)
    make_settings()
    reps = [make_rep() for _ in range(REPS)]
    pools = [make_pool(*reps), make_pool(*reps)]
    rule = make_rule(position=1, pool=pools[0], conditions=[[{"field": "country", "op": "is", "value": "DE"}]])
    make_catch_all(pools[1])
    publish(note="", user=None, now=now)
    receive_leads(
        submissions=[
            {"email": f"lead{n}@company{n % 300}.example", "form": "demo", "country": ("DE", "US")[n % 2]}
            for n in range(LEADS)
        ],
        now=now,
    )
    return pools, reps, rule


def pause_or_resume(rep: Rep) -> None:
    paused = Rep.objects.get(pk=rep.pk).paused
    change_rep(rep=rep, changes={"paused": not paused}, now=current_time())


def join_or_leave(pool: Pool, rep: Rep) -> None:
    member = PoolMember.objects.filter(pool=pool, rep=rep).first()
    if member:
        remove_member(member=member, now=current_time())
    else:
        save_member(pool=pool, rep=rep, now=current_time())


def publish_another(rule: Rule) -> None:
    rule.name = f"Germany {current_time():%H:%M:%S.%f}"
    rule.save()
    publish(note="", user=None, now=current_time())


def change_while_running(routers: list[Popen[str]], pools: list[Pool], reps: list[Rep], rule: Rule) -> int:
    """Change something again and again until every lead was decided; how often. The first rep always takes leads.

    Then no more: each change lets routers look again at all that wait, and they would never be done.
    """
    chance, changes, changing = Random(7), 0, reps[1:]
    undecided = Lead.objects.filter(status=Lead.Status.PENDING)
    while any(router.poll() is None for router in routers) and undecided.exists():
        kind = chance.choices(("pause", "member", "publish"), (2, 2, 1))[0]
        if kind == "pause":
            pause_or_resume(chance.choice(changing))
        elif kind == "member":
            join_or_leave(chance.choice(pools), chance.choice(changing))
        else:
            publish_another(rule)
        changes += 1
    return changes


def test_people_change_while_three_routers_route() -> None:
    pools, reps, rule = prepare()
    routers = [start_routers(ROUTERS, limit=10)]

    try:
        changes = change_while_running(routers, pools, reps, rule)
    finally:
        failed = finish(routers)  # also if a change was refused: they would hold on to the database of the next test

    sums = LedgerAccount.objects.order_by().values("ledger").annotate(sum=Sum("balance"))
    open_ones = Assignment.objects.filter(ended_at=None).order_by().values("lead").annotate(count=Count("pk"))
    assert failed == []
    assert changes > 0
    assert set(Lead.objects.order_by().values_list("status", flat=True)) <= {"assigned", "held"}
    assert {row["sum"] for row in sums} <= {0}
    assert {row["count"] for row in open_ones} == {1}, set(Lead.objects.values_list("status", "held_reason"))
    assert len(open_ones) == Lead.objects.exclude(owner=None).count()
    assert not Lead.objects.filter(route_tries__gt=0).exists()
