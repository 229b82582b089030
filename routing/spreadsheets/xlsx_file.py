"""XLSX as a stream: cell by cell, texts kept on disk, and nothing unpacked beyond the limits.

openpyxl reads what the parts of the file are and how numbers are shown; it never sees the rows, since it fills gaps
between them (a row numbered 10^12) and keeps all texts in memory.
"""

from __future__ import annotations

import errno
import math
import re
import tempfile
import warnings
import zipfile
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import from_excel
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from routing.spreadsheets.table import Limits, NotATable, Table, Value, is_empty, letters, read_header, rows_of
from routing.spreadsheets.write import unmarked

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PACKED = b"PK\x03\x04"
MOST_PARTS = 2_000
LARGEST_PART = 10 * 1024 * 1024
"""Of those that are read as a whole: what the sheets are, how numbers are shown."""
MOST_TIMES = 200
"""A real table is packed to a tenth or a twentieth; zeros to a thousandth."""
SMALL = 10 * 1024 * 1024
LARGEST_INTEGER = 10**15
TAG = "{" + SHEET_MAIN_NS + "}"
ROW, CELL, DATA, VALUE, INLINE, FORMULA, ITEM, TEXT, RUN = (
    TAG + name for name in ("row", "c", "sheetData", "v", "is", "f", "si", "t", "r")
)
PLACE = re.compile(r"([A-Z]{1,3})(\d{1,9})")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
ZEROS = re.compile(r"0[0\-./ ()]*")
DAMAGED = "The workbook is damaged, or no XLSX file at all. Open it in a spreadsheet program and save it anew."
BOMB = "The file unpacks to far more than a table needs. Copy the cells into a new workbook and send that."


def sheet_names(file: IO[bytes], limits: Limits) -> list[str]:
    """The sheets that hold tables, in their order. Raises NotATable."""
    with _damage():
        return [name for name, _ in _open(file, limits).sheets]


def read_xlsx(file: IO[bytes], limits: Limits, *, sheet: str = "") -> Table:
    """One sheet, the first if none is named. Raises NotATable, the rows too."""
    with _damage():
        book = _open(file, limits)
        path = _path_of(book, sheet)
        records = _cells(book, path, limits)
        for start, cells in records:
            if not is_empty(cells):
                table = Table(read_header(cells, limits), iter(()), book.notes)
                below = ((number - start, found) for number, found in records)
                table.rows = rows_of(below, table, limits, plain=unmarked)
                return table
    raise NotATable("The sheet is empty. Its first row has to name the columns.")


# --- the packed folder ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Book:
    archive: zipfile.ZipFile
    sheets: list[tuple[str, str]]
    formats: list[str]
    epoch: datetime
    strings: str
    notes: Counter[str]


class _Bounded(zipfile.ZipFile):
    """Parts that are read as a whole are small."""

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        if self.getinfo(name if isinstance(name, str) else name.filename).file_size > LARGEST_PART:
            raise NotATable(BOMB)
        return super().read(name, pwd)


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever a damaged file makes the parts raise becomes one sentence."""
    try:
        yield
    except NotATable:
        raise
    except DefusedXmlException as error:
        raise NotATable(
            "The workbook defines entities, as attacks do and spreadsheets do not. It is not read."
        ) from error
    except MemoryError:
        raise
    except OSError as error:
        if error.errno == errno.EINVAL:  # a place in the file that cannot be
            raise NotATable(DAMAGED) from error
        raise
    except Exception as error:  # openpyxl and zipfile let through whatever breaks inside them
        raise NotATable(DAMAGED) from error


def _open(file: IO[bytes], limits: Limits) -> _Book:
    file.seek(0)
    archive = _Bounded(file)
    _refuse_bombs(archive, limits)
    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    reader.archive = archive
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader.read_manifest()
        reader.read_workbook()
        apply_stylesheet(archive, reader.wb)
    book: Any = reader.wb
    strings = reader.package.find(SHARED_STRINGS)
    known = set(archive.namelist())
    sheets = [
        (sheet.name, part.target)
        for sheet, part in reader.parser.find_sheets()
        if part.target in known and "chartsheet" not in part.Type
    ]
    custom = list(book._number_formats)
    formats = [_code(style.numFmtId, custom) for style in book._cell_styles]
    return _Book(archive, sheets, formats, book.epoch, strings.PartName[1:] if strings else "", Counter())


def _code(number: int, custom: list[str]) -> str:
    if number >= len(BUILTIN_FORMATS) and 0 <= number - 164 < len(custom):
        return custom[number - 164]
    return str(BUILTIN_FORMATS.get(number, "General"))


def _refuse_bombs(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise NotATable(f"The workbook consists of {len(parts):,} parts. {BOMB}")
    if any(part.flag_bits & 1 for part in parts):
        raise NotATable("The workbook has a password. Save it without one.")
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > limits.unzipped or (unpacked > SMALL and unpacked > MOST_TIMES * max(packed, 1)):
        raise NotATable(BOMB)


def _path_of(book: _Book, sheet: str) -> str:
    if not book.sheets:
        raise NotATable("The workbook has no sheet with a table.")
    if not sheet:
        return book.sheets[0][1]
    for name, path in book.sheets:
        if name.casefold() == sheet.strip().casefold():
            return path
    there = ", ".join(f"“{name}”" for name, _ in book.sheets[:10])
    raise NotATable(f"The workbook has no sheet “{sheet[:60]}”. It has: {there}.")


# --- texts ---------------------------------------------------------------------------------------------------------


class _Texts:
    """The workbook's texts, by number, on disk."""

    def __init__(self, book: _Book, limits: Limits) -> None:
        self._file = tempfile.TemporaryFile(prefix="leadrouting-")  # noqa: SIM115  closed with the object
        self._ends = array("Q", [0])
        if book.strings in book.archive.NameToInfo:
            for item in _elements(book.archive, book.strings, ITEM, limits):
                text = _text(item, limits).encode("utf-8", "replace")
                self._file.write(text)
                self._ends.append(self._ends[-1] + len(text))

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            return ""
        self._file.seek(self._ends[number])
        return self._file.read(self._ends[number + 1] - self._ends[number]).decode()

    def close(self) -> None:
        self._file.close()


def _text(element: Element, limits: Limits) -> str:
    """Its runs joined, without the reading aids of Japanese texts."""
    found = [element.findtext(TEXT) or "", *(run.findtext(TEXT) or "" for run in element.findall(RUN))]
    text = "".join(found)
    return ESCAPED.sub(lambda code: chr(int(code[1], 16)), text[: limits.cell + 1]) if "_x" in text else text


# --- cells ---------------------------------------------------------------------------------------------------------


class _Watched:
    """A part as it is unpacked; too much without the end of a row or text is an attack."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        self._source, self._most, self._since = source, most, 0

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self._since += len(piece)
        if self._since > self._most:
            raise NotATable(BOMB)
        return piece

    def reset(self) -> None:
        self._since = 0


def _elements(archive: zipfile.ZipFile, path: str, tag: str, limits: Limits) -> Iterator[Element]:
    """The elements of this tag, one at a time, each forgotten before the next."""
    with archive.open(path) as source:
        watched = _Watched(source, 4 * limits.line)
        parents: list[Element] = []
        for event, element in iterparse(watched, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            if element.tag == tag:
                watched.reset()
                yield element
                parents[-1].clear()
            elif element.tag == DATA:
                return


def _cells(book: _Book, path: str, limits: Limits) -> Iterator[tuple[int, list[Value | None]]]:
    """Rows with the number that the sheet gives them; gaps are passed over."""
    number = 0
    with _damage(), closing(_Texts(book, limits)) as texts:
        for row in _elements(book.archive, path, ROW, limits):
            said = row.get("r", "")
            number = int(said) if said.isdigit() and len(said) < 10 and int(said) > number else number + 1
            yield number, _row(row, book, texts, limits)


def _row(row: Element, book: _Book, texts: _Texts, limits: Limits) -> list[Value | None]:
    cells: list[Value | None] = []
    for element in row.iterfind(CELL):
        place = _column(element.get("r", "")) or len(cells) + 1
        value = _value(element, book, texts, limits)
        if value is None or value == "":
            continue
        if place > limits.columns * 2:
            raise NotATable(
                f"Row {row.get('r')}: column {letters(place)} is filled; {limits.columns} columns are the most."
            )
        cells.extend([None] * (place - len(cells)))
        cells[place - 1] = value
    return cells


def _column(said: str) -> int:
    found = PLACE.fullmatch(said)
    number = 0
    for letter in found[1] if found else "":
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _value(cell: Element, book: _Book, texts: _Texts, limits: Limits) -> Value | None:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(INLINE)
        return _text(inline, limits) if inline is not None else None
    said = cell.findtext(VALUE)
    if said is None or said == "":
        if cell.find(FORMULA) is not None:
            book.notes["formulas had no stored result and were read as empty: save the file in Excel first"] += 1
        return None
    if kind == "s":
        return texts[int(said)]
    if kind == "b":
        return said.strip() == "1"
    if kind == "e":
        book.notes["cells hold an error such as #N/A and were read as empty"] += 1
        return None
    if kind in ("str", "d"):
        return said
    return _number(said, _format_of(cell, book), book)


def _format_of(cell: Element, book: _Book) -> str:
    style = int(cell.get("s", "0") or 0)
    return book.formats[style] if 0 <= style < len(book.formats) else "General"


def _number(said: str, code: str, book: _Book) -> Value | None:
    number = float(said)
    if is_date_format(code):
        return _moment(number, code, book)
    if not math.isfinite(number):
        return said  # no spreadsheet writes NaN or 1e999
    shown = re.sub(r'\\(.)|"([^"]*)"', r"\1\2", code.partition(";")[0])
    if number == int(number) if abs(number) < LARGEST_INTEGER else False:
        whole = int(number)
        if ZEROS.fullmatch(shown) and shown.count("0") > 1 and whole >= 0:
            return _filled(str(whole), shown)
        return whole
    return said if said.lstrip("-").isdigit() else number


def _filled(digits: str, code: str) -> str:
    """1067 shown as 00000 is 01067; with 00-000 it is 01-067."""
    left = list(digits.rjust(code.count("0"), "0"))
    shown = [left.pop() if sign == "0" else sign for sign in reversed(code)]
    return "".join(left) + "".join(reversed(shown))


def _moment(number: float, code: str, book: _Book) -> Value | None:
    """As ISO 8601 writes it: a date, an instant without zone, a time, or hours for a span."""
    try:
        moment = from_excel(number, book.epoch, timedelta=is_timedelta_format(code))
    except (OverflowError, ValueError):
        book.notes["cells are shown as dates but lie far outside of all calendars; they were read as empty"] += 1
        return None
    if isinstance(moment, timedelta):
        return str(moment)
    if isinstance(moment, datetime):
        whole = moment.replace(microsecond=0) + timedelta(seconds=moment.microsecond >= 500_000)
        midnight = (whole.hour, whole.minute, whole.second) == (0, 0, 0)
        return str(whole.date()) if midnight and "h" not in code.lower() else whole.isoformat(sep=" ")
    return moment.isoformat()
