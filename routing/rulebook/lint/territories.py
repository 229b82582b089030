"""Territories that can hold the same lead, where nothing but a name or a count of codes decides; and ownerless ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from routing.engine.folding import fold
from routing.engine.territories import chain_of, owner_of, precedence
from routing.engine.types import Band, PostalRange, Territory
from routing.rulebook.check import looping
from routing.rulebook.lint.findings import Finding, listed, note, warning
from routing.rulebook.lint.subject import Subject

LISTS = ("countries", "regions", "cities", "industries", "sources", "languages")
BANDS = ("employees", "annual_revenue")
MOST_NAMED = 20
"""Of the territories that one overlaps with no more are named."""


@dataclass(frozen=True, slots=True)
class Area:
    """A territory with its whole chain put together. `rank`: what decides between two, the name aside.

    `sets` holds what may be, for each list that is given; `codes` the postal ranges of each link that gives some.
    """

    territory: Territory
    rank: tuple[int, ...]
    sets: Mapping[str, frozenset[str]]
    bands: Mapping[str, tuple[float, float]]
    codes: tuple[tuple[PostalRange, ...], ...]
    first: date
    last: date


def territories(subject: Subject) -> Iterator[Finding]:
    """Overlaps, conflicts, territories that are over, and those that nobody owns."""
    charted = subject.rulebook.territories
    looped = looping({key: territory.parent for key, territory in charted.items()})
    areas = [area_of(charted, one) for key, one in charted.items() if key not in looped]
    today = subject.now.astimezone(subject.zone).date()
    for area in areas:
        if area.last < today:
            message = f"it ended on {area.last}, so it matches nothing. Extend or remove it."
            yield warning("dead_territory", "territories", area.territory.name, message, "to")
        elif is_empty(area):
            message = "its criteria and those of the territories around it exclude each other, so it matches nothing."
            yield warning("dead_territory", "territories", area.territory.name, message)
        elif owner_of(charted, area.territory)[2] is None:
            message = "neither it nor any territory around it has an owner: its leads go on to the next rule."
            yield warning("territory_without_owner", "territories", area.territory.name, message, "owner")
    yield from _overlaps([area for area in areas if area.last >= today])


def area_of(charted: Mapping[int, Territory], territory: Territory) -> Area:
    chain = chain_of(charted, territory)
    sets: dict[str, frozenset[str]] = {}
    bands: dict[str, tuple[float, float]] = {}
    for link in chain:
        for name in LISTS:
            if given := frozenset(_normal(name, text) for text in getattr(link, name)):
                sets[name] = sets[name] & given if name in sets else given
        for name in BANDS:
            if (band := getattr(link, name)) is not None:
                bands[name] = _cut(bands.get(name), band)
    return Area(
        territory=territory,
        rank=precedence(chain)[:5],
        sets=sets,
        bands=bands,
        codes=tuple(link.postal_codes for link in chain if link.postal_codes),
        first=max((link.start for link in chain if link.start), default=date.min),
        last=min((link.end for link in chain if link.end), default=date.max),
    )


def _normal(name: str, text: str) -> str:
    return text.upper() if name in ("countries", "regions") else fold(text)


def _cut(known: tuple[float, float] | None, band: Band) -> tuple[float, float]:
    low, high = known or (float("-inf"), float("inf"))
    return max(low, low if band.low is None else band.low), min(high, high if band.high is None else band.high)


def is_empty(area: Area) -> bool:
    """Whether the links of its chain leave nothing."""
    return not all(area.sets.values()) or any(low > high for low, high in area.bands.values()) or area.first > area.last


def _overlaps(areas: Collection[Area]) -> Iterator[Finding]:
    """One finding for each territory that others can win against, or be won against, by a count or a name only."""
    conflicts: defaultdict[str, list[str]] = defaultdict(list)
    overlaps: defaultdict[str, list[str]] = defaultdict(list)
    for one, other in _pairs(areas):
        if can_meet(one, other):
            found = conflicts if one.rank == other.rank else overlaps
            first, second = sorted((one.territory.name, other.territory.name))
            found[first].append(second)
    for name, others in sorted(conflicts.items()):
        message = (
            f"a lead can lie in it and in {_named(others)}, and nothing but the name decides. "
            "Give one of them a higher priority, or criteria that keep them apart."
        )
        yield warning("territory_conflict", "territories", name, message)
    for name, others in sorted(overlaps.items()):
        message = f"a lead can lie in it and in {_named(others)}: whichever covers fewer codes or asks for more wins."
        yield note("territory_overlap", "territories", name, message)


def _named(others: list[str]) -> str:
    return listed([f"“{other}”" for other in sorted(set(others))], most=MOST_NAMED)


def _pairs(areas: Collection[Area]) -> Iterator[tuple[Area, Area]]:
    """Pairs of equal priority, depth and fineness of geography that may share a code of it, each once."""
    buckets: defaultdict[object, list[Area]] = defaultdict(list)
    for area in areas:
        for code in _finest(area):
            buckets[area.rank[:3], code].append(area)
    seen: set[tuple[int, int]] = set()
    for bucket in buckets.values():
        for one, other in combinations(bucket, 2):
            key = one.territory.id, other.territory.id
            if key not in seen:
                seen.add(key)
                yield one, other


def _finest(area: Area) -> Collection[str]:
    """Codes of its finest geography, the country for postal codes: areas that share a lead share one of these."""
    if area.codes:
        return countries_of(area) or ("",)
    for name in ("cities", "regions", "countries"):
        if name in area.sets:
            return area.sets[name]
    return ("",)


def can_meet(one: Area, other: Area) -> bool:
    """Whether one lead can lie in both."""
    if one.last < other.first or other.last < one.first:
        return False
    for name in one.sets.keys() & other.sets.keys():
        if not _share(name, one.sets[name], other.sets[name]):
            return False
    for name in one.bands.keys() & other.bands.keys():
        if max(one.bands[name][0], other.bands[name][0]) > min(one.bands[name][1], other.bands[name][1]):
            return False
    return _countries_agree(one, other) and _codes_meet(one, other)


def _share(name: str, one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether a lead's value can be in both. A lead in en-GB speaks en, too."""
    if name != "languages":
        return not one.isdisjoint(other)
    return any(_spoken(text) & one and _spoken(text) & other for text in one | other)


def _spoken(text: str) -> set[str]:
    return {text, text.partition("-")[0]}


def _countries_agree(one: Area, other: Area) -> bool:
    """Regions name their country, too."""
    here, there = countries_of(one), countries_of(other)
    return here is None or there is None or not here.isdisjoint(there)


def countries_of(area: Area) -> frozenset[str] | None:
    if "countries" in area.sets:
        return area.sets["countries"]
    regions = area.sets.get("regions")
    return None if regions is None else frozenset(code.partition("-")[0] for code in regions)


def _codes_meet(one: Area, other: Area) -> bool:
    """Whether every link's ranges of the one meet every link's of the other."""
    return all(any(_cross(a, b) for a in ours for b in theirs) for ours in one.codes for theirs in other.codes)


def _cross(one: PostalRange, other: PostalRange) -> bool:
    length = min(len(one.low), len(other.low))
    return one.low[:length] <= other.high[:length] and other.low[:length] <= one.high[:length]
