"""Which territories hold leads of which place, which of them wins there, and how many leads came from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations

from django.db.models import Count

from routing.engine.territories import chain_of, precedence
from routing.engine.types import Territory, TerritoryId
from routing.insights.periods import Period
from routing.models import Lead
from routing.rulebook.check import looping
from routing.rulebook.lint.territories import Area, area_of, can_meet, countries_of, is_empty

FINER = ("cities", "industries", "sources", "languages")
DIFFERENCES = (
    "it has the higher priority",
    "it lies deeper in the hierarchy",
    "its geography is finer",
    "it covers fewer codes",
    "it has more criteria",
    "its name comes first",
)
"""What decides between two territories, in the order in which it is asked (engine/territories.py)."""


class Standing(StrEnum):
    """Whether a territory can be drawn."""

    DRAWN = "drawn"
    ANYWHERE = "anywhere"
    FUTURE = "future"
    OVER = "over"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Claim:
    """`whole`: every lead of the place lies in the territory; else only some do, by city, size, industry and so on."""

    territory: Territory
    whole: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two territories that one lead can lie in, neither a part of the other, and nobody said which goes first."""

    winner: Territory
    loser: Territory
    because: str

    @property
    def by_name(self) -> bool:
        """Whether nothing but the name decides."""
        return self.because == DIFFERENCES[-1]


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166-1) or a region (ISO 3166-2). `claims` are in the order in which they win."""

    code: str
    claims: tuple[Claim, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def whole(self) -> bool:
        """Whether no lead of the place is left over."""
        return any(claim.whole for claim in self.claims)


@dataclass(frozen=True, slots=True)
class TerritoryMap:
    """The territories of one rulebook on one day. `standing` has each of them."""

    places: Mapping[str, Place]
    standing: Mapping[TerritoryId, Standing]


@dataclass(frozen=True, slots=True)
class Origin:
    """How many leads came from a place and lay in a territory, or in none."""

    country: str
    region: str
    territory: TerritoryId | None
    leads: int


def territory_map(
    territories: Mapping[TerritoryId, Territory], *, places: Collection[str], today: date
) -> TerritoryMap:
    """Who holds each of the places. `places`: codes of countries and of regions. `today`: on the company's clocks."""
    looped = looping({key: territory.parent for key, territory in territories.items()})
    areas = {key: area_of(territories, one) for key, one in territories.items() if key not in looped}
    standing = {key: _standing(areas.get(key), today) for key in territories}
    drawn = [areas[key] for key in territories if standing[key] is Standing.DRAWN]
    drawn.sort(key=lambda area: precedence(chain_of(territories, area.territory)))
    conflicts = _Conflicts()
    return TerritoryMap({code: _place(code, drawn, conflicts) for code in places}, standing)


def _standing(area: Area | None, today: date) -> Standing:
    """Those whose parents run in a circle match nothing either."""
    if area is None or is_empty(area) or (area.codes and len(countries_of(area) or ()) != 1):
        return Standing.EMPTY
    if area.last < today:
        return Standing.OVER
    if area.first > today:
        return Standing.FUTURE
    return Standing.DRAWN if countries_of(area) is not None or not _by_more_than_place(area) else Standing.ANYWHERE


def _by_more_than_place(area: Area) -> bool:
    return bool(area.codes or area.bands or any(name in area.sets for name in FINER))


def _place(code: str, drawn: Iterable[Area], conflicts: _Conflicts) -> Place:
    country, _, region = code.partition("-")
    held = [area for area in drawn if _holds(area, country, code if region else "")]
    claims = tuple(Claim(area.territory, _whole(area, by_region=bool(region))) for area in held)
    return Place(code, claims, tuple(conflicts.among(held)))


def _holds(area: Area, country: str, region: str) -> bool:
    """Whether a lead of the place can lie in the area."""
    countries = countries_of(area)
    if countries is not None and country not in countries:
        return False
    regions = area.sets.get("regions")
    if regions is None:
        return True
    return region in regions if region else any(code.startswith(f"{country}-") for code in regions)


def _whole(area: Area, *, by_region: bool) -> bool:
    return not _by_more_than_place(area) and (by_region or "regions" not in area.sets)


class _Conflicts:
    """Two areas are compared once, in however many places they meet."""

    def __init__(self) -> None:
        self._known: dict[tuple[TerritoryId, TerritoryId], Conflict | None] = {}

    def among(self, held: Collection[Area]) -> Iterator[Conflict]:
        """Of areas in the order in which they win. Inside cities and postal codes the linter looks, not the map."""
        alike: defaultdict[tuple[int, ...], list[Area]] = defaultdict(list)
        for area in held:
            if not area.codes and "cities" not in area.sets:
                alike[area.rank[:3]].append(area)
        for areas in alike.values():
            for winner, loser in combinations(areas, 2):
                if found := self._between(winner, loser):
                    yield found

    def _between(self, winner: Area, loser: Area) -> Conflict | None:
        key = winner.territory.id, loser.territory.id
        if key not in self._known:
            self._known[key] = _conflict(winner, loser)
        return self._known[key]


def _conflict(winner: Area, loser: Area) -> Conflict | None:
    """A part that wins against its whole is no conflict; a whole that wins against its part is one."""
    if not can_meet(winner, loser) or (_is_part(winner, loser) and not _is_part(loser, winner)):
        return None
    return Conflict(winner.territory, loser.territory, DIFFERENCES[_first_difference(winner, loser)])


def _first_difference(winner: Area, loser: Area) -> int:
    pairs = zip(winner.rank, loser.rank, strict=True)
    return next((number for number, (one, other) in enumerate(pairs) if one != other), len(winner.rank))


def _is_part(one: Area, other: Area) -> bool:
    """Whether everything that lies in the one lies in the other as well."""
    lists = all(name in one.sets and one.sets[name] <= given for name, given in other.sets.items())
    bands = all(
        name in one.bands and low <= one.bands[name][0] and one.bands[name][1] <= high
        for name, (low, high) in other.bands.items()
    )
    return lists and bands


def leads_by_place(period: Period) -> list[Origin]:
    """The leads of a period by where they came from and the territory they lay in, in one query; no test leads."""
    leads = Lead.objects.real().filter(submitted_at__gte=period.start, submitted_at__lt=period.end)
    rows = leads.order_by().values("country", "region", "territory_id").annotate(leads=Count("pk"))
    return [Origin(*row) for row in rows.values_list("country", "region", "territory_id", "leads")]
