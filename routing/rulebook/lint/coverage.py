"""Countries and regions that no territory covers, those where leads come from first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

import pycountry

from routing.engine.counting import counted
from routing.engine.types import Operator, ToTerritory
from routing.rulebook.lint.findings import Finding, listed, note, warning
from routing.rulebook.lint.subject import Subject
from routing.rulebook.lint.territories import Area, area_of

MOST_NAMED = 8


def coverage(subject: Subject) -> Iterator[Finding]:
    """Only where territories are used; other criteria than countries and regions aside."""
    if not subject.rulebook.territories or not _uses_territories(subject):
        return
    charted = subject.rulebook.territories
    today = subject.now.astimezone(subject.zone).date()
    areas = [area_of(charted, territory) for territory in charted.values()]
    areas = [area for area in areas if area.first <= today <= area.last]
    if any("countries" not in area.sets and "regions" not in area.sets for area in areas):
        return  # one that asks for no place covers all of them
    whole, parts = _covered(areas)
    yield from _countries(subject, whole | parts.keys())
    for country in sorted(parts.keys() - whole):
        yield from _regions(subject, country, parts[country])


def _uses_territories(subject: Subject) -> bool:
    return any(
        isinstance(rule.destination, ToTerritory)
        or any(row.operator == Operator.IN_TERRITORY or row.field == "territory" for g in rule.conditions for row in g)
        for rule in subject.rules
    )


def _covered(areas: list[Area]) -> tuple[set[str], Mapping[str, set[str]]]:
    """Countries that some territory covers as a whole, and the covered regions of others by country."""
    whole: set[str] = set()
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for area in areas:
        if "regions" not in area.sets:
            whole |= area.sets["countries"]
        for region in area.sets.get("regions", ()):
            parts[region.partition("-")[0]].add(region)
    return whole, parts


def _countries(subject: Subject, covered: set[str]) -> Iterator[Finding]:
    came: Counter[str] = Counter()
    for (country, _), number in subject.live.arrivals.items():
        if country and country not in covered:
            came[country] += number
    for country, number in came.most_common():
        message = (
            f"no territory covers {country_name(country)}, and {counted(number, 'lead')} of the last 90 days came from "
            "there. Add it to a territory, or give it one of its own."
        )
        yield warning("country_not_covered", "territories", country, message, "countries")
    others = [one.name for one in pycountry.countries if one.alpha_2 not in covered and one.alpha_2 not in came]
    if others:
        message = (
            f"No territory covers {counted(len(others), 'further country', 'further countries')}, from which no lead "
            f"came in the last 90 days: {listed(others, MOST_NAMED)}."
        )
        yield note("countries_not_covered", "territories", "", message, "countries")


def _regions(subject: Subject, country: str, covered: set[str]) -> Iterator[Finding]:
    arrivals = subject.live.arrivals
    came = Counter({region: n for (where, region), n in arrivals.items() if where == country and region})
    missing = regions_of(country) - covered
    wanted = [region for region, _ in came.most_common() if region in missing]
    for region in wanted:
        message = (
            f"no territory covers {region_name(region)}, and {counted(came[region], 'lead')} of the last 90 days came "
            "from there. Add it to a territory."
        )
        yield warning("region_not_covered", "territories", region, message, "regions")
    if rest := sorted(missing - set(wanted)):
        names = listed([region_name(region) for region in rest], MOST_NAMED)
        message = (
            f"in {country_name(country)} no territory covers {counted(len(rest), 'further region')}, from which no "
            f"lead came in the last 90 days: {names}."
        )
        yield note("regions_not_covered", "territories", country, message, "regions")


@lru_cache(maxsize=512)
def regions_of(country: str) -> frozenset[str]:
    """The regions of a country that lie in no other region."""
    found = pycountry.subdivisions.get(country_code=country) or ()
    return frozenset(one.code for one in found if not one.parent_code)


def country_name(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code)
    return found.name if found else code


def region_name(code: str) -> str:
    found = pycountry.subdivisions.get(code=code)
    return f"{found.name} ({code})" if found else code
