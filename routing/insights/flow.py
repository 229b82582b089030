"""Which way leads went, from source to rule to pool to rep, counted by way and never lead by lead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, FilteredRelation, Q

from routing.insights.periods import Period
from routing.models import Lead

COLUMNS = (
    "source",
    "status",
    *(f"current__{stop}{part}" for stop in ("rule", "pool", "rep") for part in ("", "__name")),
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A rule, a pool or a rep by key and name."""

    key: int
    name: str


@dataclass(frozen=True, slots=True)
class Way:
    """`count` leads that came from one source and have one owner, by one rule and one pool.

    None: they came by no rule, by no pool, or have no owner; then `status` says where they are, else it is empty.
    """

    source: str
    rule: Stop | None
    pool: Stop | None
    rep: Stop | None
    status: str
    count: int


def ways_of_leads(period: Period) -> list[Way]:
    """Of leads that arrived in the period, test leads left out; the most frequent first. One query."""
    leads = Lead.objects.real().filter(submitted_at__gte=period.start, submitted_at__lt=period.end)
    current = FilteredRelation("assignments", condition=Q(assignments__ended_at=None))
    rows = leads.order_by().annotate(current=current).values(*COLUMNS).annotate(count=Count("pk"))
    counts: Counter[Way] = Counter()
    for source, status, *stops, count in rows.values_list(*COLUMNS, "count"):
        rule, pool, rep = (Stop(key, name) if key else None for key, name in zip(stops[::2], stops[1::2], strict=True))
        counts[Way(source, rule, pool, rep, "" if rep else status, 0)] += count
    ways = [Way(way.source, way.rule, way.pool, way.rep, way.status, count) for way, count in counts.items()]
    return sorted(ways, key=lambda way: (-way.count, way.source, str(way.rule), str(way.pool), str(way.rep)))
