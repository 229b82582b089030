"""Pause reps who do not answer, for the rest of their shift, or until they show up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from simple_history.utils import bulk_update_with_history

from reps.models import Rep
from reps.schedules import closes_at
from routing.snapshots.hours import HoursSettings, load_calendars, rep_rows

REASON = "did not answer a lead in time"
COLUMNS = ("paused", "paused_by_sla", "paused_reason", "paused_until")


def pause_reps(rep_ids: Collection[int], *, timezone: str, now: datetime) -> set[int]:
    """Those of the reps, who are locked, that were not paused yet. Their next act, or the end of the shift, ends it."""
    if not rep_ids:
        return set()
    awake = Rep.objects.active().filter(pk__in=rep_ids).exclude(pk__in=Rep.objects.paused_at(now).values("pk"))
    calendars = load_calendars(rep_rows(awake), start=now, end=now, settings=HoursSettings(timezone=timezone))
    paused = list(awake.order_by("pk"))
    for rep in paused:
        rep.paused, rep.paused_by_sla, rep.paused_reason = True, True, REASON
        rep.paused_until = closes_at(calendars[rep.pk].schedule, now)
    bulk_update_with_history(
        paused, Rep, COLUMNS, default_date=now, default_change_reason="by a step of the SLA policy"
    )
    return {rep.pk for rep in paused}
