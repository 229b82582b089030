"""JSON Lines: one object a line. What is nested one level deep becomes columns such as attributes.size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

from routing.intake.strict_json import Unreadable, parse_json
from routing.spreadsheets.table import Limits, NotATable, Row, Table, Value, clean, column_name, read_header

NESTED = "."


def read_json_lines(file: IO[bytes], limits: Limits) -> Table:
    """The file from its beginning; it is read once for its columns, and once for its rows. Raises NotATable."""
    names: dict[str, None] = {}
    for _, record in _objects(file, limits):
        names.update(dict.fromkeys(record))
        if len(names) > limits.columns:
            break
    if not names:
        raise NotATable("The file is empty. Write one JSON object a line, such as {“email”: “mia@globex.com”}.")
    table = Table(read_header(list(names), limits, where="The file"), iter(()), Counter())
    table.rows = _rows(file, table, limits)
    return table


def _rows(file: IO[bytes], table: Table, limits: Limits) -> Iterator[Row]:
    for given, (number, record) in enumerate(_objects(file, limits), start=1):
        if given > limits.rows:
            raise NotATable(f"The file has more than {limits.rows:,} rows. Split it into several files.")
        values: dict[str, Value] = {}
        for name, value in record.items():
            column = column_name(name)
            if column and value is not None and (kept := _kept(value, table.notes)) != "":
                values[column] = kept
        yield Row(number, values)


def _kept(value: Any, notes: Counter[str]) -> Value:
    if isinstance(value, list):
        return [clean(entry, notes) for entry in value]
    kept: Value = clean(value, notes)
    return kept


def _objects(file: IO[bytes], limits: Limits) -> Iterator[tuple[int, dict[str, Any]]]:
    file.seek(0)
    number = 0
    while line := file.readline(limits.line * 4 + 1):
        number += 1
        if len(line) > limits.line * 4:
            raise NotATable(f"Line {number} is too long. Write one JSON object a line.")
        if line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield number, _flat(_object(line, number))


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = parse_json(line)
    except Unreadable as error:
        raise NotATable(f"Line {number}: {str(error).replace('The body', 'The line')}") from error
    if not isinstance(value, dict):
        raise NotATable(
            f"Line {number} is no JSON object. Write one object a line, such as {{“email”: “mia@globex.com”}}."
        )
    return value


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat.update({f"{name}{NESTED}{key}": entry for key, entry in value.items()})
        else:
            flat[name] = value
    return flat
