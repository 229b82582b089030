"""Whose each place is: gaps, parts, conflicts, and leads counted by where they came from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from routing.engine.postal import parse_postal
from routing.engine.territories import locate
from routing.engine.types import Band, Territory
from routing.insights.periods import Period
from routing.insights.territories import Origin, Standing, TerritoryMap, leads_by_place, territory_map
from routing.models import Territory as TerritoryRow
from tests.factories import make_lead

TODAY = date(2026, 3, 3)
PLACES = ["DE", "FR", "US", "US-CA", "US-TX"]


def territory(key: int, name: str, *, postal: tuple[str, ...] = (), **fields: Any) -> Territory:
    lists = {field: frozenset(value) for field, value in fields.items() if isinstance(value, list)}
    return Territory(key, name, postal_codes=tuple(map(parse_postal, postal)), **fields | lists)


def drawn(*territories: Territory) -> TerritoryMap:
    return territory_map({one.id: one for one in territories}, places=PLACES, today=TODAY)


def names(found: TerritoryMap, code: str) -> list[str]:
    return [claim.territory.name for claim in found.places[code].claims]


def conflicts(found: TerritoryMap, code: str) -> list[tuple[str, str, str]]:
    return [(one.winner.name, one.loser.name, one.because) for one in found.places[code].conflicts]


GERMANY = territory(1, "Germany", countries=["DE"])
USA = territory(2, "USA", countries=["US"])
CALIFORNIA = territory(3, "California", parent=2, regions=["US-CA"])


def test_a_place_that_no_territory_holds_is_a_gap() -> None:
    assert names(drawn(GERMANY), "DE") == ["Germany"]
    assert names(drawn(GERMANY), "FR") == []


def test_a_state_is_whole_where_its_country_is_held_only_in_part() -> None:
    found = drawn(territory(3, "California", regions=["US-CA"]))

    assert (found.places["US-CA"].whole, found.places["US"].whole) == (True, False)
    assert names(found, "US-TX") == []


def test_territories_stand_in_the_order_in_which_they_win_and_a_child_is_no_conflict() -> None:
    found = drawn(USA, CALIFORNIA)

    assert names(found, "US-CA") == ["California", "USA"]
    assert conflicts(found, "US-CA") == []


def test_two_of_equal_rank_are_a_conflict_where_they_meet_and_only_there() -> None:
    west, north = territory(1, "West", countries=["DE", "FR"]), territory(2, "North", countries=["DE", "US"])

    found = drawn(west, north)

    assert conflicts(found, "DE") == [("North", "West", "its name comes first")]
    assert conflicts(found, "FR") == conflicts(found, "US") == []


def test_who_wins_a_conflict_is_whom_routing_chooses() -> None:
    two = {1: territory(1, "Wide", countries=["DE", "FR", "US"]), 2: territory(2, "Other", countries=["DE", "AT"])}

    [(winner, _, because)] = conflicts(drawn(*two.values()), "DE")

    assert because == "it covers fewer codes"
    assert locate(two, {"country": "DE"}, datetime(2026, 3, 3, tzinfo=UTC)) == two[2] and winner == "Other"


@pytest.mark.parametrize(
    "other",
    [
        territory(9, "First", countries=["DE"], priority=1),
        territory(9, "Narrower", countries=["DE"], employees=Band(500, None)),
        territory(9, "Inside", parent=1),
        territory(9, "Next year", countries=["DE"], start=date(2027, 1, 1)),
        territory(9, "Wherever they are", countries=["DE", "FR"]),
    ],
    ids=lambda one: one.name,
)
def test_what_somebody_put_in_order_is_no_conflict(other: Territory) -> None:
    assert conflicts(drawn(GERMANY, other), "DE") == []


def test_criteria_that_exclude_each_other_are_no_conflict() -> None:
    small = territory(1, "Small", countries=["DE"], employees=Band(1, 99))
    large = territory(2, "Large", countries=["DE"], employees=Band(100, None))

    assert conflicts(drawn(small, large), "DE") == []
    assert not drawn(small, large).places["DE"].whole


@pytest.mark.parametrize(
    ("one", "standing"),
    [
        (GERMANY, Standing.DRAWN),
        (territory(1, "All"), Standing.DRAWN),
        (territory(1, "Health", industries=["health"]), Standing.ANYWHERE),
        (territory(1, "Old", countries=["DE"], end=date(2026, 3, 2)), Standing.OVER),
        (territory(1, "New", countries=["DE"], start=date(2026, 3, 4)), Standing.FUTURE),
        (territory(1, "Ninety", postal=("9*",)), Standing.EMPTY),
        (territory(1, "Two", countries=["DE", "FR"], postal=("9*",)), Standing.EMPTY),
        (territory(1, "Bay", countries=["US"], postal=("94*",)), Standing.DRAWN),
        (territory(1, "Circle", parent=1, countries=["DE"]), Standing.EMPTY),
    ],
    ids=lambda one: getattr(one, "name", str(one)),
)
def test_each_territory_says_whether_it_can_be_drawn(one: Territory, standing: Standing) -> None:
    assert drawn(one).standing[1] == standing


def test_only_territories_that_can_be_drawn_hold_places() -> None:
    assert names(drawn(territory(1, "Health", industries=["health"])), "DE") == []
    assert names(drawn(territory(1, "All")), "DE") == ["All"]


@pytest.mark.django_db
def test_leads_are_counted_by_place_and_territory_in_one_query(now: datetime, django_assert_num_queries: Any) -> None:
    row = TerritoryRow.objects.create(name="California", regions=["US-CA"])
    make_lead(now, country="US", region="US-CA", territory=row)
    make_lead(now, country="US", region="US-CA")
    make_lead(now, country="DE", test=True)
    make_lead(now - timedelta(days=31), country="DE")

    with django_assert_num_queries(1):
        found = leads_by_place(Period.last(timedelta(days=30), now=now + timedelta(seconds=1)))

    assert set(found) == {Origin("US", "US-CA", row.pk, 1), Origin("US", "US-CA", None, 1)}
