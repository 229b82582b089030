"""The week of the reps: everybody's shifts, leave and holidays by day, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from reps.admin_display import badge, person
from reps.models import Rep
from reps.schedules import Window
from routing.admin.base import received_at
from routing.admin.coverage_week import hours_url
from routing.admin.week_picker import Asked, picked, weeks_around
from routing.insights.rosters import Roster, RosterDay, rosters_of_week
from routing.rulebook.content import current_settings
from routing.snapshots.hours import HoursSettings

SEE_LEAVE = "reps.view_timeoff"
MOST = 200
"""Reps on one page; a team or a pool shows fewer."""


def week_view(request: HttpRequest, page: Any) -> HttpResponse:
    """`page` is the admin of reps. Writes nothing."""
    asked, zone, shared = picked(request, page, title="The week of the reps")
    reasons = request.user.has_perm(SEE_LEAVE)
    context = shared | _context(asked, zone, received_at(request), reasons=reasons)
    return TemplateResponse(request, "admin/routing/week.html", context)


def _context(asked: Asked, zone: ZoneInfo, now: datetime, *, reasons: bool) -> dict[str, Any]:
    today = now.astimezone(zone).date()
    looked_at = asked.day or today
    monday = looked_at - timedelta(days=looked_at.weekday())
    company, reps = current_settings(), asked.circle.reps.filter(active=True).select_related("team")
    shown = list(reps.order_by("team__name", "name", "pk")[:MOST])
    hours = HoursSettings(timezone=company.timezone, taper_days=company.taper_days)
    rosters = rosters_of_week(shown, monday=monday, zone=zone, settings=hours)
    return {
        "days": [(day, f"{day:%a}", f"{day.day} {day:%b}", day == today) for day in _days(monday)],
        "rows": [_row(roster, zone, now, reasons=reasons) for roster in rosters],
        "more": reps.count() - len(shown) if len(shown) == MOST else 0,
        "this_week": monday <= today < monday + timedelta(days=7),
        **weeks_around(asked, monday),
        "coverage": f"{reverse('admin:reps_rep_coverage')}{asked.url()}",
    }


def _days(monday: date) -> list[date]:
    return [monday + timedelta(days=number) for number in range(7)]


def _row(roster: Roster, zone: ZoneInfo, now: datetime, *, reasons: bool) -> dict[str, Any]:
    rep = roster.rep
    other = "" if roster.zone.key == zone.key else roster.zone.key.replace("_", " ")
    return {
        "person": person(rep.name, " · ".join(filter(None, [rep.team.name if rep.team else "", other]))),
        "name": rep.name,
        "url": reverse("admin:reps_rep_change", args=[rep.pk]),
        "hours_url": hours_url(rep),
        "paused": badge("Paused", "amber", rep.paused_reason) if _is_paused(rep, now) else "",
        "agent": rep.kind == Rep.Kind.AGENT,
        "always": roster.always,
        "days": [_day(day, zone, always=roster.always, reasons=reasons, now=now) for day in roster.days],
        "hours": f"{round(roster.hours, 1):g} h",
    }


def _is_paused(rep: Rep, now: datetime) -> bool:
    return rep.paused and (rep.paused_until is None or rep.paused_until > now)


def _day(day: RosterDay, zone: ZoneInfo, *, always: bool, reasons: bool, now: datetime) -> dict[str, Any]:
    why = ", ".join(dict.fromkeys(reason for reason in day.reasons if reason)) if reasons else ""
    return {
        "bars": [_bar(stretch, day) for stretch in day.shifts],
        "leave": [_bar(stretch, day) for stretch in day.leave],
        "now": _share(now, day) if day.start <= now < day.end else None,
        "texts": ["all day"] if always and day.shifts and not day.leave else _texts(day.shifts, day, zone),
        "away": f"Leave: {why}" if why else "Leave" if day.leave else "",
        "holiday": day.holiday,
    }


def _texts(stretches: Iterable[Window], day: RosterDay, zone: ZoneInfo) -> list[str]:
    """09:00–17:00; midnight at the end of the day is 24:00."""
    return [
        f"{start.astimezone(zone):%H:%M}–{'24:00' if end == day.end else format(end.astimezone(zone), '%H:%M')}"
        for start, end in stretches
    ]


def _bar(stretch: Window, day: RosterDay) -> tuple[float, float]:
    """Where it begins and how wide it is, in hundredths of the day."""
    first = _share(stretch[0], day)
    return first, round(_share(stretch[1], day) - first, 2)


def _share(instant: datetime, day: RosterDay) -> float:
    return round((instant - day.start) / (day.end - day.start) * 100, 2)
