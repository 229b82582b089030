"""A file → a table, whatever its format."""

from __future__ import annotations

from typing import IO

from routing.spreadsheets.csv_file import read_csv
from routing.spreadsheets.json_lines import read_json_lines
from routing.spreadsheets.table import Limits, NotATable, Table
from routing.spreadsheets.xlsx_file import OLD_EXCEL, PACKED, read_xlsx, sheet_names

CSV, XLSX, JSON_LINES = "csv", "xlsx", "jsonl"
HEAD = 2_048


def format_of(file: IO[bytes], *, name: str = "") -> str:
    """By what the file holds, then by its name. Raises NotATable for formats that are not read."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(OLD_EXCEL):
        raise NotATable(
            "This is an old Excel file (.xls), or one with a password. Save it as .xlsx without a password."
        )
    if head.startswith(PACKED):
        return XLSX
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")):
        raise NotATable("This is no table. Send CSV, XLSX or JSON Lines.")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or name.lower().endswith((".jsonl", ".ndjson")):
        return JSON_LINES
    return CSV


def read_table(file: IO[bytes], format: str, limits: Limits, *, sheet: str = "", delimiter: str = "") -> Table:
    """The table of a file that can be sought in. Raises NotATable; walking its rows may, too."""
    if format == XLSX:
        return read_xlsx(file, limits, sheet=sheet)
    if format == JSON_LINES:
        return read_json_lines(file, limits)
    return read_csv(file, limits, delimiter=delimiter)


__all__ = ["CSV", "JSON_LINES", "XLSX", "Limits", "NotATable", "Table", "format_of", "read_table", "sheet_names"]
