"""Pages and acts: every entry of the menu that somebody sees, and what they may begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from routing.admin.docs.library import doc_named, docs
from routing.admin.import_access import import_link, sections_of
from routing.admin.menu import MENU, PAGES, navigation
from routing.admin.palette.found import MOST, Found
from routing.admin.saved_filters import address_of, saved_filters
from routing.admin.work import STARTS, may_ask
from routing.models import Import
from routing.services.access import rep_of

ALSO: Mapping[str, str] = {
    "API keys": "tokens secrets",
    "Audit log": "changes who",
    "Departures": "leaving",
    "How do you share leads?": "methods presets round robin weighted territory account performance intent set up",
    "Import": "upload csv excel spreadsheet files",
    "Incidents": "problems alarms",
    "Ledgers": "turns balances fairness",
    "Mailbox": "mails",
    "Outbox": "alerts messages sent",
    "People's data": "gdpr privacy erase export",
    "Performance lab": "results conversion win rates control group uplift chance tolerance",
    "Publish": "draft live release",
    "Roles": "permissions groups",
    "Settings": "configuration options",
    "Simulate": "try test what if",
    "Signals and topics": "test box message experts intent",
    "SLA policies": "response time deadlines",
    "Time off": "leave holidays vacation",
    "Topics": "keywords intent",
    "Users": "people sign in logins",
    "Versions": "roll back rollback history",
    "Work and reports": "replay repair monthly check",
}
"""Words by which people look for a page that does not have them in its title."""
NAMES = {"auth.group": "role", "routing.lastresort": "person of the last resort"}
"""How a new row is called, where the model's own name is another."""
SHORT = 3
FIRST = ("Dashboard", "Leads", "Publish", "Simulate", "Import leads", "New rule", "My inbox")
"""What is offered before anything was typed."""


def all_pages(request: HttpRequest) -> list[Found]:
    """Everything that this person may open or begin, as the menu has it."""
    acts = [*_new_rows(request), *_files(request), *_work(request), *_own(request)]
    return [*_menu(request), *_saved(request), *acts, *_docs()]


def first_pages(request: HttpRequest) -> list[Found]:
    by_title = {page.title: page for page in all_pages(request)}
    return [by_title[title] for title in FIRST if title in by_title]


def find_pages(request: HttpRequest, term: str) -> list[Found]:
    """Those in which every word typed begins a word. What begins with what was typed comes first."""
    typed = term.casefold()
    fitting = [page for page in all_pages(request) if _fits(page, typed.split())]
    return sorted(fitting, key=lambda page: not page.title.casefold().startswith(typed))[:MOST]


def _fits(page: Found, typed: Sequence[str]) -> bool:
    words = f"{page.title} {page.remark} {ALSO.get(page.title, '')}".casefold().replace("?", " ").split()
    return all(any(_begins(word, begun) for word in words) for begun in typed)


def _begins(word: str, begun: str) -> bool:
    """Short words are in many titles, so they must be typed whole."""
    return word == begun if len(word) <= SHORT else word.startswith(begun)


def _menu(request: HttpRequest) -> Iterator[Found]:
    for group in navigation(request):
        for item in group["items"]:
            yield Found(item["title"], group["title"] or "Page", item["icon"], item["link"])


def _new_rows(request: HttpRequest) -> Iterator[Found]:
    for _, entries in MENU:
        for _, icon, target in entries:
            if target and target not in PAGES and (link := _add_link(request, apps.get_model(target))):
                name = NAMES.get(target) or str(apps.get_model(target)._meta.verbose_name)
                yield Found(f"New {name}", "Add one", icon, link)


def _add_link(request: HttpRequest, model: Any) -> str:
    page = admin.site._registry[model]
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_add") if page.has_add_permission(request) else ""


def _files(request: HttpRequest) -> Iterator[Found]:
    for section in sections_of(request.user):
        name = str(Import.Section(section).label)
        yield Found(f"Import {name[:1].lower()}{name[1:]}", "From a file", "upload_file", import_link(request, section))


def _work(request: HttpRequest) -> Iterator[Found]:
    for kind, (_, title, _) in STARTS.items():
        if may_ask(request, kind):
            yield Found(title, "Ask for it", "manufacturing", reverse("admin:routing_work_start", args=[kind]))


def _saved(request: HttpRequest) -> Iterator[Found]:
    if request.user.has_perm("routing.view_lead"):
        for row in saved_filters(request):
            yield Found(row.name, "Saved filter of leads", "bookmark", address_of(row.query))


def _docs() -> Iterator[Found]:
    yield Found("Docs", "All of them", "menu_book", reverse("docs:contents"))
    for name in docs():
        if doc := doc_named(name):
            yield Found(doc.title, "Docs", "menu_book", reverse("docs:page", args=[name]))


def _own(request: HttpRequest) -> Iterator[Found]:
    if rep_of(request.user):
        yield Found("My inbox", "Your leads, leave and numbers", "inbox", reverse("inbox:leads"))
    yield Found("Change password", "Your sign-in", "password", reverse("admin:password_change"))
