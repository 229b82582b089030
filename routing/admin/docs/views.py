"""The pages of the docs: all of them by what they are about, one of them, and its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from routing.admin.docs.library import doc_named, docs, pictures

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Begin": ("presets", "dashboard", "glossary"),
    "Routing": ("routing", "rules", "configuration"),
    "Leads and people": ("lead-page", "inbox", "people", "alerts", "privacy"),
    "Doors and programs": ("forms", "inbound", "spreadsheets", "api", "webhooks", "agents"),
    "Run it": ("operations", "settings", "security", "reliability", "performance"),
    "How it is built": ("architecture", "comparison"),
}
"""In the order in which people come to need them; a doc that no group names comes last."""
OTHERS = "More"


def contents(request: HttpRequest) -> HttpResponse:
    named = {name for names in GROUPS.values() for name in names}
    groups = {**GROUPS, OTHERS: tuple(name for name in docs() if name not in named)}
    listed = {
        title: rows
        for title, names in groups.items()
        if (rows := [(name, doc) for name in names if (doc := doc_named(name))])
    }
    return _answer(request, "admin/docs/contents.html", {"title": "Docs", "groups": listed})


def page(request: HttpRequest, name: str) -> HttpResponse:
    doc = doc_named(name)
    if doc is None:
        raise Http404("There is no page of the docs of that name.")
    return _answer(request, "admin/docs/page.html", {"title": doc.title, "doc": doc})


def picture(request: HttpRequest, name: str) -> HttpResponse:
    path = pictures().get(name)
    if path is None or not path.exists():
        raise Http404("There is no picture of that name.")
    return HttpResponse(path.read_bytes(), content_type="image/png")


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, admin.site.each_context(request) | context | {"doc_link": ""})
