"""Rows of an import for people: those that were rejected, and a file of them with what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from routing.models import Import, ImportRow
from routing.models.reading import one_by_one
from routing.spreadsheets.write import Sheet, csv_rows, xlsx_file

WRONG = "What is wrong"
ROW = "Row"
CHUNK = 1_000


def rejected_rows(imported: Import) -> Iterator[ImportRow]:
    """In the order of the file, a few at a time."""
    rows = imported.rows.filter(state=ImportRow.State.REJECTED)
    return one_by_one(rows, CHUNK, by="number")


def error_file(imported: Import) -> Iterator[bytes]:
    """The columns of the file as they were, with the number of the row and what is wrong behind them.

    It can be mended and imported as it is: the last two columns are left out by themselves. As CSV; of JSON Lines as
    JSON Lines, since lists, numbers, true and false would come back as texts.
    """
    return _lines(imported) if _has_types(imported) else csv_rows(_header(imported), _rows(imported))


def error_formats(imported: Import) -> Sequence[str]:
    """In which formats the rejected rows can be had, so that they come back as they were; the first of `error_file`."""
    return (Import.Format.JSONL,) if _has_types(imported) else (Import.Format.CSV, Import.Format.XLSX)


def _has_types(imported: Import) -> bool:
    return imported.format == Import.Format.JSONL


def error_workbook(imported: Import) -> IO[bytes]:
    """The same as XLSX."""
    return xlsx_file([Sheet("Rejected rows", _header(imported), _rows(imported))])


def said(errors: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with a row, in one text: Country: not known."""
    parts = (f"{name}: {' '.join(texts)}" if name else " ".join(texts) for name, texts in errors.items())
    return "\n".join(parts)


def _header(imported: Import) -> list[str]:
    return [*imported.columns, ROW, WRONG]


def _lines(imported: Import) -> Iterator[bytes]:
    for row in rejected_rows(imported):
        line = {**row.values, ROW: row.number, WRONG: said(row.errors)}
        yield f"{json.dumps(line, ensure_ascii=False)}\n".encode()


def _rows(imported: Import) -> Iterator[list[Any]]:
    for row in rejected_rows(imported):
        yield [*(_cell(row.values.get(name)) for name in imported.columns), row.number + 1, said(row.errors)]


def _cell(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value
