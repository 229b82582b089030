"""In which time zone somebody probably is: by postal code, state, country, or phone number."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import phonenumbers
import us
import zipcodes
from phonenumbers import timezone

MAINLAND = frozenset({"CL", "CN", "EC", "ES", "NZ", "PT", "UA"})
"""Of these, few people live elsewhere than in the first zone of the list."""
SEASONS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


def probable_zone(*, country: str, region: str = "", postal_code: str = "", phone: str = "") -> str:
    """The name of the zone; empty where the facts leave several, or none."""
    by_place = _zone_in_the_us(region, postal_code) if country == "US" else _only_zone(country)
    return by_place or _zone_of_number(phone, country)


def _zone_in_the_us(region: str, postal_code: str) -> str:
    try:
        places = zipcodes.matching(postal_code[:5])
    except (TypeError, ValueError):
        places = []
    if places:
        return str(places[0]["timezone"])
    state = us.states.lookup(region.removeprefix("US-")) if region else None
    zones = state.time_zones if state else []
    return str(zones[0]) if len(zones) == 1 else ""


def _only_zone(country: str) -> str:
    zones = _zones_by_country().get(country, [])
    return zones[0] if len({_offsets(zone) for zone in zones}) == 1 or (zones and country in MAINLAND) else ""


def _zone_of_number(phone: str, country: str) -> str:
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ""
    elsewhere = country and phonenumbers.region_code_for_number(number) != country
    zones: tuple[str, ...] = () if elsewhere else tuple(timezone.time_zones_for_number(number))
    return zones[0] if len(zones) == 1 and zones[0] != timezone.UNKNOWN_TIMEZONE else ""


@cache
def _zones_by_country() -> dict[str, list[str]]:
    """As the time zone database lists them, the most populous first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[country].append(zone)
    return dict(found)


def _offsets(zone: str) -> tuple[object, ...]:
    return tuple(season.astimezone(ZoneInfo(zone)).utcoffset() for season in SEASONS)
