"""Pools, their members, and the ledger that adds up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.api.serializers.pools import in_leads
from routing.models import LedgerAccount, Pool, PoolMember, RulebookVersion
from routing.rulebook.content import pool_content
from tests.api.conftest import API, count_queries, names_in
from tests.factories import make_pool, make_rep


def publish_pools(now: datetime, *pools: Pool) -> None:
    entries = [pool_content(pool) for pool in pools]
    RulebookVersion.objects.create(number=1, content={"pools": entries}, published_at=now)


def get_ledger(api: Client, pool: Pool) -> Any:
    answer = api.get(f"{API}/pools/{pool.uuid}/ledger")
    assert answer.status_code == 200
    (ledger,) = answer.json()["ledgers"]
    return ledger


def test_pools_are_listed_without_the_archived_ones(api: Client, now: datetime) -> None:
    make_pool(name="SMB"), make_pool(name="Enterprise"), make_pool(name="Old", archived_at=now)

    assert names_in(api.get(f"{API}/pools").json()["results"], "name") == ["Enterprise", "SMB"]


def test_one_pool(api: Client) -> None:
    pool = make_pool(name="SMB")

    shown = api.get(f"{API}/pools/{pool.uuid}").json()

    assert (shown["id"], shown["name"], shown["strategy"]) == (str(pool.uuid), "SMB", "round_robin")


def test_the_published_settings_are_shown_on_request(api: Client, now: datetime) -> None:
    live, new = make_pool(name="SMB"), make_pool(name="New")
    publish_pools(now, live)
    Pool.objects.filter(pk=live.pk).update(name="Small business")

    draft = api.get(f"{API}/pools").json()["results"]
    published = api.get(f"{API}/pools?version=published").json()["results"]

    assert names_in(draft, "name") == ["New", "Small business"]
    assert names_in(published, "name") == ["SMB"]
    assert api.get(f"{API}/pools/{new.uuid}?version=published").status_code == 404


def test_before_the_first_version_nothing_is_published(api: Client) -> None:
    make_pool()

    assert api.get(f"{API}/pools?version=published").json()["results"] == []


@pytest.mark.parametrize("path", ["pools", "pools/{id}"])
def test_there_are_two_versions_to_look_at(api: Client, path: str) -> None:
    address = path.format(id=make_pool().uuid)

    assert list(api.get(f"{API}/{address}?version=7").json()["errors"]) == ["version"]


def test_members_show_weight_and_caps(api: Client) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    pool = make_pool(ana, bob, weights=[1, 2.5])
    PoolMember.objects.filter(rep=ana).update(caps={"day": 10})

    first, second = api.get(f"{API}/pools/{pool.uuid}/members").json()["results"]

    assert (first["rep"], first["weight"], first["caps"]) == (ana.email, 1, {"day": 10})
    assert (second["rep"], second["weight"], second["caps"]) == (bob.email, 2.5, {})


def test_a_ledger_shows_members_and_those_who_left(api: Client) -> None:
    ana, bob, eva = make_rep("Ana"), make_rep("Bob"), make_rep("Eva")
    pool = make_pool(ana, bob)
    for rep, balance in ((ana, -666_666_666), (eva, 666_666_666)):
        LedgerAccount.objects.create(ledger=pool.ledger, rep=rep, balance=balance)

    ledger = get_ledger(api, pool)

    assert (ledger["control"], ledger["sum"]) == (False, 0)
    assert ledger["members"] == [
        {
            "rep": ana.email,
            "weight": 1,
            "ramping": None,
            "balance": -0.666666666,
            "billionths": -666_666_666,
            "saved": 0,
            "former": False,
        },
        {"rep": bob.email, "weight": 1, "ramping": None, "balance": 0, "billionths": 0, "saved": 0, "former": False},
        {
            "rep": eva.email,
            "weight": None,
            "ramping": None,
            "balance": 0.666666666,
            "billionths": 666_666_666,
            "saved": 0,
            "former": True,
        },
    ]


def test_a_pool_that_nobody_used_has_a_ledger_of_zeros(api: Client) -> None:
    assert get_ledger(api, make_pool())["members"] == []
    assert [line["balance"] for line in get_ledger(api, make_pool(make_rep()))["members"]] == [0]


def test_the_written_balances_add_up_to_exactly_nothing(api: Client) -> None:
    pool = make_pool()
    for balance in (333_333_333, 333_333_334, -1, -666_666_666):
        LedgerAccount.objects.create(ledger=pool.ledger, rep=make_rep(), balance=balance)

    text = api.get(f"{API}/pools/{pool.uuid}/ledger").content.decode()

    balances = [Decimal(part.split(",")[0]) for part in text.split('"balance":')[1:]]
    assert sum(balances) == 0


@given(st.integers(-8 * 10**15, 8 * 10**15))
@settings(max_examples=200)
def test_a_balance_is_written_to_its_last_billionth(billionths: int) -> None:
    assert Fraction(repr(in_leads(billionths))) == Fraction(billionths, 10**9)


@pytest.mark.parametrize("path", ["pools", "pools/{id}", "pools/{id}/members", "pools/{id}/ledger"])
def test_the_number_of_queries_does_not_grow(api: Client, path: str) -> None:
    pool, counts = make_pool(), []
    for how_many in (3, 27):
        for _ in range(how_many):
            make_pool()
            PoolMember.objects.create(pool=pool, rep=make_rep())
            LedgerAccount.objects.create(ledger=pool.ledger, rep=make_rep())
        counts.append(count_queries(api, path.format(id=pool.uuid)))

    assert counts[0] == counts[1]
