"""Turns over time: day by day on the clocks of a zone, the same sums as the fairness of the period."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.engine.types import LedgerKey
from routing.insights.fairness import fairness_by_pool
from routing.insights.periods import Period
from routing.insights.turn_history import DayOfTurns, turn_history
from routing.models import Pool
from routing.services.lead_actions.review import quarantine
from tests.routing.lead_acts import open_company, owner_of, routed

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def history(pool: Pool, now: datetime, key: str = "") -> tuple[DayOfTurns, ...]:
    return turn_history(pool.ledger_id, now=now, zone=BERLIN)[LedgerKey(pool.ledger_id, key)]


def test_the_last_day_says_what_the_fairness_of_the_period_says(now: datetime) -> None:
    pool, _ = open_company(now)
    for number in range(5):
        routed(now + number * MINUTE, email=f"x@c{number}.example")
    later = now + 10 * MINUTE

    days = history(pool, later)

    [told] = fairness_by_pool(Period(now - DAY, later), pools=[pool])
    assert (len(days), days[-1].leads, days[-2].leads) == (30, 5, 0)
    for member in told.members:
        [rep] = [one.rep_id for one in pool.members.all() if one.rep.email == member.rep]
        assert days[-1].turns.get(rep, 0) == member.turns
        assert days[-1].share(rep) == member.turns / 5
        assert days[-1].entitled_share(rep) * 5 == pytest.approx(member.entitled, abs=1e-9)


def test_a_turn_given_back_is_as_if_it_had_not_been(now: datetime) -> None:
    pool, _ = open_company(now)
    routed(now, email="x@a.example")
    spam = routed(now + MINUTE, email="x@b.example")
    loser = owner_of(spam)
    quarantine(lead=spam, reason="spam", now=now + 2 * MINUTE, actor="Boss")

    last = history(pool, now + 3 * MINUTE)[-1]

    assert (last.leads, last.turns.get(loser.pk, 0)) == (1, 0)


def test_a_day_ends_at_midnight_of_the_zone(now: datetime) -> None:
    pool, _ = open_company(now)
    midnight = now.replace(hour=23, minute=0, second=0, microsecond=0)  # in Berlin, in winter
    routed(midnight - MINUTE, email="x@a.example")
    routed(midnight, email="x@b.example")

    days = history(pool, midnight + MINUTE)

    assert [day.leads for day in days[-2:]] == [1, 2]
    assert days[-1].start == midnight


def test_what_is_older_is_not_looked_at(now: datetime) -> None:
    pool, _ = open_company(now)
    routed(now)

    assert turn_history(pool.ledger_id, now=now + 31 * DAY, zone=BERLIN) == {}


def test_each_kind_that_is_counted_separately_has_days_of_its_own_in_as_many_queries(now: datetime) -> None:
    pool, _ = open_company(now, turns_by="kind")
    counts = []
    for number, kind in enumerate(["demo", "pricing", "demo"]):
        routed(now + number * MINUTE, kind=kind, email=f"x@c{number}.example")
        with CaptureQueriesContext(connection) as queries:
            turn_history(pool.ledger_id, now=now + DAY, zone=BERLIN)
        counts.append(len(queries))

    assert [history(pool, now + 5 * MINUTE, kind)[-1].leads for kind in ("demo", "pricing")] == [2, 1]
    assert len(set(counts)) == 1
