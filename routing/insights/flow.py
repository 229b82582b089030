"""Which way leads went, from source to rule to pool to rep, counted by way and never lead by lead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, FilteredRelation, Max, Q

from routing.insights.periods import Period
from routing.models import Lead

STOPS = ("rule", "pool", "rep")


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
    # nobody owns a lead before it arrives: with that said, only the newest assignments are looked at
    newest = Q(assignments__ended_at=None, assignments__assigned_at__gte=period.start)
    rows = (
        leads.order_by()
        .annotate(current=FilteredRelation("assignments", condition=newest))
        .values("source", "status", *(f"current__{stop}" for stop in STOPS))
        .annotate(count=Count("pk"), **{f"{stop}_name": Max(f"current__{stop}__name") for stop in STOPS})
    )
    counts: Counter[Way] = Counter()
    for row in rows:
        rule, pool, rep = (_stop(row, stop) for stop in STOPS)
        counts[Way(row["source"], rule, pool, rep, "" if rep else row["status"], 0)] += row["count"]
    ways = [Way(way.source, way.rule, way.pool, way.rep, way.status, count) for way, count in counts.items()]
    return sorted(ways, key=lambda way: (-way.count, way.source, str(way.rule), str(way.pool), str(way.rep)))


def _stop(row: dict[str, Any], stop: str) -> Stop | None:
    key = row[f"current__{stop}"]
    return Stop(key, row[f"{stop}_name"]) if key else None
