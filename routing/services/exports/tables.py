"""What can be exported, and the files of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from routing.services.exports import leads, ledgers, sections
from routing.services.imports.sections.all import KINDS
from routing.spreadsheets.write import Sheet, csv_rows, xlsx_file

MOST_XLSX_ROWS = 100_000
"""A larger XLSX takes minutes to write, and longer to open."""


@dataclass(frozen=True, slots=True)
class Export:
    """`rows` makes them of what a page lists; `title` names the file."""

    title: str
    header: Sequence[str]
    rows: Callable[[Any], Iterator[list[Any]]]


class TooMany(Exception):
    """An XLSX cannot hold so much. The text says what to do instead."""

    def __init__(self) -> None:
        super().__init__(
            f"An Excel file holds up to {MOST_XLSX_ROWS:,} rows here, and these are more. Filter the list, or take the "
            "CSV file, which has no limit."
        )


EXPORTS: Mapping[str, Export] = {
    "leads": Export("Leads", [name for name, _ in leads.LEADS], leads.lead_rows),
    "decisions": Export("Decisions", [name for name, _ in leads.DECISIONS], leads.decision_rows),
    "ledgers": Export("Ledgers", ledgers.LEDGER_HEADER, ledgers.ledger_rows),
    "statement": Export("Statement", ledgers.STATEMENT_HEADER, ledgers.statement_rows),
    **{
        name: Export(name.replace("_", " ").capitalize(), sections.header(name), partial(sections.section_rows, name))
        for name in KINDS
    },
}


def csv_of(name: str, listed: Any) -> Iterator[bytes]:
    """The file in pieces, written while they are read."""
    export = EXPORTS[name]
    return csv_rows(export.header, export.rows(listed))


def xlsx_of(name: str, listed: Any) -> IO[bytes]:
    """A temporary file. Raises TooMany."""
    export = EXPORTS[name]
    return xlsx_file([Sheet(export.title, export.header, _limited(export.rows(listed)))])


def _limited(rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    for number, row in enumerate(rows):
        if number == MOST_XLSX_ROWS:
            raise TooMany
        yield row
