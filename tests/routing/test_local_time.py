"""The time zone that a lead lives in."""

from __future__ import annotations

from typing import Any

import pytest

from routing.intake.local_time import zone_of_lead


def zone(now: Any, **facts: str) -> str | None:
    known = {"country": "", "region": "", "postal_code": "", "phone": ""} | facts
    found = zone_of_lead(**known, now=now)
    return found.key if found else None


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"country": "DE"}, "Europe/Berlin"),
        ({"country": "US", "postal_code": "94105-1234"}, "America/Los_Angeles"),
        ({"country": "US", "region": "US-NY"}, "America/New_York"),
        ({"country": "CA", "phone": "+16045551234"}, "America/Vancouver"),
        ({"phone": "+61298765432"}, "Australia/Sydney"),
        ({"country": "US"}, None),
        ({}, None),
        ({"country": "XX", "phone": "not a number", "postal_code": "?"}, None),
    ],
)
def test_the_zone_is_what_place_and_phone_agree_on(now, facts, expected):
    assert zone(now, **facts) == expected


def test_a_country_of_one_clock_has_one_zone_whatever_its_places(now):
    assert zone(now, country="AR") is not None
