"""How owners look on a map: six colours of different lightness, then the same with lines, dots and a grid.

Nothing is told by colour alone: letters, the words on hover and the tables say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from reps.admin_display import initials
from routing.engine.territories import owner_of
from routing.engine.types import Territory, TerritoryId
from routing.insights.territories import Place
from routing.rulebook.words import GONE, Names

COLOURS = 6
GRAINS = ("", "lines", "dots", "grid")
Owner = tuple[str, int]
"""A kind, rep or pool, and the key."""
NOBODY: Owner = ("nobody", 0)
ADDRESSES = {"rep": "admin:reps_rep_change", "pool": "admin:routing_pool_change"}


@dataclass(frozen=True, slots=True)
class Look:
    """An owner in the legend. `fill`: what its places are painted with; empty if their colour is enough."""

    name: str
    kind: str
    letters: str
    colour: int
    grain: str
    fill: str
    url: str
    places: int


def owner_key(territories: Mapping[TerritoryId, Territory], territory: Territory) -> Owner:
    """Whose territory it is, itself or by the one around it."""
    rep, pool, _ = owner_of(territories, territory)
    return ("rep", rep) if rep is not None else ("pool", pool) if pool is not None else NOBODY


def looks(owned: Mapping[str, Owner], names: Names) -> dict[Owner, Look]:
    """Of everybody who owns a place, the largest owners first. `owned`: the code of each place → its owner."""
    ranked = sorted(Counter(owned.values()).items(), key=lambda one: (-one[1], one[0]))
    return {owner: _look(owner, number, places, names) for number, (owner, places) in enumerate(ranked)}


def _look(owner: Owner, number: int, places: int, names: Names) -> Look:
    name, colour = owner_name(owner, names), number % COLOURS + 1
    grain = GRAINS[min(number // COLOURS, len(GRAINS) - 1)]
    return Look(
        name=name,
        kind=owner[0],
        letters=initials(name) if owner != NOBODY else "–",
        colour=colour,
        grain=grain,
        fill=f"lr-map-{grain}-{colour}" if grain else "",
        url=owner_url(owner),
        places=places,
    )


def owner_name(owner: Owner, names: Names) -> str:
    if owner == NOBODY:
        return "no owner"
    kind, key = owner
    return (names.reps if kind == "rep" else names.pools).get(key, GONE)


def owner_url(owner: Owner) -> str:
    return "" if owner == NOBODY else reverse(ADDRESSES[owner[0]], args=[owner[1]])


def main_territory(place: Place) -> Territory | None:
    """Whose colour the place has: the first that takes all of its leads, else the first that takes some."""
    whole = (claim.territory for claim in place.claims if claim.whole)
    some = (claim.territory for claim in place.claims)
    return next(whole, None) or next(some, None)
