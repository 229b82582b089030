"""The time zone that a lead lives in, as far as it is known: from the place, else from the phone number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
import us
import zipcodes
from phonenumbers.timezone import time_zones_for_number

UNITED_STATES = "US"
ZIP_LENGTH = 5


def zone_of_lead(*, country: str, region: str, postal_code: str, phone: str, now: datetime) -> ZoneInfo | None:
    """None where it may be one of several whose clocks differ now."""
    for names in _guesses(country, region, postal_code, phone):
        if zone := _agreed(names, now):
            return zone
    return None


def _guesses(country: str, region: str, postal_code: str, phone: str) -> Iterable[Iterable[str]]:
    """Sets of zones, the surest first."""
    if country == UNITED_STATES:
        yield _of_zip(postal_code[:ZIP_LENGTH])
        state = us.states.lookup(region.removeprefix("US-")) if region else None
        yield state.time_zones[:1] if state else ()
    yield _zones_of_countries().get(country, ())
    yield _of_phone(phone)


@cache
def _of_zip(code: str) -> tuple[str, ...]:
    if len(code) != ZIP_LENGTH or not code.isdigit():
        return ()
    return tuple(sorted({place["timezone"] for place in zipcodes.matching(code)}))


def _of_phone(phone: str) -> tuple[str, ...]:
    try:
        return tuple(time_zones_for_number(phonenumbers.parse(phone)))
    except phonenumbers.NumberParseException:
        return ()


def _agreed(names: Iterable[str], now: datetime) -> ZoneInfo | None:
    """The first of these zones if the clocks of all show the same."""
    zones = []
    for name in names:
        try:
            zones.append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return zones[0] if len({now.astimezone(zone).utcoffset() for zone in zones}) == 1 else None


@cache
def _zones_of_countries() -> Mapping[str, tuple[str, ...]]:
    """The table that comes with the time zones: country, place, zone."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[country].append(zone)
    return {country: tuple(zones) for country, zones in found.items()}
