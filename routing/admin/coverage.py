"""Coverage: who is on in each hour of a week, where nobody is though leads come, and what to do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from reps.models import Rep
from reps.schedules import midnight
from routing.admin.base import received_at
from routing.admin.coverage_week import Week, gaps_in_words, heat_map, hour_in_words, stretches_in_words
from routing.admin.week_picker import Asked, picked, weeks_around
from routing.insights.coverage import coverage_of_week
from routing.rulebook.content import current_settings
from routing.snapshots.hours import HoursSettings


def coverage_view(request: HttpRequest, page: Any) -> HttpResponse:
    """`page` is the admin of reps. Writes nothing."""
    asked, zone, shared = picked(request, page, title="Coverage")
    may_edit = {"may_edit": page.has_change_permission(request)}
    context = shared | may_edit | _context(asked, zone, received_at(request))
    return TemplateResponse(request, "admin/routing/coverage.html", context)


def _context(asked: Asked, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    company, around = current_settings(), asked.circle
    reps = {rep.pk: rep for rep in around.reps.select_related("team").order_by("name", "pk")}
    day = midnight(asked.day, zone) if asked.day else now
    hours = HoursSettings(timezone=company.timezone, taper_days=company.taper_days)
    told = coverage_of_week(list(reps.values()), day=day, zone=zone, settings=hours, now=now, leads=around.leads)
    week = Week(told, reps, zone, now)
    monday = told.start.astimezone(zone).date()
    return {
        "reps": len(reps),
        "week": week,
        "this_week": told.start <= now < told.end,
        **weeks_around(asked, monday),
        "heat": heat_map(week, asked.hour, lambda place: f"{asked.url(hour=place)}#hour"),
        "hour": hour_in_words(week, asked.hour),
        "gaps": gaps_in_words(week),
        "stretches": stretches_in_words(week),
        "nobody_at_all": not Rep.objects.filter(active=True).exists(),
    }
