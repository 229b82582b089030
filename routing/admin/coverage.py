"""Coverage: who is on in each hour of a week, where nobody is though leads come, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from reps.admin_choices import KEY
from reps.models import Rep, Team
from reps.schedules import midnight
from routing.admin.base import received_at
from routing.admin.coverage_week import Week, gaps_in_words, heat_map, hour_in_words, stretches_in_words
from routing.insights.circles import Circle, circle
from routing.insights.coverage import coverage_of_week
from routing.models import Pool, Territory
from routing.rulebook.content import current_settings
from routing.snapshots.hours import HoursSettings

KINDS: Mapping[str, tuple[str, Any]] = {
    "team": ("Teams", Team.objects.order_by("name")),
    "pool": ("Pools", Pool.objects.current().order_by("name")),
    "territory": ("Territories", Territory.objects.current().order_by("name")),
}
FIRST, LAST = date(2000, 1, 1), date(2199, 1, 1)
"""Weeks that can be looked at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says: whose week, which one, and perhaps one hour of it."""

    kind: str
    row: Any
    day: date | None
    hour: str

    @property
    def of(self) -> str:
        return f"{self.kind}-{self.row.pk}" if self.row else ""

    @property
    def circle(self) -> Circle:
        return circle(**{self.kind: self.row}) if self.row else circle()

    def url(self, **other: str) -> str:
        """The same page with something else asked."""
        asked = {"of": self.of, "week": self.day.isoformat() if self.day else ""} | other
        return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def coverage_view(request: HttpRequest, page: Any) -> HttpResponse:
    """`page` is the admin of reps: who may see them may see when they work. Writes nothing."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    now, zone, asked = received_at(request), ZoneInfo(timezone.get_current_timezone_name()), asked_of(request)
    context = {
        **page.admin_site.each_context(request),
        "title": "Coverage",
        "model_admin": page,
        "may_edit": page.has_change_permission(request),
        "zone": zone.key,
        "asked": asked,
        "choices": choices(),
        **_context(asked, zone, now),
    }
    return TemplateResponse(request, "admin/routing/coverage.html", context)


def asked_of(request: HttpRequest) -> Asked:
    """What there is not is not asked."""
    kind, _, key = request.GET.get("of", "").partition("-")
    row = KINDS[kind][1].filter(pk=key).first() if kind in KINDS and KEY.fullmatch(key) else None
    return Asked(kind if row else "", row, _day(request.GET.get("week", "")), request.GET.get("hour", ""))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    return [(title, [(f"{kind}-{row.pk}", row.name) for row in rows.all()]) for kind, (title, rows) in KINDS.items()]


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
        "before": asked.url(week=(monday - timedelta(days=7)).isoformat()),
        "after": asked.url(week=(monday + timedelta(days=7)).isoformat()),
        "today": asked.url(week=""),
        "heat": heat_map(week, asked.hour, lambda place: f"{asked.url(hour=place)}#hour"),
        "hour": hour_in_words(week, asked.hour),
        "gaps": gaps_in_words(week),
        "stretches": stretches_in_words(week),
        "nobody_at_all": not Rep.objects.filter(active=True).exists(),
    }
