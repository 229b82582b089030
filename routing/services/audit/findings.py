"""What a check finds wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import QuerySet

from routing.engine.counting import counted
from routing.models import Incident

MOST_COUNTED = 1_000
"""More is not counted: that many are enough to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: an incident of this kind about this subject, until it is found no more."""

    kind: Incident.Kind
    text: str
    subject: str = ""


Check: TypeAlias = Callable[[datetime], Iterable[Finding]]


def how_many(rows: QuerySet[Any, Any], thing: str) -> str:
    """“3 leads”, or “More than 1,000 leads”; empty if there are none."""
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    if count > MOST_COUNTED:
        return f"More than {MOST_COUNTED:,} {thing}s"
    return counted(count, thing) if count else ""


def since(instant: datetime, now: datetime) -> str:
    """How long something has been so, in whole minutes or seconds."""
    span = now - instant
    return f"{span // timedelta(minutes=1)} min" if span >= timedelta(minutes=2) else f"{int(span.total_seconds())} s"
