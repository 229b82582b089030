"""Countries, regions and postal codes: from what people write to ISO 3166-1 and 3166-2."""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache

import pycountry
import us
import zipcodes

from routing.intake.clean import Unusable
from routing.intake.domain_lists import TOP_LEVELS_OF_NO_COUNTRY
from routing.intake.folding import fold
from routing.intake.place_names import (
    COUNTRY_LANGUAGES,
    FURTHER_COUNTRIES,
    FURTHER_PLACES,
    FURTHER_REGIONS,
    FURTHER_REGIONS_IN_GERMAN,
    PLACES_THAT_ARE_WORDS,
)

ISO_REGION = re.compile(r"([A-Za-z]{2})[-_ ]([A-Za-z0-9]{1,3})")
ZIP = re.compile(r"(\d{5})(?:[- ]?\d{4})?")
DIGRAPH = re.compile("([aou])e")
"""ä, ö and ü as they are written where keyboards have none: Oesterreich. An ß is ss in every folded name."""
BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
SHORTEST_PLACE = 4
UNKNOWN_COUNTRY = "Not known. Send an ISO 3166-1 code such as US, or the country's name."
UNKNOWN_REGION = "Not known. Send an ISO 3166-2 code such as US-CA, or the region's name together with the country."


def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2, from a code or a name. “Georgia” is the country: a state needs its country beside it."""
    code = country_named(text)
    if not code:
        raise Unusable(UNKNOWN_COUNTRY)
    return code


def country_named(text: str) -> str:
    """The same, empty for what is no country."""
    return _found(text, _countries, _countries_in_their_languages)


def _found(text: str, *lists: Callable[[], Mapping[str, str]]) -> str:
    """What the first of these lists has under this name; with ae, oe and ue for umlauts only if none has it so."""
    word = fold(text)
    for spelling in dict.fromkeys((word, DIGRAPH.sub(r"\1", word))):
        for known in lists:
            if code := known().get(spelling):
                return code
    return ""


def is_place(word: str) -> bool:
    """Whether this, as `fold` leaves it, is what people call a country, one of its regions or a large city.

    Codes are not meant, since most are words too, but for the few that are written behind names.
    """
    return word in _places()


def load_data() -> None:
    """Read the lists of places now instead of at the first lead."""
    _only_region_named()
    _countries()
    _places()
    place_of_zip("94105")


def country_of_top_level(domain: str) -> str:
    """The country that a domain's top level stands for, if it stands for one."""
    top = domain.rpartition(".")[2]
    if len(top) != 2 or top in TOP_LEVELS_OF_NO_COUNTRY:
        return ""
    return "GB" if top == "uk" else top.upper() if top in _countries() else ""


def iso_region(text: str) -> str:
    """The code itself if `text` is one of ISO 3166-2, else empty."""
    code = ISO_REGION.fullmatch(text.strip())
    if code is None:
        return ""
    region = f"{code[1]}-{code[2]}".upper()
    return region if pycountry.subdivisions.get(code=region) else ""


def region_code(text: str, country: str) -> str:
    """ISO 3166-2, from a code, a name, or a code within the country (“CA” of US).

    Without a country only a name that is the only one of its kind counts, and no name of a country.
    """
    if region := iso_region(text):
        if country and not region.startswith(f"{country}-"):
            raise Unusable(f"{region} does not lie in {country}. {UNKNOWN_REGION}")
        return region
    if country:
        lists = (lambda: _regions().get(country, {}), lambda: _regions_in_german().get(country, {}))
        region = _found(text, *lists)
    else:
        region = "" if fold(text) in _countries() else _found(text, _only_region_named)
    if not region:
        raise Unusable(UNKNOWN_REGION)
    return region


def postal_code(text: str) -> str:
    """Upper case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).upper().split())


@lru_cache(maxsize=10_000)
def place_of_zip(code: str) -> tuple[str, str]:
    """Region and city of a postal code of the US; empty if it is not known, or a military one."""
    five = ZIP.fullmatch(code) if code.isascii() else None
    places = zipcodes.matching(five[1]) if five else []  # type: ignore[no-untyped-call]
    for place in places:
        region = _regions()["US"].get(place["state"].lower(), "")
        if place["country"] == "US" and region:
            return region, place["city"]
    return "", ""


@cache
def _countries() -> Mapping[str, str]:
    """Folded code or English name → alpha-2."""
    known = _of_one_country((name, country.alpha_2) for country in pycountry.countries for name in _names_of(country))
    for country in pycountry.countries:
        known[country.alpha_2.lower()] = known[country.alpha_3.lower()] = country.alpha_2
    known.update({fold(name): code for name, code in FURTHER_COUNTRIES.items()})
    return known


@cache
def _countries_in_their_languages() -> Mapping[str, str]:
    """Folded name in another language → alpha-2. Read when somebody first writes such a name."""
    known: dict[str, str] = {}
    for language in COUNTRY_LANGUAGES:
        translate = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True).gettext
        names = ((translate(name), country.alpha_2) for country in pycountry.countries for name in _names_of(country))
        known = _of_one_country(names) | known
    return known


def _of_one_country(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Folded name → alpha-2, of names that one country only has: of “Congo” nobody knows which one is meant."""
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for name, code in names:
        codes[fold(name)].add(code)
    return {word: next(iter(found)) for word, found in codes.items() if len(found) == 1}


def _names_of(country: object) -> Iterator[str]:
    for field in ("name", "common_name", "official_name"):
        yield from _variants(getattr(country, field, ""))


def _variants(name: str) -> Iterator[str]:
    """“Madrid, Comunidad de” is also “Comunidad de Madrid”, “Girona [Gerona]” is each of the two."""
    plain = BRACKETS.sub("", name).strip()
    names = [plain, *BRACKETS.findall(name)]
    main, comma, rest = plain.partition(", ")
    if comma:
        names += [main, f"{rest} {main}"]
    yield from (name for name in names if fold(name))


@cache
def _regions() -> Mapping[str, Mapping[str, str]]:
    """Country → folded name, or code within the country → ISO 3166-2. A larger region wins over a part of it."""
    known: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for region in sorted(pycountry.subdivisions, key=lambda region: (region.parent_code is not None, region.code)):
        known[region.country_code].setdefault(fold(region.code.partition("-")[2]), region.code)
    for region in sorted(pycountry.subdivisions, key=lambda region: (region.parent_code is not None, region.code)):
        for name in _variants(region.name):
            known[region.country_code].setdefault(fold(name), region.code)
    for state in us.states.STATES_AND_TERRITORIES:
        known["US"].setdefault(fold(state.ap_abbr or state.name), f"US-{state.abbr}")
    for country, names in _further(FURTHER_REGIONS).items():
        known[country] = names | known[country]
    return known


def _further(regions: Mapping[str, Mapping[str, str]]) -> defaultdict[str, dict[str, str]]:
    """Country → folded name → ISO 3166-2, of a list of ours."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for country, names in regions.items():
        found[country] = {fold(name): f"{country}-{code}" for name, code in names.items()}
    return found


@cache
def _regions_in_german() -> Mapping[str, Mapping[str, str]]:
    """Country → folded name in German (“Kalifornien”) → ISO 3166-2. Read when somebody first writes such a name."""
    known = _further(FURTHER_REGIONS_IN_GERMAN)
    translate = gettext.translation("iso3166-2", pycountry.LOCALES_DIR, ["de"], fallback=True).gettext
    for region in sorted(pycountry.subdivisions, key=lambda region: (region.parent_code is not None, region.code)):
        known[region.country_code].setdefault(fold(translate(region.name)), region.code)
    return known


@cache
def _only_region_named() -> Mapping[str, str]:
    """Folded name → the one region of the world that has it; codes aside."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for names in _regions().values():
        for word, region in names.items():
            if word.upper() != region.partition("-")[2]:
                known[word].add(region)
    return {word: next(iter(regions)) for word, regions in known.items() if len(regions) == 1}


@cache
def _places() -> frozenset[str]:
    """Folded names of countries in many languages, of regions, of cities and of parts of the world."""
    countries = {*_countries(), *_countries_in_their_languages()}
    regions = {name for names in _regions().values() for name in names}
    named = {name for name in countries | regions if len(name) >= SHORTEST_PLACE}
    return frozenset((named - PLACES_THAT_ARE_WORDS) | set(map(fold, FURTHER_PLACES)))
