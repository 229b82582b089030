"""Territories that overlap, are over or belong to nobody; countries and regions that nobody covers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.routing.lint_company import codes, company, found, rule, territory

TO_TERRITORY = {"territory": True, "away": "backup"}


def findings(*territories: dict[str, Any], code: str) -> list[str]:
    return [finding.name for finding in found(code, territories=list(territories))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"countries": ["DE"]}, {"countries": ["de"]}),
        ({"countries": ["DE"], "industries": ["energy"]}, {"countries": ["DE"], "sources": ["fair"]}),
        ({"countries": ["US"], "employees": {"max": 100}}, {"countries": ["US"], "employees": {"min": 100}}),
        ({"regions": ["US-CA", "US-NV"]}, {"regions": ["US-CA", "US-OR"]}),
        ({"countries": ["US"], "postal_codes": ["94*"]}, {"countries": ["US"], "postal_codes": ["94*"]}),
        ({"languages": ["en"]}, {"languages": ["en-GB"]}),
        ({}, {}),
    ],
)
def test_territories_that_only_the_name_tells_apart_conflict(one: Any, other: Any) -> None:
    assert findings(territory("A", **one), territory("B", **other), code="territory_conflict") == ["A"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"countries": ["DE"]}, {"countries": ["AT"]}),
        ({"countries": ["DE"], "priority": 1}, {"countries": ["DE"]}),
        ({"countries": ["US"]}, {"regions": ["US-CA"]}),
        ({"countries": ["DE"], "industries": ["energy"]}, {"countries": ["DE"], "industries": ["law"]}),
        ({"countries": ["US"], "employees": {"max": 99}}, {"countries": ["US"], "employees": {"min": 100}}),
        ({"countries": ["US"], "postal_codes": ["94*"]}, {"countries": ["US"], "postal_codes": ["95*"]}),
        ({"countries": ["US"], "postal_codes": ["94*"]}, {"countries": ["DE"], "postal_codes": ["94*"]}),
        ({"countries": ["DE"], "to": "2026-06-30"}, {"countries": ["DE"], "from": "2026-07-01"}),
        ({"languages": ["en-US"]}, {"languages": ["en-GB"]}),
    ],
)
def test_territories_that_share_no_lead_or_differ_in_rank_do_not_conflict(one: Any, other: Any) -> None:
    assert findings(territory("A", **one), territory("B", **other), code="territory_conflict") == []


def test_a_range_inside_another_overlaps_without_conflict() -> None:
    wide = territory("Wide", countries=["US"], postal_codes=["90000-96199"])
    narrow = territory("Narrow", countries=["US"], postal_codes=["94105"])

    assert findings(wide, narrow, code="territory_overlap") == ["Narrow"]
    assert findings(wide, narrow, code="territory_conflict") == []


def test_a_child_does_not_conflict_with_its_parent() -> None:
    parent = territory("Parent", countries=["DE"])
    child = territory("Child", countries=["DE"], parent=parent["id"])

    assert findings(parent, child, code="territory_conflict") == []


@pytest.mark.parametrize(
    "fields",
    [{"to": "2026-03-02"}, {"employees": {"min": 5, "max": 1}}],
    ids=["over", "nothing left"],
)
def test_a_territory_that_matches_nothing_is_dead(fields: dict[str, Any]) -> None:
    assert findings(territory("Old", **fields), code="dead_territory") == ["Old"]


def test_a_child_outside_its_parent_is_dead() -> None:
    parent = territory("Parent", countries=["DE"])

    assert findings(parent, territory("Child", countries=["FR"], parent=parent["id"]), code="dead_territory") == [
        "Child"
    ]


def test_a_territory_on_its_last_day_is_not_dead() -> None:
    assert findings(territory("Old", to="2026-03-03"), code="dead_territory") == []


def test_a_territory_that_neither_it_nor_its_parents_own_is_told() -> None:
    parent = territory("Parent", owner=None)

    names = findings(parent, territory("Child", owner=None, parent=parent["id"]), code="territory_without_owner")

    assert names == ["Parent", "Child"]


def test_a_child_is_owned_by_its_parents_owner() -> None:
    parent = territory("Parent")

    assert findings(parent, territory("Child", owner=None, parent=parent["id"]), code="territory_without_owner") == []


def test_a_loop_of_parents_does_not_stop_the_linter() -> None:
    one, other = territory("A"), territory("B")

    assert findings(one | {"parent": other["id"]}, other | {"parent": one["id"]}, code="territory_conflict") == []


# --- coverage ----------------------------------------------------------------------------------------------------


def uncovered(*territories: dict[str, Any], code: str, arrivals: Any = ()) -> list[str]:
    people = company(arrivals=dict(arrivals))
    return [f.name for f in found(code, rule(to=TO_TERRITORY), live=people, territories=list(territories))]


def test_a_country_where_leads_come_from_and_nobody_covers_is_a_warning() -> None:
    arrivals = {("DE", ""): 3, ("FR", ""): 5, ("FR", "FR-75"): 1}

    assert uncovered(territory("A", countries=["DE"]), code="country_not_covered", arrivals=arrivals) == ["FR"]


def test_all_other_countries_are_one_note() -> None:
    (note,) = found(
        "countries_not_covered", rule(to=TO_TERRITORY), territories=[territory("DACH", countries=["DE", "AT", "CH"])]
    )

    assert note.message.startswith("No territory covers 246 further countries")


def test_regions_are_asked_for_where_a_country_is_divided() -> None:
    arrivals = {("US", "US-NV"): 3, ("US", "US-CA"): 1}
    west = territory("West", countries=["US"], regions=["US-CA", "US-OR"])

    assert uncovered(west, code="region_not_covered", arrivals=arrivals) == ["US-NV"]
    assert uncovered(west, code="regions_not_covered") == ["US"]


def test_a_country_covered_as_a_whole_needs_no_regions() -> None:
    west, rest = territory("West", regions=["US-CA"]), territory("Rest", countries=["US"])

    assert uncovered(west, rest, code="regions_not_covered") == []


def test_a_territory_without_places_covers_everything() -> None:
    assert uncovered(territory("World"), code="countries_not_covered") == []


def test_where_no_rule_uses_territories_nothing_is_uncovered() -> None:
    assert "countries_not_covered" not in codes(rule(), territories=[territory("A", countries=["DE"])])


def test_a_condition_on_the_territory_uses_territories() -> None:
    asks = rule(when=[[("territory", "is", "A")]])

    assert "countries_not_covered" in codes(asks, territories=[territory("A", countries=["DE"])])
