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
from routing.services.imports.dates import (
    are_days,
    first_part,
    iso_day,
    iso_instant,
    start_of_day,
    without_midnight,
)
from routing.services.imports.numbers import exact
from routing.services.imports.section import Task
from routing.services.imports.sections.cells import AMOUNT, CODES, DAY, INSTANT, MOMENT, WHOLE, text_of
from routing.services.imports.sections.kinds import Kind, Places

Facts = Mapping[str, Any]
ORDERS = "dates"
"""In the report of the check: field → which part of its dates comes first, for when only some rows are applied."""
DATES = (DAY, MOMENT, INSTANT)
EXAMPLES = {DAY_FIRST: "day first, as 31/12/2026", MONTH_FIRST: "month first, as 12/31/2026"}


def look(kind: Kind, rows: Collection[Facts], task: Task) -> None:
    """Find out what only all rows together tell, and say it in the report."""
    orders: dict[str, str] = {}
    for column in kind.columns:
        texts = [text_of(facts.get(column.name)) for facts in rows] if column.cells in DATES else []
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
        read = {**facts, **_numbers(kind, facts), **_dated(kind, facts, orders, zone)}
        if kind.places:
            read |= _located(kind, kind.places, facts, countries[_thing(kind, facts)])
        yield number, read


def _numbers(kind: Kind, facts: Facts) -> dict[str, str]:
    """A cell that is a number says which one: only what people wrote as text can have its thousands apart."""
    names = (column.name for column in kind.columns if column.cells in (AMOUNT, WHOLE))
    return {name: exact(facts[name]) for name in names if isinstance(facts.get(name), float) and facts[name] % 1}


def _dated(kind: Kind, facts: Facts, orders: Mapping[str, str], zone: ZoneInfo) -> dict[str, str]:
    """Days and instants in ISO 8601. Where a leave begins and ends at midnight a spreadsheet has shown its days so."""
    cells = {column.name: column.cells for column in kind.columns if column.cells in DATES and facts.get(column.name)}
    texts = {name: iso_day(text_of(facts[name]), orders.get(name, "")) for name in cells}
    days = are_days(text for name, text in texts.items() if cells[name] == MOMENT)
    for name, text in texts.items():
        if cells[name] == INSTANT:
            texts[name] = iso_instant(start_of_day(text, zone), zone)
        elif cells[name] == MOMENT:
            texts[name] = without_midnight(text) if days else iso_instant(text, zone)
    return texts


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
