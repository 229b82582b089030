"""What else a lead says beside the name of its company, so that the name can be corroborated, or not."""

from __future__ import annotations

from enum import StrEnum
from random import Random
from typing import Any

from routing.intake.company_names import name_key
from routing.management.benchmark.names.book import Place, companies
from routing.management.benchmark.names.pairs import LOOK_ALIKE, STRANGER, Pair
from routing.management.benchmark.names.variants import other_ending

WORK_MAIL, FREE_MAIL = 0.55, 0.25
"""Shares of leads with an address at a domain named like their company, though never the one on record, which would
decide alone; and with free mail. The others write from a domain that says nothing, such as their agency's.
"""
ADDRESS, REGION, COUNTRY = 0.50, 0.20, 0.25
"""Shares of leads that give a postal code with region and country, region and country, or only their country."""
SWITCHBOARD = 0.15
"""Share of leads that leave the telephone number which is on record."""
NEARBY = 0.5
"""Share of look-alikes that give the very address of the account that they look like: far more than in life."""


class Form(StrEnum):
    """Which facts come with all names: as drawn by the shares above, or the same for every one."""

    DRAWN = "as forms bring them"
    BARE = "nothing agrees"
    ONE = "the region agrees"
    TWO = "region and postal code agree"


def facts_of(pair: Pair, number: int, form: Form) -> tuple[dict[str, Any], int]:
    """What the lead sends, and how much of it agrees with `pair.near`; the same each time."""
    facts: dict[str, Any] = {"company": pair.written, "email": f"lead{number}@gmail.com"}
    if form is Form.BARE:
        return facts, 0
    place = pair.near.place
    if form is Form.ONE:
        return facts | {"region": place.region, "country": place.country}, 1
    if form is Form.TWO:
        return facts | _address(place), 2
    return _drawn(facts, pair, Random(f"form of {number}"))


def _drawn(facts: dict[str, Any], pair: Pair, chance: Random) -> tuple[dict[str, Any], int]:
    mail, where, phone = chance.random(), chance.random(), chance.random()
    place = _place(pair, chance)
    here = place == pair.near.place
    agreeing = 0
    if mail < WORK_MAIL:
        facts["email"] = f"{facts['email'].partition('@')[0]}@{_own_domain(pair, chance)}"
        agreeing += bool(pair.account)
    elif mail >= WORK_MAIL + FREE_MAIL:
        facts["email"] = f"{facts['email'].partition('@')[0]}@agency-{chance.randrange(100)}.com"
    if where < ADDRESS:
        facts |= _address(place)
        agreeing += 2 * here
    elif where < ADDRESS + REGION:
        facts |= {"region": place.region, "country": place.country}
        agreeing += here
    elif where < ADDRESS + REGION + COUNTRY:
        facts["country"] = place.country
    if phone < SWITCHBOARD and here:
        facts["phone"] = place.phone
        agreeing += 1
    return facts, agreeing if pair.family != STRANGER else 0


def _address(place: Place) -> dict[str, Any]:
    return {"region": place.region, "country": place.country, "postal_code": place.postal_code}


def _place(pair: Pair, chance: Random) -> Place:
    """Where the lead is. Who is another company has another telephone number, also next door."""
    if pair.account:
        return pair.place or pair.near.place
    if pair.family == LOOK_ALIKE and chance.random() < NEARBY:
        return pair.near.place
    return chance.choice([other.place for other in companies() if other.place.region != pair.near.place.region])


def _own_domain(pair: Pair, chance: Random) -> str:
    if pair.account:
        return other_ending(pair.near, chance)
    key = name_key(pair.written).replace(" ", "")
    return f"{key}.com" if key.isascii() else f"company-{chance.randrange(100)}.com"
