"""Accounts and lookup tables as rows."""

from __future__ import annotations

import pytest

from routing.models import Account, LookupRow, LookupTable
from tests.factories import make_account, make_catch_all, make_pool, make_rep
from tests.imports.tables import errors, imported, looked_at, states

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("what a sheet says is decided by readers; the round trip runs on both"),
]


@pytest.fixture
def ana():
    rep = make_rep("Ana", email="ana@acme.example")
    make_catch_all(make_pool(rep, name="SMB"))
    return rep


def test_the_rows_of_one_account_add_up(ana):
    imported(
        "accounts",
        {"name": "Globex", "domains": "globex.com", "aliases": "Globex, Inc.", "people": "csm: ana@acme.example"},
        {"name": "Globex", "domains": "globex.de, https://globex.fr", "aliases": "", "people": "sdr: ana@acme.example"},
    )

    globex = Account.objects.get()
    assert [d.domain for d in globex.domains.all()] == ["globex.com", "globex.de", "globex.fr"]
    assert [a.name for a in globex.aliases.all()] == ["Globex, Inc."]
    assert {p.role for p in globex.people.all()} == {"csm", "sdr"}


def test_postal_codes_keep_their_zeros(ana):
    imported("accounts", {"name": "Globex", "country": "DE", "postal_code": "01067"})

    assert Account.objects.get().postal_code == "01067"


def test_a_domain_that_is_none_is_said_at_its_row(ana):
    outcome = looked_at(
        "accounts", {"name": "Globex", "domains": "globex.com"}, {"name": "Globex", "domains": "gmail.com"}
    )[("Globex",)]

    assert "gmail.com" in outcome.errors[2]["domains"][0]


def test_accounts_that_lie_in_each_other_are_refused(ana):
    outcomes = looked_at("accounts", {"name": "A", "parent": "B"}, {"name": "B", "parent": "A"})

    assert set(states(outcomes).values()) == {"rejected"}
    assert "lies in itself" in errors(outcomes["A",])["parent"]


def test_an_account_without_its_name_is_refused(ana):
    outcomes = looked_at("accounts", {"name": "", "domains": "globex.com"})

    assert [errors(outcome) for outcome in outcomes.values()] == [{"name": "this is missing."}]


def test_the_whole_list_shows_what_would_go(ana):
    make_account("Initech")

    outcomes = looked_at("accounts", {"name": "Globex"}, whole=True)

    assert states(outcomes) == {"Globex": "new", "Initech": "removed"}


def test_keys_are_added_to_the_table_that_is_there(ana):
    table = LookupTable.objects.create(name="Partners")
    LookupRow.objects.create(table=table, key="0049", rep=ana)

    imported(
        "tables",
        {"table": "Partners", "key": "0050", "rep": "", "pool": "SMB"},
        {"table": "Codes", "key": "x", "rep": "ana@acme.example", "pool": ""},
    )

    keys = LookupRow.objects.order_by("table__name", "key").values_list("table__name", "key")
    assert list(keys) == [("Codes", "x"), ("Partners", "0049"), ("Partners", "0050")]


def test_a_key_that_differs_in_case_alone_is_refused(ana):
    table = LookupTable.objects.create(name="Partners")
    LookupRow.objects.create(table=table, key="acme", rep=ana)

    outcome = looked_at("tables", {"table": "Partners", "key": "ACME", "pool": "SMB"})["Partners", "ACME"]

    assert "same key" in errors(outcome)["key"]


def test_a_key_goes_to_a_rep_or_a_pool_and_not_to_both(ana):
    both = {"table": "Partners", "key": "x", "rep": "ana@acme.example", "pool": "SMB"}
    neither = {"table": "Partners", "key": "y", "rep": "", "pool": ""}

    outcomes = looked_at("tables", both, neither)

    assert states(outcomes) == {"Partners / x": "rejected", "Partners / y": "rejected"}


def test_the_same_key_twice_must_say_the_same(ana):
    twice = [{"table": "P", "key": "x", "pool": "SMB"}, {"table": "P", "key": "x", "pool": "Other"}]

    assert list(states(looked_at("tables", *twice)).values()) == ["rejected"]
