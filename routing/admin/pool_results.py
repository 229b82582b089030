"""The results of a pool, as its page shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from reps.admin_display import person
from reps.models import Rep
from routing.admin.lab.words import verdict_words
from routing.insights.performance import Result, performance_of_pool
from routing.models import Pool, WeightTilt
from routing.rulebook.content import current_settings


def results(pool: Pool, *, now: datetime) -> dict[str, Any]:
    """The numbers of today, and the tilt of this month and of the next one."""
    today = now.astimezone(ZoneInfo(current_settings().timezone)).date()
    found = performance_of_pool(pool.pk, day=today)
    tilts = list(WeightTilt.objects.filter(pool=pool, month__gte=today.replace(day=1)).order_by("month"))
    names = dict(Rep.objects.filter(pk__in={key for row in tilts for key in row.factors}).values_list("pk", "name"))
    return {
        "results": [_result(one, found.dimensions) for one in found.results] if found else [],
        "found": found,
        "verdict": verdict_words(pool.name, found.skill, by_results=True) if found else "",
        "tilts": [
            {
                "month": row.month,
                "coming": row.month > today,
                "factors": [
                    (person(names.get(int(key), "Somebody who is gone")), f"{factor:.2f} ×")
                    for key, factor in sorted(row.factors.items(), key=lambda one: -one[1])
                ],
            }
            for row in tilts
        ],
    }


def _result(one: Result, dimensions: tuple[str, ...]) -> dict[str, Any]:
    named = zip(dimensions, one.segment, strict=False)
    return {
        "person": person(one.name, "AI agent" if one.agent else ""),
        "segment": ", ".join(f"{name} {value or 'unknown'}" for name, value in named) or "Every lead",
        "overall": not one.segment,
        "leads": f"{one.leads:.1f}",
        "wins": f"{one.wins:.1f}",
        "rate": f"{one.rate:.0%}" if one.rate is not None else "–",
        "result": f"{one.result:.1%}",
        "interval": f"{one.low:.0%} – {one.high:.0%}",
    }
