"""Whose turn is next: whoever then gets the next lead by turn; of everybody where nobody may take one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from reps.models import Rep
from routing.engine.types import LedgerKey
from routing.models import Ledger, Pool
from routing.services.next_turns import NextTurn, next_turns
from routing.services.publish import publish
from tests.factories import make_pool
from tests.routing.lead_acts import open_company, owner_of, routed

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def found(pool: Pool, now: datetime) -> list[NextTurn]:
    key = LedgerKey(pool.fairness_group_id or pool.ledger_id)
    return next_turns([key], now=now)[key]


@pytest.mark.parametrize("fairness", ["share", "totals"])
def test_who_is_next_gets_the_next_lead(fairness: str, now: datetime) -> None:
    pool, _ = open_company(now, fairness=fairness)

    for number in range(4):
        [told] = found(pool, now)
        assert told.now
        assert owner_of(routed(now, email=f"x@c{number}.example")).pk == told.rep
        now += MINUTE


def test_who_is_away_is_not_next_unless_everybody_is(now: datetime) -> None:
    pool, (ana, *_) = open_company(now)
    assert [told.rep for told in found(pool, now)] == [ana.pk]

    Rep.objects.filter(pk=ana.pk).update(paused=True)
    assert [told.rep == ana.pk for told in found(pool, now)] == [False]

    Rep.objects.update(paused=True)
    assert [(told.rep, told.now) for told in found(pool, now)] == [(ana.pk, False)]


def test_pools_of_a_group_have_a_next_one_each(now: datetime) -> None:
    pool, (ana, bob, _) = open_company(now)
    group = Ledger.objects.create(name="All", shared=True)
    make_pool(bob, name="Trials", fairness_group=group)
    make_pool(name="Empty", fairness_group=group)
    Pool.objects.filter(pk=pool.pk).update(fairness_group=group)
    publish(note="", user=None, now=now)
    pool.refresh_from_db()

    assert [(told.name, told.rep) for told in found(pool, now)] == [("SMB", ana.pk), ("Trials", bob.pk)]


def test_without_a_published_rulebook_nobody_is_next(now: datetime) -> None:
    pool = make_pool()

    assert next_turns([LedgerKey(pool.ledger_id)], now=now) == {}
