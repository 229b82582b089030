"""When leads arrive: by hour of a day, by day of a month, on the clocks of one zone. Test leads are never counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Func, IntegerField

from routing.insights.periods import Period
from routing.models import Lead

QUARTER = 900
"""Every zone lies whole quarters of an hour from UTC, so quarters add up to anybody's hours and days."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How many leads arrived from an instant on, until the next one begins."""

    start: datetime
    count: int


class QuarterHours(Func):
    """The number of quarters of an hour since 1970, computed where the rows are."""

    output_field = IntegerField()
    # not EXTRACT, whose numbers are exact and twice as slow
    template = f"FLOOR(DATE_PART('epoch', %(expressions)s) / {QUARTER})::bigint"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(
            compiler,
            connection,
            template=f"(CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / {QUARTER})",
            **context,
        )


def arrivals_by_hour(*, now: datetime, zone: ZoneInfo) -> list[Arrivals]:
    """Each hour of today, those to come included."""
    today = now.astimezone(zone).date()
    start, end = _midnight(today, zone), _midnight(today + timedelta(days=1), zone)
    hours = int((end - start) / timedelta(hours=1))
    return _counted([start + timedelta(hours=n) for n in range(hours)] + [end])


def arrivals_by_day(*, now: datetime, zone: ZoneInfo, days: int = 30) -> list[Arrivals]:
    """Each of the last `days` days, today included."""
    today = now.astimezone(zone).date()
    return _counted([_midnight(today + timedelta(days=n + 1 - days), zone) for n in range(days + 1)])


def add_up(quarters: Counter[int], edges: Sequence[datetime]) -> list[Arrivals]:
    """Quarters of an hour, added up between one edge and the next."""
    places = [int(edge.timestamp()) // QUARTER for edge in edges]
    return [
        Arrivals(start, sum(quarters[number] for number in range(first, last)))
        for start, (first, last) in zip(edges, pairwise(places), strict=False)
    ]


def _counted(edges: Sequence[datetime]) -> list[Arrivals]:
    period = Period(edges[0], edges[-1])
    leads = Lead.objects.without_tests().filter(submitted_at__gte=period.start, submitted_at__lt=period.end)
    rows = leads.order_by().annotate(quarter=QuarterHours("submitted_at")).values("quarter").annotate(count=Count("pk"))
    return add_up(Counter(dict(rows.values_list("quarter", "count"))), edges)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
