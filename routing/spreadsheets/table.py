"""What every format is read as: a header and a stream of rows, within limits; and what is wrong, in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Value: TypeAlias = str | int | float | bool | list[Any] | dict[str, Any]
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What no database keeps. Other invisible characters are the business of whoever reads the values."""
LONGEST_NAME = 100
SHOWN = 60
MEBI = 1024 * 1024


class NotATable(ValueError):
    """The file, or a place in it, cannot be read. The text says what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may come to. `unzipped` holds for XLSX, which is a packed folder."""

    size: int = 50 * MEBI
    rows: int = 200_000
    columns: int = 200
    cell: int = 50_000
    unzipped: int = 500 * MEBI

    @property
    def line(self) -> int:
        """The longest row, in characters."""
        return 20 * self.cell


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts from 1 below the header, empty rows included. `problem` says why the row cannot be used."""

    number: int
    values: dict[str, Value]
    problem: str = ""


@dataclass(slots=True)
class Table:
    """One file. Its rows can be walked once; what was noticed on the way is counted in `notes`, sentence → times."""

    header: tuple[str, ...]
    rows: Iterator[Row]
    notes: Counter[str] = field(default_factory=Counter)


def read_header(cells: Sequence[Value | None], limits: Limits, *, where: str = "The first row") -> tuple[str, ...]:
    """Names of the columns. Raises NotATable for those that are empty, stand twice, or are too many or too long."""
    names = [column_name(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise NotATable("The file is empty. Its first row has to name the columns.")
    if len(names) > limits.columns:
        raise NotATable(
            f"{where} has {len(names):,} columns; {limits.columns} are the most. Delete what is not needed."
        )
    seen: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if not name:
            raise NotATable(f"Column {letters(place)} has no name. Name it in the first row, or delete the column.")
        if len(name) > LONGEST_NAME:
            raise NotATable(
                f"The name of column {letters(place)} is longer than {LONGEST_NAME} characters: “{name[:SHOWN]}…”. "
                "Does the first row name the columns?"
            )
        if (other := seen.setdefault(name.casefold(), place)) != place:
            raise NotATable(
                f"Columns {letters(other)} and {letters(place)} are both called “{name[:SHOWN]}”. Rename one of them."
            )
    return tuple(names)


def rows_of(
    records: Iterator[tuple[int, Sequence[Value | None]]], table: Table, limits: Limits, *, plain: Callable[[str], str]
) -> Iterator[Row]:
    """Numbered cells → rows under the header's names. Empty cells are left out, empty rows passed over.

    `plain` takes off what our own exports put before text in this format.
    """
    width, given = len(table.header), 0
    for number, cells in records:
        values = {
            name: value
            for name, cell in zip(table.header, cells, strict=False)
            if cell is not None and (value := clean(cell, table.notes, plain)) != ""
        }
        beyond = any(cell not in (None, "") for cell in cells[width:])
        if not values and not beyond:
            continue
        given += 1
        if given > limits.rows:
            raise NotATable(f"The file has more than {limits.rows:,} rows. Split it into several files.")
        long = next((name for name, value in values.items() if isinstance(value, str) and len(value) > limits.cell), "")
        if long:
            raise NotATable(
                f"Row {number + 1}, column “{long}”: the cell has more than {limits.cell:,} characters. Shorten it."
            )
        yield Row(number, values, _too_many(len(cells), width) if beyond else "")


def clean(value: Value, notes: Counter[str], plain: Callable[[str], str] = str) -> Value:
    """A cell as it is kept: without what no database keeps."""
    if not isinstance(value, str):
        return value
    text = UNSTORABLE.sub("", value)
    if text != value:
        notes["cells held characters that cannot be stored; these were removed"] += 1
    return plain(text).strip()


def letters(place: int) -> str:
    """3 → C, 28 → AB: as spreadsheets call their columns."""
    name = ""
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def is_empty(cells: Sequence[Value | None]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def column_name(cell: Value | None) -> str:
    """As a column is called: without what no database keeps, with single blanks."""
    text = "" if cell is None else UNSTORABLE.sub("", str(cell))
    return " ".join(text.replace("\ufeff", "").split())


def _too_many(cells: int, width: int) -> str:
    return f"The row has {cells} cells, but there are {width} columns. Is a text with a separator in it not in quotes?"


def merged(header: Sequence[str], values: Mapping[str, Value]) -> list[Value | None]:
    """A row's cells in the header's order, for writing it again."""
    return [values.get(name) for name in header]
