"""Big tables read a few rows at a time, with no cursor left open between.

On SQLite an open cursor keeps the database as it was: whoever writes on the same connection is refused at once
(“database is locked”) when somebody else has written since, and the log of writes grows as long as it is open.
So each batch is a statement of its own, fetched whole: one may write between two, or feed somebody slow.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row")
Rows = TypeVar("Rows", bound=Model)
KEYS_AT_ONCE = 5_000


def in_batches(rows: QuerySet[Any, Row], size: int, *, by: str = "pk") -> Iterator[list[Row]]:
    """The rows in the order of a column that no two of them share; with a “-” before it from the last on.

    What is read of them, if it is not whole rows, begins with that column.
    """
    column = by.removeprefix("-")
    beyond = f"{column}__{'lt' if by.startswith('-') else 'gt'}"
    ordered = rows.order_by(by)
    some = list(ordered[:size])
    while some:
        yield some
        some = list(ordered.filter(**{beyond: _key(some[-1], column)})[:size]) if len(some) == size else []


def one_by_one(rows: QuerySet[Any, Row], size: int, *, by: str = "pk") -> Iterator[Row]:
    """The same rows, to be gone through as if they were one list."""
    return chain.from_iterable(in_batches(rows, size, by=by))


def values_in_batches(rows: QuerySet[Any, Any], column: str, size: int, *, by: str = "pk") -> Iterator[Any]:
    """What one column holds, in the order of another."""
    return (value for _, value in one_by_one(rows.values_list(by.removeprefix("-"), column), size, by=by))


def keys_as_listed(listed: QuerySet[Any, Any], size: int) -> Iterator[list[int]]:
    """The keys of the rows, in the order that the list has: all are read first and kept, eight bytes each."""
    keys = array("q", listed.values_list("pk", flat=True).iterator(chunk_size=KEYS_AT_ONCE))
    for start in range(0, len(keys), size):
        yield keys[start : start + size].tolist()


def rows_as_listed(listed: QuerySet[Any, Any], rows: QuerySet[Rows, Rows], size: int) -> Iterator[Rows]:
    """Those of `rows` that a list has, in its order. What is deleted in the meantime is left out."""
    for keys in keys_as_listed(listed, size):
        found = rows.in_bulk(keys)
        yield from (found[key] for key in keys if key in found)


def _key(row: Any, column: str) -> Any:
    return getattr(row, column) if isinstance(row, Model) else row[0]
