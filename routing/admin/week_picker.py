"""Whose week a page shows, and which: chosen above it, said in its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from reps.admin_choices import KEY
from reps.models import Team
from routing.insights.circles import Circle, circle
from routing.models import Pool, Territory

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


def weeks_around(asked: Asked, monday: date) -> dict[str, str]:
    """The addresses of the week before, the week after, and this one."""
    return {
        "before": asked.url(week=(monday - timedelta(days=7)).isoformat()),
        "after": asked.url(week=(monday + timedelta(days=7)).isoformat()),
        "today": asked.url(week=""),
    }


def picked(request: HttpRequest, page: Any, *, title: str) -> tuple[Asked, ZoneInfo, dict[str, Any]]:
    """What is asked, the viewer's zone, and what such pages share. `page` is the admin of reps.

    Raises PermissionDenied for who may not see reps: who may, may see when they work.
    """
    if not page.has_view_permission(request):
        raise PermissionDenied
    asked, zone = asked_of(request), ZoneInfo(timezone.get_current_timezone_name())
    shared = {"title": title, "model_admin": page, "zone": zone.key, "asked": asked, "choices": choices()}
    return asked, zone, page.admin_site.each_context(request) | shared
