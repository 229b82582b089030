"""The box and what it found: in a dialog over every page, and as a page of its own where no script runs.

What is looked for is posted: whom somebody looks for stands in no address, and so in no log and no history.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import get_text_list

from routing.admin.lead_search import list_of_leads
from routing.admin.palette.found import MOST, Found, Group
from routing.admin.palette.leads import NEWEST, find_leads
from routing.admin.palette.pages import find_pages, first_pages
from routing.admin.palette.rows import find_rows, visible_kinds
from routing.models import Lead
from routing.services.access import SEE_ALL_LEADS

LONGEST = 100
SHORTEST = 2
"""With fewer letters only pages are found: nearly every row has one of them."""


class FindForm(forms.Form):
    s = forms.CharField(required=False, max_length=LONGEST)


def find(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """A part of a page for the dialog, which asks for a part; else a page."""
    form = FindForm(request.POST or None)
    term = form.cleaned_data["s"] if form.is_valid() else ""
    context = {
        "title": "Find",
        "term": term,
        "mistakes": form.errors.get("s", []),
        "groups": _likeliest_first(_groups(request, term), term) if form.is_valid() or not form.is_bound else [],
        "finds": what_can_be_found(request),
        "longest": LONGEST,
    }
    if "part" in request.POST:
        return TemplateResponse(request, "admin/palette/found.html", context | {"part": True})
    return TemplateResponse(request, "admin/palette/page.html", admin.site.each_context(request) | context)


def what_can_be_found(request: HttpRequest) -> str:
    """For whoever asks, as a sentence."""
    known: dict[str, list[str]] = {}
    if _sees_leads(request):
        whose = "leads" if request.user.has_perm(SEE_ALL_LEADS) else "your leads"
        known["e-mail address, name, company or phone number"] = [whose]
    for kind in visible_kinds(request):
        known.setdefault(kind.known_by, []).append(kind.title.lower())
    said = [f"{get_text_list(kinds, 'and')} by {by}" for by, kinds in known.items()]
    return f"Finds {'; '.join([*said, 'pages, and what you can do'])}."


def _likeliest_first(groups: Iterator[Group], term: str) -> list[Group]:
    return sorted(groups, key=lambda group: not group.begins_with(term))


def _groups(request: HttpRequest, term: str) -> Iterator[Group]:
    if pages := find_pages(request, term) if term else first_pages(request):
        yield Group("Go to", pages)
    if len(term) < SHORTEST:
        return
    if _sees_leads(request) and (leads := _leads(request, term)):
        yield Group("Leads", leads)
    yield from find_rows(request, term)


def _leads(request: HttpRequest, term: str) -> list[Found]:
    """With the way to all of them, where there are more or where not all were looked at."""
    found, everything = find_leads(request, term)
    if everything and len(found) <= MOST:
        return found
    remark = "In the list of leads" if everything else f"Here the newest {NEWEST:,} were looked through"
    return [*found[:MOST], Found(f"All leads with “{term}”", remark, "list", list_of_leads(term))]


def _sees_leads(request: HttpRequest) -> bool:
    return admin.site._registry[Lead].has_view_permission(request)
