"""Rows to CSV and XLSX, in little memory. What a spreadsheet would take for a formula is made plain text."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES, TYPE_STRING
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

STARTS = "=+\\-@\uff1d\uff0b\uff0d\uff20\u2212"
"""Signs that begin a formula, the full-width ones and the real minus included."""
BLANKS = r"\s\x00-\x20\x7f\xa0\u200b\ufeff"
FORMULA = re.compile(f"'*[\t\r\n\x00]|[{BLANKS}\"']*[{STARTS}]")
_WITHIN = f"(?:(?![\t\r\n])[{BLANKS}\"'])*[{STARTS}]"
INNER = re.compile(f"(?<=[;\t\r\n])(?={_WITHIN})")
"""Where a program that takes another separator, or none of our quotes, would begin a cell."""
INNER_MARK = re.compile(f"(?<=[;\t\r\n])'(?={_WITHIN})")
UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""What XLSX reads as a character's number."""
MARK = "'"
LONGEST_CELL = 32_767
LARGEST_NUMBER = 10**15
"""Spreadsheets keep fifteen digits."""
MOST_ROWS = 1_048_576
LONGEST_TITLE = 31
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
BATCH = 500
NARROW, WIDE = 10, 60


def neutral(value: Any) -> Any:
    """Text that no spreadsheet calculates: a ' before whatever would begin a formula. Other values as they are."""
    if isinstance(value, str) and FORMULA.match(value):
        return MARK + value
    return value


def unmarked(text: str) -> str:
    """What `neutral` was given: it marks whatever begins like its marks, so that they are known from the text's own."""
    return text[1:] if text.startswith(MARK) and FORMULA.match(text, 1) else text


def unmarked_in_csv(text: str) -> str:
    """The same of a cell of CSV, which has further marks inside."""
    return unmarked(INNER_MARK.sub("", text))


def csv_rows(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file in pieces: UTF-8 with a mark that Excel knows it by, commas, lines ending as RFC 4180 says."""
    yield b"\xef\xbb\xbf"
    lines = chain([header], rows)
    while batch := list(islice(lines, BATCH)):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows([_csv_cell(value) for value in row] for row in batch)
        yield text.getvalue().encode("utf-8")


@dataclass(frozen=True, slots=True)
class Sheet:
    """`widths` in characters, by place; where none is given the header's length decides."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int] = field(default=())


def xlsx_file(sheets: Iterable[Sheet]) -> IO[bytes]:
    """A temporary file, at its beginning, that is gone once it is closed. A sheet that is full goes on in another.

    Instants lose their zone, since XLSX knows none: convert them to the reader's first.
    """
    book = Workbook(write_only=True)
    titles: set[str] = set()
    for sheet in sheets:
        rows = iter(sheet.rows)
        more = True
        while more:
            more = _write_sheet(book, sheet, rows, _title(sheet.title, titles))
    return saved(book)


def saved(book: Workbook) -> IO[bytes]:
    """The book as a temporary file, at its beginning, that is gone once it is closed."""
    file = tempfile.TemporaryFile(prefix="leadrouting-", suffix=".xlsx")  # noqa: SIM115  whoever asked closes it
    try:
        book.save(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _write_sheet(book: Any, sheet: Sheet, rows: Iterator[Sequence[Any]], title: str) -> bool:
    """One sheet of the book; whether it is full, so that there may be more."""
    page = book.create_sheet(title)
    page.freeze_panes = "A2"
    for place, name in enumerate(sheet.header):
        width = sheet.widths[place] if place < len(sheet.widths) else min(max(len(name) + 2, NARROW), WIDE)
        page.column_dimensions[get_column_letter(place + 1)].width = width
    page.append([_bold(page, name) for name in sheet.header])
    written = 1
    for row in islice(rows, MOST_ROWS - 1):
        page.append([_cell(page, value) for value in row])
        written += 1
    return written == MOST_ROWS


def _cell(page: Any, value: Any) -> Any:
    """A text that is spelled like an error is a text all the same: #N/A."""
    plain = _xlsx_cell(value)
    if plain not in ERROR_CODES:
        return plain
    cell = WriteOnlyCell(page, value=plain)
    cell.data_type = TYPE_STRING
    return cell


def _bold(page: Any, name: str) -> Any:
    cell = WriteOnlyCell(page, value=_xlsx_cell(name))
    cell.data_type = TYPE_STRING
    cell.font = Font(bold=True)
    return cell


def _title(wanted: str, taken: set[str]) -> str:
    """A name that XLSX allows and no other sheet has, whatever its case."""
    name = NOT_IN_TITLES.sub(" ", wanted).strip(" '")[:LONGEST_TITLE] or "Sheet"
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{name[: LONGEST_TITLE - len(str(number)) - 1]} {number}"
    taken.add(free.lower())
    return free


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, int | float | Decimal | date | time):
        return str(value)
    return INNER.sub(MARK, neutral(UNSTORABLE.sub("", str(value))))


def _xlsx_cell(value: Any) -> Any:
    if isinstance(value, datetime | time):
        return value.replace(tzinfo=None)
    if isinstance(value, int | float | Decimal) and not -LARGEST_NUMBER < value < LARGEST_NUMBER:
        return str(value)
    if value is None or isinstance(value, bool | int | float | Decimal | date):
        return value
    return _fitting(str(value))


def _fitting(text: str) -> str:
    """As a cell of XLSX has it: marked, and cut off where it is too long."""
    return ESCAPED.sub("_x005F_", neutral(UNSTORABLE.sub("", text)))[:LONGEST_CELL]


def was_cut(whole: str, read: str) -> bool:
    """Whether `read` is what a cell of XLSX could hold of a longer text, as it was read again."""
    if len(whole) <= len(read) or not whole.startswith(read):
        return False
    return unmarked(_fitting(whole).replace("_x005F_", "_")).strip() == read.strip()
