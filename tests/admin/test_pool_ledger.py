"""The page of a pool's ledger: balances around zero, whose turn is next, and shares against entitlement over time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reps.models import Rep
from routing.admin.ledger_pictures import balance_bar, drawn_days, furthest, share_picture
from routing.engine.types import ONE_LEAD
from routing.insights.turn_history import DayOfTurns
from routing.models import Ledger, LedgerAccount, Pool, PoolMember
from routing.services.publish import publish
from tests.admin.conftest import without_menu
from tests.factories import make_pool, make_rep
from tests.routing.lead_acts import open_company, routed

MINUTE = timedelta(minutes=1)


def page(client, pool):
    return client.get(reverse("admin:routing_pool_ledger", args=[pool.pk]))


@pytest.mark.parametrize(
    ("balance", "x", "width", "owed"), [(1.5, "0.00", "50.00", True), (-3, "-100.00", "100.00", False)]
)
def test_a_balance_reaches_from_zero_as_far_as_it_is(balance, x, width, owed):
    bar = balance_bar(round(balance * ONE_LEAD), 3)

    assert (bar.x, bar.width, bar.owed) == (x, width, owed)


@pytest.mark.parametrize(("balances", "edge"), [([], 1), ([0.2], 1), ([-2.5, 1], 3), ([1234.5], 1235)])
def test_the_picture_reaches_as_far_as_the_furthest_balance(balances, edge):
    assert furthest(round(balance * ONE_LEAD) for balance in balances) == edge


def test_shares_are_drawn_once_enough_leads_came(now):
    days = [DayOfTurns(now + n * timedelta(days=1), leads, {7: leads}, {7: 0}) for n, leads in enumerate([0, 2, 30])]

    [last] = drawn_days(days)
    [point] = share_picture([last], 7, 1.0).points

    assert (point.got, point.due) == ("8.0", "98.0")
    assert "got 30 · 100.0% of 30 leads; entitled to 0.00 · 0.0%" in point.text


def test_the_page_shows_balances_the_next_turn_and_both_shares(boss, db, now):
    pool, _ = open_company(now)
    routed(now)

    response = page(boss, pool)

    [ledger] = response.context["ledgers"]
    rows = [(row["name"], row["exact"], row["next"]) for row in ledger["rows"]]
    assert rows == [
        ("Bob", "+0.333333333 leads", "Next turn"),
        ("Cy", "+0.333333333 leads", ""),
        ("Ana", "−0.666666666 leads", ""),
    ]
    assert [(one["name"], one["got"], one["due"], one["difference"]) for one in ledger["history"]["pictures"]] == [
        ("Ana", "1 · 100.0%", "0.33 · 33.3%", "+0.67"),
        ("Bob", "0 · 0.0%", "0.33 · 33.3%", "−0.33"),
        ("Cy", "0 · 0.0%", "0.33 · 33.3%", "−0.33"),
    ]
    assert "Next in turn: <strong" in response.content.decode()


def test_pools_of_a_fairness_group_are_shown_together(boss, db, now):
    pool, (ana, bob, _) = open_company(now)
    group = Ledger.objects.create(name="All of us", shared=True)
    trials = make_pool(bob, name="Trials", weights=[2], fairness_group=group)
    Pool.objects.filter(pk=pool.pk).update(fairness_group=group)
    publish(note="", user=None, now=now)

    content = page(boss, trials).content.decode()

    assert "Fairness group All of us" in content
    assert reverse("admin:routing_pool_ledger", args=[pool.pk]) in content
    assert "Next in turn in SMB" in content and "Next in turn in Trials" in content
    assert "1 in SMB" in content


def test_ledgers_are_named_by_what_is_counted_there(boss, db, now):
    pool, _ = open_company(now, turns_by="grade")
    for key, control in (("a", False), ("", False), ("a", True)):
        LedgerAccount.objects.create(ledger=pool.ledger, rep=make_rep(), turns_by=key, control=control)

    titles = [ledger["title"] for ledger in page(boss, pool).context["ledgers"]]

    assert titles == ["Without a grade", "Grade: a", "Grade: a, control group"]


def test_who_left_keeps_a_balance_and_a_statement(boss, db):
    pool, eva = make_pool(make_rep("Ana")), make_rep("Eva")
    LedgerAccount.objects.create(ledger=pool.ledger, rep=eva, balance=5)

    content = page(boss, pool).content.decode()

    assert "Former member" in content
    assert f"{reverse('admin:reps_rep_statement', args=[eva.pk])}?pool={pool.pk}" in content


def test_a_pool_without_anybody_says_what_to_do(boss, db):
    content = page(boss, make_pool()).content.decode()

    assert "Put reps in the pool" in content
    assert "No lead went by turn here" in content


def test_names_are_text(boss, db, now):
    pool, (ana, *_) = open_company(now)
    Rep.objects.filter(pk=ana.pk).update(name="<i>Ana")
    routed(now)

    assert b"<i>Ana" not in page(boss, pool).content


def test_it_takes_as_many_queries_however_many_members_and_leads(boss, db, now):
    pool, _ = open_company(now)
    counts = []
    for copies in (1, 6):
        for number in range(copies):
            PoolMember.objects.create(pool=pool, rep=make_rep())
            routed(now, email=f"x@c{copies}-{number}.example")
        with without_menu(), CaptureQueriesContext(connection) as queries:
            page(boss, pool)
        counts.append(len(queries))

    assert counts[0] == counts[1]
