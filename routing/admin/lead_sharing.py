"""Sharing the story of a lead: links are made and ended on its page, and read without signing in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from reps.admin_choices import KEY
from reps.admin_display import day, exact, moment
from routing.admin.base import received_at, user_of
from routing.admin.lead_page import told
from routing.admin.lead_story import name_outside
from routing.clock import current_time
from routing.models import Assignment, EndReason, Lead, RoutingSettings, SharedLink
from routing.services.access import ROUTE_LEADS
from routing.services.shared_links import (
    SharedLinkEnded,
    SharedLinkInvalid,
    open_shared,
    share_lead,
    shared_url,
    stop_sharing,
)

DAYS = {"1": "1 day", "7": "7 days", "30": "30 days"}
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
View = Callable[..., HttpResponse]


def standing_links(lead: Lead, now: datetime) -> list[dict[str, Any]]:
    """Those that open, with their address and when they end."""
    rows = SharedLink.objects.standing(now).filter(lead=lead).select_related("made_by").order_by("ends_at", "pk")
    return [
        {
            "key": row.pk,
            "url": shared_url(row),
            "ends": format_html("{} ({})", day(timezone.localdate(row.ends_at)), moment(row.ends_at, now)),
            "by": (row.made_by.get_full_name() or row.made_by.get_username()) if row.made_by else "somebody",
            "end": reverse("admin:routing_lead_unshare", args=[lead.pk, row.pk]),
        }
        for row in rows
    ]


def of_lead(view: Callable[[HttpRequest, Lead, int], HttpResponse]) -> View:
    """By POST, of who may route leads, of a lead that they see; then back to its page."""

    @require_POST
    @wraps(view)
    def asked(request: HttpRequest, key: int, link: int = 0, *, page: Any) -> HttpResponse:
        if not request.user.has_perm(ROUTE_LEADS):
            raise PermissionDenied
        lead: Lead | None = page.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
        if lead is None:
            raise Http404("There is no such lead.")
        return view(request, lead, link)

    return asked


@of_lead
def share_view(request: HttpRequest, lead: Lead, _: int) -> HttpResponse:
    days = request.POST.get("days", "")
    if days in DAYS:
        share_lead(lead=lead, lasts=timedelta(days=int(days)), user=user_of(request), now=received_at(request))
        messages.success(request, f"The link works for {DAYS[days]}. Copy it from “Share”.")
    else:
        messages.error(request, "Nothing was shared: choose how long the link shall work.")
    return _back(lead)


@of_lead
def unshare_view(request: HttpRequest, lead: Lead, link: int) -> HttpResponse:
    known = SharedLink.objects.select_related("lead").filter(lead=lead)
    row = known.filter(pk=link).first() if KEY.fullmatch(str(link)) else None
    if row is None:
        raise Http404("There is no such link.")
    stop_sharing(link=row, user=user_of(request), now=received_at(request))
    messages.success(request, "The link opens nothing any more.")
    return _back(lead)


def _back(lead: Lead) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('admin:routing_lead_change', args=[lead.pk])}#share")


# --- what whoever has the link reads ------------------------------------------------------------------------------


@require_safe
def shared_view(request: HttpRequest, token: str) -> HttpResponse:
    """The story and its time; neither how to reach the lead, nor what they wrote, nor why others did not get it."""
    response = _shared(request, token)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _shared(request: HttpRequest, token: str) -> HttpResponse:
    now = current_time()
    try:
        link = open_shared(token, now=now)
    except SharedLinkEnded:
        return _stop(request, 410, "This link has ended", "Ask whoever sent it to you for a new one.")
    except SharedLinkInvalid:
        return _stop(request, 404, "This link does not work", "It is incomplete, or what it led to is gone.")
    zone = RoutingSettings.objects.values_list("timezone", flat=True).first() or "UTC"
    with timezone.override(ZoneInfo(zone)):
        return render(request, "shared/lead.html", _context(link, now))


def _context(link: SharedLink, now: datetime) -> dict[str, Any]:
    lead = link.lead
    return {
        "name": name_outside(lead) or "A lead",
        "company": lead.company,
        "status": lead.get_status_display(),
        "until": exact(link.ends_at),
        "steps": list(_steps(lead)),
        **told(lead, (), now, inside=False),
    }


def _steps(lead: Lead) -> list[tuple[str, str]]:
    """When it came, who got it, was told, answered, and lost it: no text that anybody typed."""
    found = [(lead.submitted_at, "It came in")]
    for row in Assignment.objects.filter(lead=lead).select_related("rep").order_by("attempt"):
        name, ended = row.rep.name, EndReason(row.end_reason).label.lower() if row.end_reason else ""
        found += [
            (at, text)
            for at, text in (
                (row.assigned_at, f"{name} got it"),
                (row.alerted_at, f"{name} was told"),
                (row.responded_at, f"{name} answered"),
                (row.ended_at, f"{name} no longer has it: {ended}"),
            )
            if at is not None
        ]
    return [(exact(at), text) for at, text in sorted(found, key=lambda step: step[0])]


def _stop(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "shared/stop.html", {"title": title, "text": text}, status=status)
