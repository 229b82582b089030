"""Columns of a table that is configuration: several rows become one document of it, and a document becomes rows."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from routing.rulebook.config.errors import ConfigError, shown
from routing.services.imports.sections.cells import LONGEST_CELL, TEXT, Cells, text_of

Document = dict[str, Any]
NOTHING: tuple[Any, ...] = (None, "", [], {})
"""What an empty cell says."""


@dataclass(frozen=True, slots=True)
class Column:
    """`path` is its place in the document; `label` heads the column in files, `hint` says what to write."""

    name: str
    label: str
    path: str
    cells: Cells = TEXT
    example: str = ""
    hint: str = ""
    required: bool = False
    secret: bool = False
    """It is written, and never shown."""
    words: tuple[str, ...] = ()
    """Other names that files have for it."""


@dataclass(slots=True)
class Thing:
    """What all rows of a file say about one thing: a territory, a member, a leave.

    `given` has the columns that the file has: column → value, None where every cell is empty. `rows` are numbers of
    rows, `places` says for every value of a list which row gives it.
    """

    key: tuple[str, ...]
    rows: list[int] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)
    errors: dict[int, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(dict))

    def add_error(self, column: str, message: str, row: int | None = None) -> None:
        texts = self.errors[self.rows[0] if row is None else row].setdefault(column, [])
        if message not in texts:
            texts.append(message)


def combine(
    columns: Sequence[Column],
    keys: Sequence[str],
    fields: Collection[str],
    rows: Iterable[tuple[int, Mapping[str, Any]]],
) -> dict[tuple[str, ...], Thing]:
    """Rows with the same key are one thing: lists add up, all else is said once, or the same each time.

    `fields` are the columns that the file has. Where a row leaves one of them empty it says nothing; where all rows of
    a thing do, it is emptied.
    """
    things: dict[tuple[str, ...], Thing] = {}
    spelled: dict[tuple[str, ...], tuple[str, ...]] = {}
    for number, cells in rows:
        texts = {name: text_of(cells.get(name)) for name in fields}
        key = key_of([column for column in columns if column.name in keys], texts, number)
        key = spelled.setdefault(one_spelling(key), key)
        thing = things.setdefault(key, Thing(key))
        thing.rows.append(number)
        for column in columns:
            if column.name in texts:
                _take(thing, column, texts[column.name], number)
    return things


def key_of(columns: Sequence[Column], texts: Mapping[str, str], number: int) -> tuple[str, ...]:
    """What tells one thing from another; a row that does not say it stands alone, and is refused later."""
    parts = tuple(_key_part(column, texts.get(column.name, "")) for column in columns)
    return parts if all(parts) else (*parts, str(number))


def _key_part(column: Column, text: str) -> str:
    try:
        return str(column.cells.read(text)) if text else ""
    except ValueError:
        return text


def _take(thing: Thing, column: Column, text: str, number: int) -> None:
    if not text:
        thing.given.setdefault(column.name, None)
        return
    try:
        value = column.cells.read(text)
    except ValueError as error:
        thing.add_error(column.name, str(error), number)
        return
    known = thing.given.get(column.name)
    if column.cells.many:
        _add(thing, column, value, number)
    elif known is None:
        thing.given[column.name] = value
    elif known != value and not _looks_like(known, value):
        message = f"an earlier row of “{' / '.join(thing.key)}” says {shown(_said(known))}. Write the same, or nothing."
        thing.add_error(column.name, message, number)


def one_spelling(key: Iterable[str]) -> tuple[str, ...]:
    """An umlaut can be one character, or a letter and its dots. People see no difference, so there is none."""
    return tuple(unicodedata.normalize("NFC", part) for part in key)


def _looks_like(known: Any, value: Any) -> bool:
    return isinstance(known, str) and isinstance(value, str) and one_spelling([known]) == one_spelling([value])


def _said(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list | dict) else value


def _add(thing: Thing, column: Column, value: Any, number: int) -> None:
    """One more piece of a list, or of a mapping."""
    if isinstance(value, dict):
        pairs = thing.given.get(column.name) or {}
        thing.given[column.name] = pairs | value
        return
    known = thing.given.get(column.name) or []
    new = [each for each in value if each not in known]
    thing.given[column.name] = known + new
    thing.places.setdefault(column.name, []).extend([number] * len(new))


# --- documents ---------------------------------------------------------------------------------------------------


def get(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def put(document: Document, path: str, value: Any) -> None:
    """Set a place of the document; inside a mapping, nothing takes the place away."""
    *above, last = path.split(".")
    for name in above:
        if not isinstance(document.get(name), dict):
            document[name] = {}
        document = document[name]
    if value is None and above:
        document.pop(last, None)
    else:
        document[last] = value


def merged(columns: Sequence[Column], thing: Thing, before: Mapping[str, Any] | None) -> Document:
    """The document with what the file says; what the file does not say stays as it is."""
    document: Document = deepcopy(dict(before or {}))
    for column in columns:
        if column.name in thing.given:
            put(document, column.path, thing.given[column.name])
    return document


def cells_of(columns: Sequence[Column], document: Mapping[str, Any]) -> list[list[Any]]:
    """The rows that say this document, one unless a list is too long for a cell."""
    down = [(column, _cells_down(column, document)) for column in columns]
    rows = max((len(cells) for _, cells in down), default=1)
    return [[_cell(column, cells, number) for column, cells in down] for number in range(rows)]


def shown_cells(columns: Sequence[Column], document: Mapping[str, Any]) -> dict[str, str]:
    """Label → what stands there, of all that is not empty; of a secret only that it is there."""
    found: dict[str, str] = {}
    for column in columns:
        value = get(document, column.path)
        if value not in NOTHING:
            found[column.label] = "…" if column.secret else str(column.cells.write(value))
    return found


def _cells_down(column: Column, document: Mapping[str, Any]) -> list[Any]:
    """What stands in this column, from the first row downwards."""
    value = get(document, column.path)
    if value in NOTHING:
        return [None]
    if column.cells.many and isinstance(value, list):
        return [column.cells.write(piece) for piece in _pieces(value)]
    return [column.cells.write(value)]


def _cell(column: Column, cells: Sequence[Any], number: int) -> Any:
    """What names the thing stands in each of its rows."""
    if number < len(cells):
        return cells[number]
    return cells[0] if column.required else None


def _pieces(values: Sequence[Any]) -> Iterator[list[Any]]:
    """A list in parts that fit a cell each."""
    piece: list[Any] = []
    size = 0
    for value in values:
        length = len(str(value)) + 4
        if piece and size + length > LONGEST_CELL:
            yield piece
            piece, size = [], 0
        piece.append(value)
        size += length
    yield piece


# --- errors ------------------------------------------------------------------------------------------------------


IN_SHEETS = (
    (
        "write either {rep: EMAIL} or {pool: NAME}.",
        "name either a rep or a pool: fill in one of the two columns, and leave the other one empty.",
    ),
    ("Write webhook: https://….", "Write it into the column “Webhook of an agent”: https://…."),
    ("the owner has a key of its own. Move it there.", "the owner has a column of its own. Write it there."),
    ('Write "22:00", with quotes.', "Write 22:00."),
)
"""What the reader of the configuration file says of its own way of writing → what it means in a sheet."""


def in_words_of_sheets(message: str) -> str:
    for of_files, of_sheets in IN_SHEETS:
        message = message.replace(of_files, of_sheets)
    return message


def locate(columns: Sequence[Column], thing: Thing, error: ConfigError) -> None:
    """Say an error of the document beside the cell that it comes from."""
    place, _, index = error.path.partition("[")
    column = column_at(columns, thing, place, error.message)
    message = in_words_of_sheets(error.message)
    row = None
    if index and column and column.name in thing.places:
        number = index.partition("]")[0]
        rows = thing.places[column.name]
        row = rows[int(number)] if number.isdigit() and int(number) < len(rows) else None
    thing.add_error(column.name if column else "", message, row)


def column_at(columns: Sequence[Column], thing: Thing, path: str, message: str) -> Column | None:
    """The column of a place in the document; of those under it, the one that the message begins with, or any given."""
    exact = [column for column in columns if column.path == path]
    under = [column for column in columns if column.path.startswith(f"{path}.") and path]
    above = [column for column in columns if path.startswith(f"{column.path}.")]
    said = [column for column in under if message.startswith(f"{column.path.rpartition('.')[2]}:")]
    given = [column for column in under if column.name in thing.given]
    return next(iter([*exact, *said, *given, *under, *above]), None)
