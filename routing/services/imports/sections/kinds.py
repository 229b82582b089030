"""What each section of configuration that comes as a table must know of itself, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from routing.rulebook.config.errors import ConfigError, Errors, shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader
from routing.rulebook.config.source import not_storable
from routing.rulebook.loops import looping
from routing.services.importing.rows import Import
from routing.services.importing.shown import documents_of, rows_of
from routing.services.imports.sections.cells import CAP
from routing.services.imports.sections.columns import Column, Document, Thing

AT_ONCE = 1_000
Key = tuple[str, ...]
Documents = Mapping[Key, Document]
Report = Callable[[Key, ConfigError], None]


class Places(NamedTuple):
    """Columns: a country tells which region and which postal code is meant."""

    country: str
    region: str
    postal: str


@dataclass(frozen=True, slots=True)
class Kind:
    """`keys` name the columns that tell one thing from another.

    `existing` is what there is, as documents by key: at least what the keys name; all of it without keys. `read` turns
    documents into specs and reports what is wrong with them; of what it reports on nothing is written. `write` makes
    the rows what the specs say, and takes away what its keys name; `unmake` takes back what a file added, where that is
    something else. `gone` says what a file that is the whole list takes away. `fold` mends a document that some of its
    columns changed; `flat` is the document as columns show it. `places` names the columns in which places stand.
    `draft`: nothing counts before it is published.
    """

    section: str
    one: str
    many: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    existing: Callable[[Collection[Key] | None], dict[Key, Document]]
    read: Callable[[Documents, Documents, Report], dict[Key, Any]]
    write: Callable[[Import, Mapping[Key, Any], Collection[Key]], None]
    gone: Callable[[Collection[Key], Documents], list[Key]]
    unmake: Callable[[Import, Collection[Key]], None] | None = None
    places: Places | None = None
    draft: bool = False
    whole: str = ""
    fold: Callable[[Thing, Document], Document] = lambda thing, document: document
    flat: Callable[[Document], Document] = lambda document: document

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def read_documents(
    documents: Documents, read: Callable[[Reader, Known], Any], known: Known, report: Report
) -> dict[Key, Any]:
    """Each by the section's own reader. Names are suggested for the first errors only, since that takes long."""
    errors, specs = Errors(), dict[Key, Any]()
    for key, document in documents.items():
        if found := list(not_storable(document)):
            for error in found:
                report(key, error)
            continue
        before = len(errors.found)
        reader = Reader(document, "", errors)
        spec = read(reader, known)
        reader.close()
        for error in errors.found[before:]:
            report(key, error)
        if spec is not None and len(errors.found) == before:
            specs[key] = spec
    return specs


def pieces(keys: Collection[Key] | None) -> Iterator[Collection[Key] | None]:
    """Keys in numbers that a query takes; None, everything, as it is."""
    stream = iter(keys) if keys is not None else None
    if stream is None:
        yield None
        return
    while some := list(islice(stream, AT_ONCE)):
        yield some


def all_others(named: Collection[Key], existing: Documents) -> list[Key]:
    """Everything that the file does not name."""
    return [key for key in existing if key not in named]


def others_of_the_same(named: Collection[Key], existing: Documents) -> list[Key]:
    """What the file does not name of those pools, tables or people that it does name."""
    places = {key[0] for key in named}
    return [key for key in existing if key[0] in places and key not in named]


def existing_by(section: str, column: str) -> Callable[[Collection[Key] | None], dict[Key, Document]]:
    """All of a section by the one column that tells them apart."""

    def existing(keys: Collection[Key] | None = None) -> dict[Key, Document]:
        return {(row[column],): row for row in documents_of(section, list(rows_of(section)))}

    return existing


def refuse_loops(specs: Mapping[Key, Any], parents: Mapping[str, str | None], report: Report) -> None:
    """What lies in itself once the file counts; `parents` has those that are there already."""
    loops = looping({**parents, **{spec.name: spec.parent for spec in specs.values()}})
    for key, spec in specs.items():
        if spec.name in loops:
            report(key, ConfigError("parent", f"{shown(spec.name)} lies in itself, by way of its parents."))


def without_empty(*names: str) -> Callable[[Thing, Document], Document]:
    """Mappings of which nothing is left are nothing."""

    def fold(thing: Thing, document: Document) -> Document:
        for name in names:
            if document.get(name) == {}:
                document[name] = None
        return document

    return fold


def one_place(rep: str, pool: str, path: str) -> Callable[[Thing, Document], Document]:
    """Either a rep or a pool: naming the one takes the place of the other."""

    def fold(thing: Thing, document: Document) -> Document:
        place = document.get(path)
        if isinstance(place, dict):
            for given, other, kind in ((rep, pool, "pool"), (pool, rep, "rep")):
                if thing.given.get(given) and not thing.given.get(other):
                    place.pop(kind, None)
            document[path] = place or None
        return document

    return fold


def caps(hint: str) -> Sequence[Column]:
    """Limits on how many leads somebody gets, or has."""
    return (
        Column("caps_hour", "Most leads an hour", "caps.hour", CAP, "5", hint, words=_most("hour", "stunde")),
        Column("caps_day", "Most leads a day", "caps.day", CAP, "20", words=("daily cap", *_most("day", "tag"))),
        Column("caps_week", "Most leads a week", "caps.week", CAP, "80", words=("weekly cap", *_most("week", "woche"))),
        Column("caps_open", "Most open leads", "caps.open", CAP, "40 all",
               words=("max open leads", "open leads", "max open", "offene leads", "höchstens offene leads")),
        Column("caps_unanswered", "Most unanswered leads", "caps.unanswered", CAP, "10",
               words=("max unanswered leads", "unanswered leads", "max unanswered", "unbeantwortete leads",
                      "höchstens unbeantwortete leads")),
    )  # fmt: skip


def _most(one: str, eine: str) -> tuple[str, ...]:
    """What a limit on leads in one hour, day or week is called."""
    english = (f"{one} cap", f"max per {one}", f"leads per {one}", f"max leads per {one}", f"max a {one}")
    return (*english, f"pro {eine}", f"leads pro {eine}", f"höchstens pro {eine}", f"max pro {eine}")
