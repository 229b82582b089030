"""Pause reps who do not answer, for the rest of their shift, or until they show up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from reps.models import Rep
from reps.schedules import closes_at
from routing.snapshots.hours import HoursSettings, load_calendars, rep_rows

REASON = "did not answer a lead in time"


def pause_reps(rep_ids: Collection[int], *, timezone: str, now: datetime) -> set[int]:
    """Those of the reps, who are locked, that were not paused yet. Their next act, or the end of the shift, ends it."""
    if not rep_ids:
        return set()
    awake = Rep.objects.active().filter(pk__in=rep_ids).exclude(pk__in=Rep.objects.paused_at(now).values("pk"))
    calendars = load_calendars(rep_rows(awake), start=now, end=now, settings=HoursSettings(timezone=timezone))
    paused = set()
    for rep in awake.order_by("pk"):
        rep.paused, rep.paused_by_sla, rep.paused_reason = True, True, REASON
        rep.paused_until = closes_at(calendars[rep.pk].schedule, now)
        rep._change_reason = "by a step of the SLA policy"  # type: ignore[attr-defined]  # read by the history
        rep.save(update_fields=["paused", "paused_by_sla", "paused_reason", "paused_until"])
        paused.add(rep.pk)
    return paused
