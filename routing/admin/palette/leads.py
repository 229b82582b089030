"""Leads, by what their list looks in, however many there are.

A text anywhere in a name is served by no index: a look through a million leads takes seconds. So an address or a
number that was typed whole is looked up by its key among all leads, and a text among the newest. Where there are more,
the list of leads is offered, which looks through all (`lead_search`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from reps.admin_display import moment
from routing.admin.base import received_at
from routing.admin.labels import HELD_REASONS, label_of
from routing.admin.lead_search import by_key
from routing.admin.palette.found import MOST, Found, told_apart
from routing.models import Lead
from routing.models.leads import LeadQuerySet
from routing.services.access import SEE_ALL_LEADS, visible_leads

NEWEST = 20_000
"""Among so many of the newest leads a text is looked for: a tenth of a second on PostgreSQL."""
ICON = "contacts"


class Looked(NamedTuple):
    """`all`: every lead that this person may see was looked at."""

    found: list[Found]
    all: bool


def find_leads(request: HttpRequest, term: str) -> Looked:
    visible = visible_leads(request.user).select_related("owner")  # type: ignore[arg-type]  # staff are users
    known = list(by_key(visible, term)[: MOST + 1])
    recent, everything = _recent(request, visible)
    page: Any = admin.site._registry[Lead]
    texts = page.with_text(request, recent, term)
    others = texts.exclude(pk__in=[lead.pk for lead in known])[: MOST + 1 - len(known)]
    return Looked([_shown(request, lead) for lead in (*known, *others)], everything)


def _recent(request: HttpRequest, visible: LeadQuerySet) -> tuple[LeadQuerySet, bool]:
    """One's own leads are few, and are all looked through: in the order of the index of an owner's leads."""
    if not request.user.has_perm(SEE_ALL_LEADS):
        return visible.order_by("-owned_at"), True
    oldest = Lead.objects.values_list("submitted_at", flat=True)[NEWEST : NEWEST + 1].first()
    return (visible, True) if oldest is None else (visible.filter(submitted_at__gt=oldest), False)


def _shown(request: HttpRequest, lead: Lead) -> Found:
    title = lead.name or lead.email or lead.phone or "Unnamed lead"
    reached = next((way for way in (lead.email, lead.phone) if way and way != title), "")
    return Found(
        title,
        told_apart(reached, lead.company, lead.get_kind_display(), _state(lead), "Test" if lead.test else ""),
        ICON,
        reverse("admin:routing_lead_change", args=[lead.pk]),
        moment(lead.submitted_at, received_at(request)),
    )


def _state(lead: Lead) -> str:
    if lead.status == Lead.Status.HELD:
        return f"{lead.get_status_display()}: {label_of(HELD_REASONS, lead.held_reason)}"
    return lead.owner.name if lead.owner else lead.get_status_display()
