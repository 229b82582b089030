"""Where visitors go on after sending: an address with places that are filled in, which never say which site it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from routing.intake.addresses import may_go_to

PLACE = re.compile(r"\{(rep|booking)\}")
ANY_PLACE = re.compile(r"\{[^{}]*\}")
BOOKING = "{booking}"
ELSEWHERE = (
    "Only the values of its query may have {rep} and {booking}, such as ?rep={rep}; or all of the address is {booking}."
)


def check_places(address: str) -> None:
    """Raises ValueError, that says why and what may be there, for a place where nothing may be filled in."""
    for place in ANY_PLACE.findall(address):
        if not PLACE.fullmatch(place):
            raise ValueError(f"{place} is nothing that is filled in here. There are {{rep}} and {{booking}}.")
    if address != BOOKING and any(map(PLACE.search, _outside_of_values(address))):
        raise ValueError(ELSEWHERE)


def without_places(address: str) -> str:
    """The address as it is judged: what is filled in is one value of a query."""
    return PLACE.sub("x", address)


def filled_in(address: str, values: Mapping[str, str], hosts: object) -> str:
    """The address to go to; empty if there is none, or none at these hosts."""
    try:
        check_places(address)
    except ValueError:  # kept before places were checked
        return ""
    whole = address == BOOKING
    further = values["booking"] if whole else PLACE.sub(lambda place: quote(values[place[1]], safe=""), address)
    return further if may_go_to(further, hosts) else ""


def _outside_of_values(address: str) -> Iterator[str]:
    """All of it but what stands behind the = of its query."""
    rest, _, fragment = address.partition("#")
    before, _, query = rest.partition("?")
    yield from (before, fragment)
    yield from (pair.partition("=")[0] for pair in query.split("&"))
