"""CSV: separator and encoding are recognised, quotes are read strictly."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import IO

from routing.spreadsheets.table import SHOWN, Limits, NotATable, Table, Value, is_empty, read_header, rows_of
from routing.spreadsheets.write import unmarked_in_csv

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
PIECE = 65_536
HEAD = 4_096
LINES_LOOKED_AT = 20
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OLD = "windows-1252"
FALL_BACK = "leadrouting-windows-1252"
READ_AS_OLD = "The text is not all UTF-8: what is not was read as Windows-1252 (Western European). Look at the umlauts."


def _as_old(error: UnicodeError) -> tuple[str, int]:
    """A byte that is no UTF-8, read as Windows did."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(FALL_BACK, _as_old)


def read_csv(file: IO[bytes], limits: Limits, *, delimiter: str = "") -> Table:
    """The file from its beginning. Raises NotATable, the rows too."""
    encoding, notes = encoding_of(file), Counter[str]()
    if encoding == OLD:
        notes[READ_AS_OLD] += 1
    chosen = delimiter or delimiter_of(file, encoding, limits)
    records = _records(_lines(file, encoding, limits), chosen)
    for start, cells in records:
        if not is_empty(cells) and not _names_the_delimiter(cells, chosen):
            table = Table(read_header(cells, limits), iter(()), notes)
            below = ((number - start, found) for number, found in records)
            table.rows = rows_of(below, table, limits, plain=unmarked_in_csv)
            return table
    raise NotATable("The file is empty. Its first row has to name the columns.")


def encoding_of(file: IO[bytes]) -> str:
    """By its mark, by the zeros of UTF-16, or else UTF-8, if all of it is; reads the whole file."""
    file.seek(0)
    head = file.read(HEAD)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    half = len(head) // 2
    if half and head[1::2].count(0) > 0.4 * half:
        return "utf-16-le"
    if half and head[0::2].count(0) > 0.4 * half:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return OLD
    return "utf-8"


def delimiter_of(file: IO[bytes], encoding: str, limits: Limits) -> str:
    """What parts the first lines into most columns, alike in all of them."""
    lines = list(islice(_lines(file, encoding, limits), LINES_LOOKED_AT))
    first = next((line for line in lines if line.strip()), "")
    if first.lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1:
        return first.strip()[-1]

    def merit(delimiter: str) -> tuple[int, int]:
        records = [record for record in _tolerant(lines, delimiter) if not is_empty(record)]
        width = len(records[0]) if records else 0
        alike = sum(len(record) == width for record in records)
        return (width > 1, alike * min(width, limits.columns))

    return max(DELIMITERS, key=merit)


def _tolerant(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def _names_the_delimiter(cells: Sequence[Value | None], delimiter: str) -> bool:
    """The line “sep=;” with which Excel is told."""
    return delimiter.join(map(str, cells)).strip().lower() == f"sep={delimiter}".strip()


def _lines(file: IO[bytes], encoding: str, limits: Limits) -> Iterator[str]:
    """Lines with their ends, whichever they are, none longer than a row may be. Leaves the file open."""
    file.seek(0)
    errors = FALL_BACK if encoding == OLD else "strict"
    text = io.TextIOWrapper(file, encoding="utf-8" if encoding == OLD else encoding, errors=errors, newline="")
    number = 0
    try:
        while line := text.readline(limits.line + 1):
            number += 1
            if len(line) > limits.line:
                raise NotATable(f"Line {number} is longer than {limits.line:,} characters. Is this a CSV file?")
            yield line
    except UnicodeError as error:
        raise NotATable(f"The text breaks off or is damaged near line {number + 1}. Save the file anew.") from error
    finally:
        with suppress(ValueError):  # the file was closed before
            text.detach()


def _records(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[Value | None]]]:
    """Numbered from 1. Raises NotATable that names the line in which the broken record began."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        began = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotATable(_broken(str(error), began, reader.line_num)) from error
        number += 1
        yield number, list(cells)


def _broken(error: str, began: int, until: int) -> str:
    if "limit" in error:
        return f"Line {began}: a cell is far too long. Is a quotation mark opened there and never closed?"
    if "end of data" in error:
        return f"Line {began}: a quotation mark is opened and never closed. Close it, or write it twice inside a text."
    if "expected after" in error:
        return (
            f"Line {until}: something stands behind a closing quotation mark. "
            'Inside a text in quotes write a quotation mark twice: "the ""best"" one".'
        )
    return f"Line {until} cannot be read: {error[:SHOWN]}."
