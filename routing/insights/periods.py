"""Stretches of time that figures are asked for, and the spans between two instants as the database computes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import Aggregate, Count, Expression, FloatField, Func, Q, QuerySet

NO_LIMIT = 2**62

Rows: TypeAlias = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant up to, not including, another."""

    start: datetime
    end: datetime

    @classmethod
    def last(cls, span: timedelta, *, now: datetime) -> Period:
        return cls(now - span, now)


class Seconds(Func):
    """The seconds from one instant to another, computed where the rows are."""

    output_field: Any = FloatField()
    # not EXTRACT, whose numbers are exact: with them a histogram takes twice as long
    template = "DATE_PART('epoch', (%(expressions)s))"
    arg_joiner = " - "

    def __init__(self, start: str | Expression, end: str | Expression) -> None:
        super().__init__(end, start)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Julian days are exact to a twentieth of a millisecond; Django's own difference calls Python for each row
        end, start = (compiler.compile(part) for part in self.get_source_expressions())
        sql = f"ROUND((julianday({end[0]}) - julianday({start[0]})) * 86400.0, 3)"
        return sql, (*end[1], *start[1])


class PercentileCont(Aggregate):
    """PostgreSQL's percentile_cont: the value below which a share of the rows lies, interpolated."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field: Any = FloatField()

    def __init__(self, expression: str, share: float) -> None:
        super().__init__(expression, share=float(share))


def percentiles(rows: Rows, column: str, shares: Sequence[float], count: int) -> list[float | None]:
    """The values below which these shares of `count` rows lie, interpolated; never by loading the rows."""
    return percentiles_of(rows, [column], shares, count)[0]


def percentiles_of(rows: Rows, columns: Sequence[str], shares: Sequence[float], count: int) -> list[list[float | None]]:
    """The same of several columns, of which all `count` rows have a value: on PostgreSQL in one query."""
    if not count:
        return [[None] * len(shares) for _ in columns]
    if connection.vendor == "postgresql":
        wanted = {
            (c, n): PercentileCont(column, share) for c, column in enumerate(columns) for n, share in enumerate(shares)
        }
        found = rows.aggregate(**{f"column_{c}_share_{n}": one for (c, n), one in wanted.items()})
        return [[found[f"column_{c}_share_{n}"] for n in range(len(shares))] for c in range(len(columns))]
    return [[_interpolated(rows, column, share, count) for share in shares] for column in columns]


def _interpolated(rows: Rows, column: str, share: float, count: int) -> float:
    """As percentile_cont computes it, from the one or two neighbours of the place."""
    place = share * (count - 1)
    below = int(place)
    neighbours = list(rows.order_by(column).values_list(column, flat=True)[below : below + 2])
    return float(neighbours[0] + (neighbours[-1] - neighbours[0]) * (place - below))


def counts_below(rows: Rows, column: str, edges: Sequence[float]) -> tuple[list[int], int]:
    """How many rows lie below each edge, and how many there are, in one query."""
    counted = _once(rows, column).aggregate(total=Count(column), **_below(column, edges))
    return [counted[f"below_{n}"] for n in range(len(edges))], counted["total"]


def distribution(
    rows: Rows, column: str, *, edges: Sequence[float], shares: Sequence[float]
) -> tuple[list[int], int, list[float | None]]:
    """The same, and the values below which these shares of the rows lie: on PostgreSQL in one query."""
    if connection.vendor != "postgresql":
        below, count = counts_below(rows, column, edges)
        return below, count, percentiles(rows, column, shares, count)
    within = {f"share_{n}": PercentileCont(column, share) for n, share in enumerate(shares)}
    counted = _once(rows, column).aggregate(total=Count(column), **_below(column, edges), **within)
    return [counted[f"below_{n}"] for n in range(len(edges))], counted["total"], [counted[name] for name in within]


def _once(rows: Rows, column: str) -> Rows:
    """The limit, which is none, keeps the databases from computing the column anew for each edge."""
    return rows.order_by().values(column)[:NO_LIMIT]


def _below(column: str, edges: Sequence[float]) -> dict[str, Count]:
    return {f"below_{n}": Count(column, filter=Q(**{f"{column}__lt": edge})) for n, edge in enumerate(edges)}
