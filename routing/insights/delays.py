"""Whose time it was until leads were answered: the four parts of it beside each other. Test leads are never counted."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, Count

from routing.insights.periods import Period, percentiles_of
from routing.insights.speed import Part, answered_leads


@dataclass(frozen=True, slots=True)
class Delay:
    """One part, in seconds a lead. The means of the four add up to the whole; medians of parts do not."""

    part: Part
    mean: float
    p50: float
    p90: float


def delays(period: Period) -> list[Delay]:
    """The four parts of leads that arrived in the period and were answered; nothing where there is no such lead.

    Two queries on PostgreSQL and nine on SQLite, whatever the volume.
    """
    rows = answered_leads(period).filter(**{f"{part}__isnull": False for part in Part})
    found = rows.aggregate(count=Count("pk"), **{f"mean_of_{part}": Avg(part.value) for part in Part})
    if not found["count"]:
        return []
    shares = percentiles_of(rows, [part.value for part in Part], (0.5, 0.9), found["count"])
    return [
        Delay(part, found[f"mean_of_{part}"], p50 or 0.0, p90 or 0.0)
        for part, (p50, p90) in zip(Part, shares, strict=True)
    ]
