"""The sections topics, tables, sources and examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from routing.engine.folding import fold
from routing.models.bounds import LONGEST_ABOUT, LONGEST_TABLE_KEY
from routing.rulebook.check import keys_alike, lead_problems
from routing.rulebook.config.errors import shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.places import Place, read_place
from routing.rulebook.config.reader import Reader
from routing.rulebook.shapes import LONGEST_WAIT, keywords
from routing.rulebook.values import Named, awaited


@dataclass(frozen=True, slots=True)
class TopicSpec:
    name: str
    keywords: list[str] = field(default_factory=list)
    about: str = ""


@dataclass(frozen=True, slots=True)
class TableSpec:
    name: str
    rows: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    name: str
    wait_for: list[str] = field(default_factory=list)
    wait_seconds: float = 0


@dataclass(frozen=True, slots=True)
class ExampleSpec:
    name: str
    lead: Mapping[str, Any]
    expect: Place
    at: datetime | None = None


def read_topic(row: Reader, known: Known) -> TopicSpec:
    name = _folded_once(row, known.folded_topics)
    words = list(row.value("keywords", [], lambda value: keywords(value, Named())))
    return TopicSpec(name, words, row.text("about", limit=LONGEST_ABOUT))


def read_source(row: Reader, known: Known) -> SourceSpec:
    return SourceSpec(
        name=_folded_once(row, known.folded_sources),
        wait_for=list(row.value("wait_for", [], lambda value: awaited(value, Named()))),
        wait_seconds=row.number("wait_seconds", 0, high=LONGEST_WAIT),
    )


def read_table(row: Reader, known: Known) -> TableSpec:
    places: dict[str, Place] = {}
    rows = row.child("rows")
    for key in [key for key, _ in row.pairs("rows")]:
        if not key.strip() or len(key) > LONGEST_TABLE_KEY:
            rows.error(key, f"a key has 1 to {LONGEST_TABLE_KEY} characters.")
        places[key] = read_place(rows, key, known, active=True)
    for key in keys_alike(list(places)):
        rows.error(key, "another row has the same key but for case or accents. Keep one of them.")
    return TableSpec(row.text("name", limit=100, required=True), places)


def read_example(row: Reader, known: Known) -> ExampleSpec:
    spec = ExampleSpec(
        name=row.text("name", limit=150, required=True),
        at=row.instant("at"),
        lead=row.value("lead", {}, _lead_problems),
        expect=read_place(row, "expect", known),
    )
    if not row.has("lead"):
        row.error("lead", "this is missing. Write the lead as a form would send it: {email: x@globex.de}.")
    return spec


def _folded_once(row: Reader, all_folded: list[str]) -> str:
    """A name that no other row of the file has, as leads' values are compared."""
    name = row.text("name", limit=100, required=True)
    if name and all_folded.count(fold(name)) > 1:
        row.error("name", f"another one is called {shown(name)} but for case or accents. Keep one of them.")
    return name


def _lead_problems(lead: Any) -> list[tuple[str, str]]:
    """What is wrong with the lead of an example, by path inside it."""
    return [(path.removeprefix("lead").removeprefix("."), message) for path, message in lead_problems(lead)]
