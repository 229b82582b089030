"""JSON Lines: one object a line. What is nested one level deep becomes columns such as attributes.size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

from routing.intake.strict_json import Unreadable, parse_json
from routing.spreadsheets.table import SHOWN, Limits, NotATable, Row, Table, Value, clean, column_name, read_header

NESTED = "."
EXAMPLE = "such as {“email”: “mia@globex.com”}"


def read_json_lines(file: IO[bytes], limits: Limits) -> Table:
    """The file from its beginning; it is read once for its columns, and once for its rows. Raises NotATable."""
    names: dict[str, None] = {}
    first = ""
    for _, record in _records(file, limits):
        if isinstance(record, _Problem):
            first = first or str(record)
            continue
        names.update(dict.fromkeys(record))
        if len(names) > limits.columns:
            break
    if not names:
        raise NotATable(
            f"No line can be read. {first}" if first else f"The file is empty. Write one JSON object a line, {EXAMPLE}."
        )
    table = Table(read_header(list(names), limits, where="The file"), iter(()), Counter())
    table.rows = _rows(file, table, limits)
    return table


def _rows(file: IO[bytes], table: Table, limits: Limits) -> Iterator[Row]:
    for given, (number, record) in enumerate(_records(file, limits), start=1):
        if given > limits.rows:
            raise NotATable(f"The file has more than {limits.rows:,} rows. Split it into several files.")
        if isinstance(record, _Problem):
            yield Row(number, {}, str(record))
            continue
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


class _Problem(ValueError):
    """Why one line is no row. The text says which, how it begins, and what to do."""


def _records(file: IO[bytes], limits: Limits) -> Iterator[tuple[int, dict[str, Any] | _Problem]]:
    """What each line says that is not empty; one that cannot be read never stops the others."""
    file.seek(0)
    number, most = 0, limits.line * 4
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most:
            _pass_over(file, line, most)
            yield number, _Problem(f"Line {number} is too long. Write one JSON object a line.")
        elif line.strip(b" \t\r\n\xef\xbb\xbf"):
            try:
                yield number, _flat(_object(line, number))
            except _Problem as problem:
                yield number, problem


def _pass_over(file: IO[bytes], line: bytes, most: int) -> None:
    """The rest of a line that was begun."""
    while line and not line.endswith(b"\n"):
        line = file.readline(most)


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = parse_json(line.rstrip())
    except Unreadable as error:
        wrong = str(error).replace("The body", f"Line {number}").replace("line 1 column", "at character")
        raise _Problem(f"{wrong} {_beginning(line)}") from error
    if not isinstance(value, dict):
        raise _Problem(f"Line {number} is no JSON object. Write one object a line, {EXAMPLE}. {_beginning(line)}")
    return value


def _beginning(line: bytes) -> str:
    text = column_name(line[: 4 * SHOWN].decode("utf-8", "replace"))
    return f"It begins “{text[:SHOWN]}…”." if len(text) > SHOWN else f"It is “{text}”."


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat.update({f"{name}{NESTED}{key}": entry for key, entry in value.items()})
        else:
            flat[name] = value
    return flat
