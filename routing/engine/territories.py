"""Which territory a lead lies in, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from typing import TypeAlias

from routing.engine.folding import fold
from routing.engine.postal import codes_covered, in_range, normal_code, parse_postal
from routing.engine.seen import number_of, text_of
from routing.engine.types import Band, FactValue, PoolId, RepId, Territory, TerritoryId

__all__ = ["Atlas", "chain_of", "locate", "owner_of", "parse_postal", "precedence"]

_COUNTRY, _REGION, _CITY, _POSTAL = 1, 2, 3, 4
"""Geographies, from coarse to fine; 0 is none."""

_LISTS = ("industries", "sources", "languages")
_FIELD = {"industries": "industry", "sources": "source", "languages": "language"}
_BANDS = ("employees", "annual_revenue")


@dataclass(frozen=True, slots=True)
class Place:
    """What territories ask of a lead, normalised once."""

    country: str
    region: str
    city: str
    postal_code: str
    texts: Mapping[str, frozenset[str]]
    numbers: Mapping[str, int | float | None]
    day: date


Check: TypeAlias = Callable[[Place], bool]


def chain_of(territories: Mapping[TerritoryId, Territory], territory: Territory) -> tuple[Territory, ...]:
    """The territory and its ancestors, nearest first. A loop of parents ends where it closes."""
    chain = [territory]
    seen = {territory.id}
    while (parent := territories.get(chain[-1].parent or 0)) is not None and parent.id not in seen:
        chain.append(parent)
        seen.add(parent.id)
    return tuple(chain)


def owner_of(
    territories: Mapping[TerritoryId, Territory], territory: Territory
) -> tuple[RepId | None, PoolId | None, Territory | None]:
    """The rep or pool that owns a territory, else its nearest owned ancestor's, and the territory that said so."""
    for link in chain_of(territories, territory):
        if link.owner_rep is not None:
            return link.owner_rep, None, link
        if link.owner_pool is not None:
            return None, link.owner_pool, link
    return None, None, None


def locate(
    territories: Mapping[TerritoryId, Territory],
    facts: Mapping[str, FactValue],
    now: datetime,
    *,
    zone: tzinfo = UTC,
) -> Territory | None:
    """The territory that wins the lead with these facts, if any. `zone`: where effective dates begin and end."""
    return Atlas(territories, zone).locate(facts.get, now)


@dataclass(frozen=True, slots=True)
class Charted:
    """A territory with the checks of its whole chain, worked out once."""

    territory: Territory
    checks: tuple[Check, ...]
    countries: frozenset[str] | None


class Atlas:
    """All territories of a rulebook in the order in which they win."""

    def __init__(self, territories: Mapping[TerritoryId, Territory], zone: tzinfo = UTC) -> None:
        self.territories = territories
        self._zone = zone
        ordered = sorted(territories.values(), key=lambda t: precedence(chain_of(territories, t)))
        charts = [_chart(chain_of(territories, territory)) for territory in ordered]
        countries = {code for chart in charts for code in chart.countries or ()}
        self._anywhere = tuple(chart for chart in charts if chart.countries is None)
        self._by_country = {
            code: tuple(c for c in charts if c.countries is None or code in c.countries) for code in countries
        }

    def locate(self, look_up: Callable[[str], object], now: datetime) -> Territory | None:
        """The first territory, in the order in which they win, whose checks and whose ancestors' all hold."""
        if not self.territories:
            return None
        place = _place(look_up, now, self._zone)
        for chart in self._by_country.get(place.country, self._anywhere):
            if all(check(place) for check in chart.checks):
                return chart.territory
        return None


def _place(look_up: Callable[[str], object], now: datetime, zone: tzinfo) -> Place:
    country = _text(look_up("country")).upper()
    region = _text(look_up("region")).upper()
    if region and "-" not in region and country:
        region = f"{country}-{region}"
    if not country:
        country = region.partition("-")[0] if "-" in region else ""
    return Place(
        country=country,
        region=region,
        city=fold(_text(look_up("city"))),
        postal_code=normal_code(_text(look_up("postal_code"))),
        texts={name: _folded(look_up(_FIELD[name])) for name in _LISTS},
        numbers={name: number_of(look_up(name)) for name in _BANDS},
        day=now.astimezone(zone).date(),
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _folded(value: object) -> frozenset[str]:
    """A fact as folded texts; a language also without its region, so that en-GB is en."""
    values = value if isinstance(value, tuple | list) else (value,)
    texts = {fold(text_of(item)) for item in values if isinstance(item, str | int | float) and item != ""}
    return frozenset(texts | {text.partition("-")[0] for text in texts if "-" in text and len(text) <= 6})


def _chart(chain: tuple[Territory, ...]) -> Charted:
    checks = [check for territory in chain for check in _checks(territory)]
    if any(territory.postal_codes for territory in chain):
        checks.append(_in_the_one_country(chain))
    sets = [frozenset(code.upper() for code in t.countries) for t in chain if t.countries]
    return Charted(chain[0], tuple(checks), frozenset.intersection(*sets) if sets else None)


def _checks(territory: Territory) -> Iterator[Check]:
    """One check for each criterion that the territory gives."""
    for make in _CHECKS:
        yield from make(territory)


def _in_effect(territory: Territory) -> Iterator[Check]:
    if territory.start or territory.end:
        first, last = territory.start or date.min, territory.end or date.max
        yield lambda place: first <= place.day <= last


def _in_countries(territory: Territory) -> Iterator[Check]:
    if countries := frozenset(code.upper() for code in territory.countries):
        yield lambda place: place.country in countries


def _in_regions(territory: Territory) -> Iterator[Check]:
    """US-GA is the state of Georgia, and only in the US."""
    if regions := frozenset(code.upper() for code in territory.regions):
        yield lambda place: place.region in regions and place.region.startswith(f"{place.country}-")


def _in_cities(territory: Territory) -> Iterator[Check]:
    if cities := frozenset(fold(city) for city in territory.cities):
        yield lambda place: place.city in cities


def _in_postal_codes(territory: Territory) -> Iterator[Check]:
    if territory.postal_codes:
        yield lambda place: any(in_range(place.postal_code, postal) for postal in territory.postal_codes)


def _in_lists(territory: Territory) -> Iterator[Check]:
    for name in _LISTS:
        if wanted := frozenset(fold(text) for text in getattr(territory, name)):
            yield partial(_listed, name, wanted)


def _listed(name: str, wanted: frozenset[str], place: Place) -> bool:
    return not wanted.isdisjoint(place.texts[name])


def _in_bands(territory: Territory) -> Iterator[Check]:
    for name in _BANDS:
        if _given(band := getattr(territory, name)):
            yield partial(_within, name, band)


_CHECKS: tuple[Callable[[Territory], Iterator[Check]], ...] = (
    _in_effect,
    _in_countries,
    _in_regions,
    _in_cities,
    _in_postal_codes,
    _in_lists,
    _in_bands,
)


def _given(band: Band | None) -> bool:
    return band is not None and (band.low is not None or band.high is not None)


def _within(name: str, band: Band, place: Place) -> bool:
    number = place.numbers[name]
    if number is None:
        return False
    return (band.low is None or number >= band.low) and (band.high is None or number <= band.high)


def _in_the_one_country(chain: tuple[Territory, ...]) -> Check:
    """Postal codes mean something in one country only: the chain's, if what all its links name is exactly one."""
    sets = [{code.upper() for code in territory.countries} for territory in chain if territory.countries]
    regions = {code.upper().partition("-")[0] for territory in chain for code in territory.regions}
    countries = set.intersection(*sets) if sets else regions
    return lambda place: len(countries) == 1 and place.country in countries


def precedence(chain: tuple[Territory, ...]) -> tuple[int, int, int, int, int, str, TerritoryId]:
    """Sorts the winner first: priority, depth, finest geography, fewest codes, most criteria, name."""
    territory = chain[0]
    geography, codes = _geography(chain)
    criteria = {name for link in chain for name in _criteria(link)}
    return (-territory.priority, -len(chain), -geography, codes, -len(criteria), territory.name, territory.id)


def _geography(chain: tuple[Territory, ...]) -> tuple[int, int]:
    """The finest geography of a chain, and how many codes its narrowest link of that geography covers."""
    covered: dict[int, list[int]] = {0: [0]}
    for link in chain:
        if link.postal_codes:
            covered.setdefault(_POSTAL, []).append(sum(map(codes_covered, link.postal_codes)))
        for level, codes in ((_CITY, link.cities), (_REGION, link.regions), (_COUNTRY, link.countries)):
            if codes:
                covered.setdefault(level, []).append(len(codes))
    finest = max(covered)
    return finest, min(covered[finest])


def _criteria(territory: Territory) -> Iterator[str]:
    for name in ("countries", "regions", "cities", "postal_codes", *_LISTS):
        if getattr(territory, name):
            yield name
    for name in _BANDS:
        if _given(getattr(territory, name)):
            yield name
