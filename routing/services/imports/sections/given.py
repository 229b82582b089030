"""The cells of a whole file, made plain before its rows are combined: what one cell leaves open, others tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from routing.rulebook.content import current_settings
from routing.services.imports import postal, spoken
from routing.services.imports.dates import DAY as DAY_FIRST
from routing.services.imports.dates import MONTH as MONTH_FIRST
from routing.services.imports.dates import first_part, iso_day, iso_instant
from routing.services.imports.section import Task
from routing.services.imports.sections.cells import CODES, DAY, MOMENT, text_of
from routing.services.imports.sections.kinds import Kind, Places

Facts = Mapping[str, Any]
ORDERS = "dates"
"""In the report of the check: field → which part of its dates comes first, for when only some rows are applied."""
EXAMPLES = {DAY_FIRST: "day first, as 31/12/2026", MONTH_FIRST: "month first, as 12/31/2026"}


def look(kind: Kind, rows: Collection[Facts], task: Task) -> None:
    """Find out what only all rows together tell, and say it in the report."""
    orders: dict[str, str] = {}
    for column in kind.columns:
        texts = [text_of(facts.get(column.name)) for facts in rows] if column.cells in (DAY, MOMENT) else []
        if first := first_part(texts):
            orders[column.name] = first
            if said := sum(iso_day(text, first) != iso_day(text) for text in texts):
                task.note(f"dates of “{column.label}” were read with the {EXAMPLES[first]}", said)
    task.report[ORDERS] = orders
    for sentence in _remarks(kind, rows):
        task.note(sentence)


def plain(kind: Kind, rows: Iterable[tuple[int, Facts]], task: Task) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with days and instants in ISO 8601, and with postal codes that have their zeros."""
    given = list(rows)
    orders = {**(task.imported.report.get(ORDERS) or {}), **task.report.get(ORDERS, {})}
    zone = ZoneInfo(current_settings().timezone)
    countries = _countries(kind, (facts for _, facts in given))
    for number, facts in given:
        read = dict(facts)
        for column in kind.columns:
            if column.cells in (DAY, MOMENT) and facts.get(column.name):
                text = iso_day(text_of(facts[column.name]), orders.get(column.name, ""))
                read[column.name] = iso_instant(text, zone) if column.cells is MOMENT else text
        if kind.places:
            read |= _located(kind, kind.places, facts, countries[_thing(kind, facts)])
        yield number, read


def _located(kind: Kind, places: Places, facts: Facts, country: str) -> dict[str, Any]:
    """Names of countries and regions as their codes; a postal code that is a number with its zeros."""
    found: dict[str, Any] = {}
    if facts.get(places.country):
        found[places.country] = "; ".join(map(spoken.country, _parts(kind, places.country, facts)))
    if facts.get(places.region):
        regions = (spoken.region(part, country) for part in _parts(kind, places.region, facts))
        found[places.region] = "; ".join(regions)
    if postal.is_number(facts.get(places.postal)):
        found[places.postal] = postal.filled(facts[places.postal], country)
    return found


def _parts(kind: Kind, name: str, facts: Facts) -> list[str]:
    text = text_of(facts.get(name))
    return CODES.read(text) if kind.column(name).cells.many else [text] if text else []


def _remarks(kind: Kind, rows: Collection[Facts]) -> Iterator[str]:
    """What should be known of postal codes, about the file."""
    if kind.places:
        countries = _countries(kind, rows)
        for facts in rows:
            _, sentence = postal.remark(facts.get(kind.places.postal), countries[_thing(kind, facts)])
            if sentence:
                yield sentence


def _countries(kind: Kind, rows: Iterable[Facts]) -> Mapping[tuple[str, ...], str]:
    """The one country of each thing, in whichever of its rows it stands."""
    found: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    if kind.places:
        for facts in rows:
            found[_thing(kind, facts)].update(map(spoken.country, _parts(kind, kind.places.country, facts)))
    single = {thing: next(iter(names)) for thing, names in found.items() if len(names) == 1}
    return defaultdict(str, single)


def _thing(kind: Kind, facts: Facts) -> tuple[str, ...]:
    return tuple(text_of(facts.get(name)) for name in kind.keys)
