"""Territories: which one wins, who owns it, and what is never confused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing.engine.postal import in_range, parse_postal
from routing.engine.territories import locate, owner_of
from routing.engine.types import Band, PostalRange, Territory
from tests.engine.builders import ANA, NOW, SMB

CALIFORNIAN = {"country": "US", "region": "US-CA", "postal_code": "94105", "city": "San Francisco", "employees": 80}


def territory(id: int, name: str = "", **fields: Any) -> Territory:
    codes = tuple(parse_postal(text) for text in fields.pop("postal", ()))
    lists = {key: frozenset(value) for key, value in fields.items() if isinstance(value, list)}
    return Territory(id, name or f"T{id}", postal_codes=codes, **fields | lists)


def located(*territories: Territory, now: datetime = NOW, **facts: Any) -> str | None:
    found = locate({t.id: t for t in territories}, facts or CALIFORNIAN, now)
    return found.name if found else None


USA = territory(1, "USA", countries=["US"])
CALIFORNIA = territory(2, "California", countries=["US"], regions=["US-CA"])
BAY = territory(3, "Bay", countries=["US"], postal=["94*"])
WIDE = territory(4, "Wide", countries=["US"], postal=["90000-96199"])
CITY = territory(5, "City", countries=["US"], cities=["san francisco"])


@pytest.mark.parametrize(
    ("territories", "winner"),
    [
        ((), None),
        ((USA,), "USA"),
        ((USA, CALIFORNIA), "California"),
        ((CALIFORNIA, CITY), "City"),
        ((CITY, WIDE), "Wide"),
        ((WIDE, BAY), "Bay"),
        ((BAY, territory(9, "First", countries=["US"], priority=1)), "First"),
        ((BAY, USA, territory(9, "Child", parent=1, sources=[])), "Child"),
        ((USA, territory(9, "Two", countries=["US", "CA"])), "USA"),
        ((USA, territory(9, "Small US", countries=["US"], employees=Band(1, 100))), "Small US"),
        ((territory(8, "B", countries=["US"]), territory(9, "A", countries=["US"])), "A"),
        ((territory(8, "Elsewhere", countries=["DE"]),), None),
        ((territory(8, "Anywhere"),), "Anywhere"),
    ],
)
def test_the_more_specific_territory_wins(territories: tuple[Territory, ...], winner: str | None) -> None:
    assert located(*territories) == winner
    assert located(*reversed(territories)) == winner


@pytest.mark.parametrize(
    ("criteria", "inside"),
    [
        ({"employees": Band(1, 80)}, True),
        ({"employees": Band(81)}, False),
        ({"annual_revenue": Band(1)}, False),
        ({"annual_revenue": Band()}, True),
        ({"industries": ["energy"]}, False),
        ({"cities": ["San Francisco"]}, True),
        ({"regions": ["us-ca"]}, True),
    ],
)
def test_all_criteria_must_hold(criteria: dict[str, Any], inside: bool) -> None:
    assert (located(territory(1, countries=["US"], **criteria)) is not None) is inside


def test_georgia_the_country_is_never_the_us_state() -> None:
    state = territory(1, "Georgia (US)", regions=["US-GA"])
    country = territory(2, "Georgia", countries=["GE"])

    assert located(state, country, country="GE") == "Georgia"
    assert located(state, country, country="GE", region="GA") == "Georgia"
    assert located(state, country, country="GE", region="US-GA") == "Georgia"
    assert located(state, country, country="US", region="GA") == "Georgia (US)"
    assert located(state, country, region="US-GA") == "Georgia (US)"


def test_a_language_with_a_region_is_that_language() -> None:
    assert located(territory(1, "English", languages=["en"]), language="en-GB") == "English"


def test_postal_codes_need_exactly_one_country() -> None:
    assert located(territory(1, postal=["94*"])) is None
    assert located(territory(1, countries=["US", "CA"], postal=["94*"])) is None
    assert located(territory(1, regions=["US-CA"], postal=["94*"])) == "T1"


def test_postal_codes_of_one_country_hold_inside_a_territory_of_several() -> None:
    around = territory(1, "North America", countries=["US", "CA"])
    inside = territory(2, "Bay", parent=1, countries=["US"], postal=["94*"])

    assert located(around, inside) == "Bay"


def test_a_child_has_its_parents_criteria_too() -> None:
    child = territory(2, "Small", parent=1, employees=Band(1, 100))

    assert located(USA, child) == "Small"
    assert located(USA, child, country="DE", employees=80) is None


@pytest.mark.parametrize(
    ("hour", "zone", "inside"),
    [(22, "UTC", True), (23, "Europe/Berlin", False), (0, "UTC", True)],
)
def test_a_territory_is_in_effect_on_whole_days(hour: int, zone: str, inside: bool) -> None:
    march = {1: territory(1, start=date(2026, 3, 1), end=date(2026, 3, 3))}
    now = datetime(2026, 3, 3, hour, 30, tzinfo=UTC)

    assert (locate(march, {}, now, zone=ZoneInfo(zone)) is not None) is inside


def test_the_nearest_owner_of_the_line_owns() -> None:
    line = {1: territory(1, owner_pool=SMB), 2: territory(2, parent=1, owner_rep=ANA), 3: territory(3, parent=2)}

    assert owner_of(line, line[3]) == (ANA, None, line[2])
    assert owner_of(line, line[1]) == (None, SMB, line[1])


def test_a_loop_of_parents_ends() -> None:
    loop = {1: territory(1, parent=2), 2: territory(2, parent=1), 3: territory(3, parent=3)}

    assert locate(loop, {}, NOW) is not None
    assert owner_of(loop, loop[1]) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("94*", PostalRange("94", "94")),
        ("90000-96199", PostalRange("90000", "96199")),
        (" sw1a 1aa ", PostalRange("SW1A1AA", "SW1A1AA")),
        ("94105-1234", PostalRange("94105-1234", "94105-1234")),
        ("00-950", PostalRange("00-950", "00-950")),
    ],
)
def test_postal_codes_are_read(text: str, expected: PostalRange) -> None:
    assert parse_postal(text) == expected


@pytest.mark.parametrize("text", ["", "*", " ", "9*4", "96199-90000", "-", "1234567890123"])
def test_what_is_no_postal_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="postal code|ends before"):
        parse_postal(text)


def test_a_range_compares_as_many_characters_as_it_has() -> None:
    assert in_range("94105-1234", PostalRange("90000", "96199"))
    assert not in_range("9", PostalRange("90", "99"))
