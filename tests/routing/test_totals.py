"""Leads won in the last days: counted day by day, and what came since."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing.engine.ledger import settle
from routing.engine.types import LedgerKey, Member
from routing.engine.types import Pool as PoolTerms
from routing.models import LedgerDay, Pool, Posting, PostingKind
from routing.services.count_days import count_days_over
from routing.snapshots.postings import posting_row
from routing.snapshots.totals import load_totals
from tests.factories import make_pool, make_rep

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def ana() -> Rep:
    return make_rep("Ana")


@pytest.fixture
def pool(ana: Rep) -> Pool:
    return make_pool(ana, fairness="totals")


def won(pool: Pool, rep: Rep, when: datetime, turns_by: str = "", **columns: Any) -> Posting:
    posting = settle([Member(rep.pk)], {}, {}, ledger=LedgerKey(pool.ledger_id, turns_by))
    assert posting is not None
    row = posting_row(posting, now=when, **columns)
    row.save()
    return row


def totals(pool: Pool, now: datetime, days: float = 30) -> dict[LedgerKey, dict[int, int]]:
    return load_totals([PoolTerms(pool.pk, pool.name, pool.ledger_id, totals_days=days)], now=now)


@pytest.mark.parametrize("counted", [False, True])
def test_only_leads_of_the_last_days_count(pool: Pool, ana: Rep, now: datetime, counted: bool) -> None:
    for days in (0, 1, 29, 40):
        won(pool, ana, now - days * DAY)
    if counted:
        count_days_over(now=now)

    assert totals(pool, now) == {LedgerKey(pool.ledger_id): {ana.pk: 3}}


@pytest.mark.parametrize("counted_between", [False, True])
@pytest.mark.parametrize("counted_after", [False, True])
def test_a_turn_that_was_given_back_does_not_count(
    pool: Pool, ana: Rep, now: datetime, counted_between: bool, counted_after: bool
) -> None:
    first = won(pool, ana, now - 9 * DAY)
    won(pool, ana, now - 9 * DAY)
    if counted_between:
        count_days_over(now=now - 3 * DAY)
    won(pool, ana, now - DAY, kind=PostingKind.REVERSAL, reverses_id=first.pk)
    if counted_after:
        count_days_over(now=now)

    assert totals(pool, now) == {LedgerKey(pool.ledger_id): {ana.pk: 1}}


def test_a_turn_given_back_after_its_days_are_over_takes_nothing_from_later_ones(
    pool: Pool, ana: Rep, now: datetime
) -> None:
    old = won(pool, ana, now - 40 * DAY)
    won(pool, ana, now - DAY)
    won(pool, ana, now, kind=PostingKind.REVERSAL, reverses_id=old.pk)

    assert totals(pool, now) == {LedgerKey(pool.ledger_id): {ana.pk: 1}}


def test_each_kind_of_lead_has_totals_of_its_own(pool: Pool, ana: Rep, now: datetime) -> None:
    for kind in ("demo", "demo", "trial"):
        won(pool, ana, now - DAY, turns_by=kind)
    count_days_over(now=now)

    assert totals(pool, now) == {
        LedgerKey(pool.ledger_id, "demo"): {ana.pk: 2},
        LedgerKey(pool.ledger_id, "trial"): {ana.pk: 1},
    }


def test_a_day_is_counted_once_and_what_comes_late_is_added(pool: Pool, ana: Rep, now: datetime) -> None:
    won(pool, ana, now - DAY)
    count_days_over(now=now)
    won(pool, ana, now - DAY)
    again = count_days_over(now=now + DAY)

    assert (again, count_days_over(now=now + DAY)) == (1, 0)
    assert LedgerDay.objects.get().won == 2


def test_today_is_not_over(pool: Pool, ana: Rep, now: datetime) -> None:
    won(pool, ana, datetime(2026, 3, 2, 23, 59, tzinfo=UTC))
    won(pool, ana, datetime(2026, 3, 3, tzinfo=UTC))

    assert count_days_over(now=now) == 1
    assert LedgerDay.objects.get().day == date(2026, 3, 2)


def test_once_counted_old_postings_are_not_read(pool: Pool, ana: Rep, now: datetime) -> None:
    won(pool, ana, now - DAY)
    count_days_over(now=now)
    last = Posting.objects.latest("pk").pk

    with CaptureQueriesContext(connection) as queries:
        totals(pool, now)

    assert len(queries) == 3
    assert any(f'"id" > {last}' in query["sql"] for query in queries)
