"""How many of the newest leads the conditions of a form match, with examples: while they are typed, or by a button."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from reps.admin_display import moment
from routing.admin.base import received_at
from routing.admin.conditions.form import FIELD, ConditionsWidget, Place, problems_of_rows
from routing.admin.conditions.reading import read_row
from routing.admin.rule_list import sees_leads
from routing.admin.speeds import percent
from routing.insights.conditions import matches_of
from routing.models import Lead

LAST, SHOWN = 500, 3
MOST_LINES, MOST_CHARACTERS = 60, 20_000
"""More is saved and works, but is not counted while it is typed."""


def count_view(request: HttpRequest, page: Any) -> HttpResponse:
    """A piece of a page. Writes nothing, whatever is sent; what cannot be counted yet is said in it."""
    page.require_view(request)
    if not sees_leads(request):
        raise PermissionDenied
    typed = ConditionsWidget().value_from_datadict(request.POST, request.FILES, FIELD)
    counted = count_of(typed, now=received_at(request))
    return TemplateResponse(request, "admin/routing/condition_count.html", {"counted": counted})


def count_of(typed: list[list[dict[str, str]]], *, now: datetime) -> dict[str, Any]:
    """For the template: the count of rows as they were typed, or what must be mended first."""
    if too_much(typed):
        return {"problems": [f"That is more than is counted here: {MOST_LINES} lines, {MOST_CHARACTERS:,} characters."]}
    groups = [[read_row(row) for row in group] for group in typed]
    if problems := problems_of_rows(groups):
        return {"problems": [_placed(place, text) for place, text in problems.items()]}
    found = matches_of(groups, now=now, last=LAST, shown=SHOWN)
    share = found.count / found.leads if found.leads else 0.0
    return {
        "leads": found.leads,
        "count": found.count,
        "percent": "under 1%" if 0 < share < 0.01 else percent(share),
        "share": f"{100 * share:.1f}",
        "all": not any(groups),
        "examples": [_example(lead, now) for lead in found.newest],
        "doubts": found.doubts,
    }


def too_much(typed: list[list[dict[str, str]]]) -> bool:
    """Whether counting would keep a web process busy for long."""
    rows = [row for group in typed for row in group]
    return len(rows) > MOST_LINES or sum(len(value) for row in rows for value in row.values()) > MOST_CHARACTERS


def _placed(place: Place, text: str) -> str:
    return f"Group {place[0] + 1}, line {place[1] + 1}: {text}"


def _example(lead: Lead, now: datetime) -> Mapping[str, str | SafeString]:
    url = reverse("admin:routing_lead_change", args=[lead.pk])
    return {"label": lead.label, "url": url, "age": moment(lead.submitted_at, now)}
