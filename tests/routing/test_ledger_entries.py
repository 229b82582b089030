"""Postings outside a batch: whatever people do in whatever order, every ledger sums to exactly 0."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from reps.models import Rep
from routing.engine.types import LedgerKey, Member
from routing.models import Lead, LedgerAccount, Pool, Posting
from routing.services.lead_actions import WrongState, decline, quarantine, reassign, restore
from routing.services.ledger_entries import post_manual_turn, reverse_posting
from routing.services.route_pending import route_all
from tests.factories import make_lead
from tests.routing.lead_acts import OTHER_STORIES, balances, fresh, open_company, sums

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(now: datetime) -> tuple[Pool, list[Rep]]:
    return open_company(now)


def post(pool: Pool, reps: list[Rep], winner: Rep, now: datetime) -> Posting:
    members = [Member(rep.pk) for rep in reps]
    key = LedgerKey(pool.ledger_id)
    return post_manual_turn(key=key, members=members, winner=winner.pk, lead=make_lead(now), reason="", now=now)


def test_the_winner_of_a_manual_turn_pays_what_all_earn(company: tuple[Pool, list[Rep]], now: datetime) -> None:
    pool, reps = company

    post(pool, reps, reps[1], now)

    assert balances() == {"Ana": 333_333_333, "Bob": -666_666_666, "Cy": 333_333_333}
    assert LedgerAccount.objects.get(rep=reps[1]).last_at == now


def test_a_reversal_takes_back_the_whole_posting(company: tuple[Pool, list[Rep]], now: datetime) -> None:
    pool, reps = company
    posting = post(pool, reps, reps[1], now)

    reversal = reverse_posting(posting=posting, reason="spam", now=now)

    assert reversal is not None
    assert (reversal.reverses, reversal.paid, reversal.reason) == (posting, -posting.paid, "spam")
    assert set(balances().values()) == {0}


def test_a_posting_is_reversed_once_and_a_reversal_never(company: tuple[Pool, list[Rep]], now: datetime) -> None:
    pool, reps = company
    posting = post(pool, reps, reps[1], now)
    reversal = reverse_posting(posting=posting, reason="", now=now)

    assert reversal is not None
    assert reverse_posting(posting=posting, reason="", now=now) is None
    assert reverse_posting(posting=reversal, reason="", now=now) is None


def test_a_reversal_takes_savings_back_too(company: tuple[Pool, list[Rep]], now: datetime) -> None:
    pool, reps = company
    ana, others = reps[0], reps[1:]
    Rep.objects.filter(pk=ana.pk).update(catch_up={"share": 1})
    ana.time_off.create(starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=9))
    make_lead(now)
    route_all(now=now)
    saved = LedgerAccount.objects.get(rep=ana).saved

    reverse_posting(posting=Posting.objects.get(), reason="", now=now)

    assert saved > 0
    assert set(LedgerAccount.objects.values_list("balance", "saved")) == {(0, 0)}
    assert len(others) == 2


def act(chance: Random, lead: Lead, now: datetime) -> None:
    """Something that somebody may do with the lead as it is."""
    row = fresh(lead)
    kind = chance.choice(["decline", "reassign", "spam", "restore"])
    if kind == "decline" and row.owner:
        reason = chance.choice(["spam", "bad_data", "other"])
        decline(lead=row, rep=row.owner, reason=reason, note="", now=now, actor="x")
    elif kind == "reassign":
        reassign(lead=row, rep=chance.choice(list(Rep.objects.all())), reason="", counts=True, now=now, actor="x")
    elif kind == "spam":
        quarantine(lead=row, reason="", now=now, actor="x")
    elif kind == "restore":
        restore(lead=row, now=now, actor="x")


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=OTHER_STORIES) for seed in (1, 2))])
def test_sums_are_0_whatever_people_do(seed: int, company: tuple[Pool, list[Rep]], now: datetime) -> None:
    chance = Random(seed)
    leads = [make_lead(now) for _ in range(4)]

    for step in range(40):
        later = now + timedelta(minutes=step)
        route_all(now=later)
        try:
            act(chance, chance.choice(leads), later)
        except WrongState:
            continue
        assert sums() <= {0}

    reversed_ones = Posting.objects.exclude(reverses=None).values_list("reverses", flat=True)
    assert Posting.objects.filter(kind="manual").exists()
    assert len(reversed_ones) == len(set(reversed_ones)) > 0
