"""Where somebody probably is, by what is known of them."""

from __future__ import annotations

import pytest

from routing.intake.time_zones import probable_zone


@pytest.mark.parametrize(
    ("facts", "zone"),
    [
        ({"country": "US", "postal_code": "77001"}, "America/Chicago"),
        ({"country": "US", "postal_code": "94105-1234"}, "America/Los_Angeles"),
        ({"country": "US", "region": "US-CA"}, "America/Los_Angeles"),
        ({"country": "US", "region": "US-TX"}, ""),
        ({"country": "US", "region": "US-TX", "phone": "+17135550100"}, "America/Chicago"),
        ({"country": "US", "region": "US-XX", "postal_code": "x"}, ""),
        ({"country": "DE"}, "Europe/Berlin"),
        ({"country": "ES"}, "Europe/Madrid"),
        ({"country": "AU"}, ""),
        ({"country": "AU", "phone": "+61298765432"}, "Australia/Sydney"),
        ({"country": "AU", "phone": "+4930123456"}, ""),
        ({"country": "", "phone": "+4930123456"}, "Europe/Berlin"),
        ({"country": "", "phone": "+8002"}, ""),
        ({"country": "", "phone": "no number"}, ""),
        ({"country": "XX"}, ""),
    ],
)
def test_a_zone_is_named_only_where_the_facts_leave_one(facts: dict[str, str], zone: str) -> None:
    assert probable_zone(**facts) == zone
