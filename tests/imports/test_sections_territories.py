"""Territories as rows: several rows combine, codes keep their zeros, and what is wrong is said at its cell."""

from __future__ import annotations

import pytest

from routing.models import Territory
from tests.factories import make_catch_all, make_pool, make_rep
from tests.imports.tables import imported, looked_at, states

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("what a sheet says is decided by readers; the round trip runs on both"),
]


@pytest.fixture
def ana():
    rep = make_rep("Ana", email="ana@acme.example")
    make_catch_all(make_pool(rep, name="SMB"))
    return rep


def row(name="Saxony", **cells):
    return {"name": name, "countries": "", "postal_codes": "", "owner_rep": "", "owner_pool": "", **cells}


def test_the_rows_of_one_territory_add_up(ana):
    imported(
        "territories",
        row(countries="DE", postal_codes="01067", owner_rep="ana@acme.example"),
        row(postal_codes="01069; 04*"),
        row(postal_codes="08056-08066"),
    )

    assert Territory.objects.get().postal_codes == ["01067", "01069", "04*", "08056-08066"]


def test_a_territory_may_lie_in_one_that_comes_further_down(ana):
    outcomes = looked_at(
        "territories",
        {"name": "Dresden", "parent": "Saxony", "owner_pool": ""},
        {"name": "Saxony", "parent": "", "owner_pool": "SMB"},
    )

    assert states(outcomes) == {"Dresden": "new", "Saxony": "new"}


def test_what_lies_in_a_refused_territory_is_refused_too(ana):
    outcomes = looked_at(
        "territories",
        {"name": "Dresden", "parent": "Saxony", "countries": "DE", "owner_pool": ""},
        {"name": "Saxony", "parent": "", "countries": "Germany", "owner_pool": "SMB"},
    )

    assert states(outcomes) == {"Dresden": "rejected", "Saxony": "rejected"}


def test_what_is_wrong_is_said_at_the_row_that_says_it(ana):
    outcome = looked_at(
        "territories", row(countries="DE", postal_codes="01067", owner_pool="SMB"), row(postal_codes="1; 9-1")
    )[("Saxony",)]

    assert "postal_codes" in outcome.errors[2]
    assert "Mend it there" in outcome.errors[1][""][0]


def test_two_rows_that_contradict_each_other_are_refused(ana):
    outcome = looked_at("territories", row(owner_pool="SMB") | {"priority": "1"}, row() | {"priority": "2"})[
        ("Saxony",)
    ]

    assert 'says "1"' in outcome.errors[2]["priority"][0]


def test_a_column_that_is_not_in_the_file_stays_as_it_is(ana):
    Territory.objects.create(name="Saxony", countries=["DE"], cities=["Dresden"], owner_rep=ana)

    imported("territories", {"name": "Saxony", "countries": "DE; AT"})

    saxony = Territory.objects.get()
    assert (saxony.countries, saxony.cities, saxony.owner_rep) == (["DE", "AT"], ["Dresden"], ana)


def test_an_empty_column_empties(ana):
    Territory.objects.create(name="Saxony", countries=["DE"], cities=["Dresden"], owner_rep=ana)

    imported("territories", {"name": "Saxony", "cities": ""})

    assert Territory.objects.get().cities == []


def test_a_pool_takes_the_place_of_a_rep(ana):
    Territory.objects.create(name="Saxony", countries=["DE"], owner_rep=ana)

    imported("territories", {"name": "Saxony", "owner_pool": "SMB"})

    saxony = Territory.objects.get()
    assert (saxony.owner_rep, saxony.owner_pool.name) == (None, "SMB")


def test_what_would_lie_in_a_territory_that_goes_is_refused(ana):
    saxony = Territory.objects.create(name="Saxony", countries=["DE"], owner_rep=ana)
    Territory.objects.create(name="Dresden", parent=saxony)

    outcomes = looked_at("territories", {"name": "Dresden", "priority": "3"}, whole=True)

    assert states(outcomes) == {"Dresden": "rejected", "Saxony": "removed"}


def test_the_whole_list_takes_the_others_out_of_the_draft(ana):
    Territory.objects.create(name="Bavaria", countries=["DE"], owner_rep=ana)

    outcomes = looked_at("territories", row(countries="DE", owner_pool="SMB"), whole=True)

    assert states(outcomes) == {"Saxony": "new", "Bavaria": "removed"}


def test_a_check_writes_nothing(ana):
    looked_at("territories", row(countries="DE", owner_pool="SMB"))

    assert not Territory.objects.exists()
