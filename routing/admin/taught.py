"""What won deals teach of people's expertise, as pages show it beside what is declared."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from reps.admin_display import person
from reps.admin_forms import LEVELS
from routing.engine.expertise import TOP_LEVEL
from routing.engine.types import RepId
from routing.insights.expertise import KnownTopic, PoolExpertise, expertise_of_pools
from routing.snapshots.rulebook import Published

MOST_ROWS = 40
"""Of a pool; those with most learned come first."""


def taught_by_pool(published: Published | None, now: datetime, rep: RepId | None = None) -> list[dict[str, Any]]:
    """Every pool that goes by intent, or one rep's part of theirs; none before anything is published."""
    if published is None:
        return []
    today = now.astimezone(ZoneInfo(published.rulebook.settings.timezone)).date()
    return [_pool(one) for one in expertise_of_pools(published.rulebook, today=today, rep=rep)]


def _pool(one: PoolExpertise) -> dict[str, Any]:
    return {
        "name": one.pool.name,
        "url": reverse("admin:routing_pool_change", args=[one.pool.id]),
        "counts": one.pool.learns,
        "verdict": _verdict(one),
        "rows": [_row(row) for row in one.rows[:MOST_ROWS]],
        "more": max(len(one.rows) - MOST_ROWS, 0),
    }


def _verdict(one: PoolExpertise) -> str:
    if one.day is None:
        return "Nothing has been learned yet: it is, each night, from leads that were routed and had an outcome."
    if not one.differ:
        return f"As of {_day(one.day)} nothing shows that these reps differ beyond chance, so nothing is learned."
    return f"As of {_day(one.day)} these reps differ beyond chance, so what they won teaches what they know."


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _row(row: KnownTopic) -> dict[str, Any]:
    learned, total = row.learned, min(row.declared + row.learned.level, TOP_LEVEL)
    return {
        "person": person(row.name),
        "topic": row.topic,
        "declared": f"{row.declared:g} ({LEVELS.get(round(row.declared), LEVELS[3])})" if row.declared else "–",
        "learned": f"+{learned.level:g}" if learned.level else "–",
        "together": f"{total:g}" if total else "–",
        "share": round(100 * total / TOP_LEVEL),
        "leads": f"{learned.wins:.1f} of {learned.leads:.1f}" if learned.leads else "–",
        "expected": f"{learned.rate:.0%} against {learned.usual:.0%}" if learned.leads else "–",
    }
