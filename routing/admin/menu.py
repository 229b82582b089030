"""The menu: what people look for, in their words, without what they may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

Entry = tuple[str, str, str]
"""Title, icon, and the model as app.model, or the name of a page."""


class Page(NamedTuple):
    """A page that is no list of rows, and the model that one must be allowed to see."""

    view: str
    permission: str


PAGES = {
    "publish": Page("admin:routing_rulebookversion_publish", "routing.rulebookversion"),
    "simulate": Page("admin:routing_rule_simulate", "routing.rule"),
    "presets": Page("admin:routing_rule_presets", "routing.rule"),
    "lab": Page("admin:routing_pool_lab", "routing.pool"),
    "score": Page("admin:routing_routingsettings_score", "routing.routingsettings"),
    "topics": Page("admin:routing_signal_topics", "routing.signal"),
    "map": Page("admin:routing_territory_map", "routing.territory"),
    "jobs": Page("admin:routing_heartbeat_jobs", "routing.heartbeat"),
    "coverage": Page("admin:reps_rep_coverage", "reps.rep"),
    "week": Page("admin:reps_rep_week", "reps.rep"),
    "person": Page("admin:routing_suppression_person", "routing.suppression"),
}
MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            ("Dashboard", "space_dashboard", ""),
            ("Leads", "contacts", "routing.lead"),
            ("Import", "upload_file", "routing.import"),
            ("People's data", "person_search", "person"),
        ),
    ),
    (
        "Routing",
        (
            ("How do you share leads?", "auto_awesome", "presets"),
            ("Rules", "alt_route", "routing.rule"),
            ("Pools", "groups", "routing.pool"),
            ("Performance lab", "query_stats", "lab"),
            ("Score", "grade", "score"),
            ("Territories", "public", "routing.territory"),
            ("Territory map", "map", "map"),
            ("Coverage", "calendar_view_week", "coverage"),
            ("Tables", "table_rows", "routing.lookuptable"),
            ("Topics", "sell", "routing.topic"),
            ("Sources", "input", "routing.source"),
            ("SLA policies", "timer", "routing.slapolicy"),
            ("Settings", "tune", "routing.routingsettings"),
            ("Last resort", "support", "routing.lastresort"),
        ),
    ),
    (
        "Rulebook",
        (
            ("Publish", "rocket_launch", "publish"),
            ("Simulate", "science", "simulate"),
            ("Examples", "rule", "routing.example"),
            ("Work and reports", "manufacturing", "routing.work"),
            ("Scheduled", "event", "routing.scheduledversion"),
            ("Versions", "history", "routing.rulebookversion"),
        ),
    ),
    (
        "Companies",
        (
            ("Accounts", "domain", "routing.account"),
            ("Signals", "sensors", "routing.signal"),
            ("Signals and topics", "forum", "topics"),
        ),
    ),
    (
        "People",
        (
            ("Reps", "badge", "reps.rep"),
            ("Week", "calendar_month", "week"),
            ("Teams", "diversity_3", "reps.team"),
            ("Time off", "beach_access", "reps.timeoff"),
            ("Departures", "logout", "routing.departure"),
            ("Skills", "school", "reps.skill"),
            ("Ledgers", "balance", "routing.ledger"),
        ),
    ),
    (
        "Doors",
        (
            ("Forms", "ballot", "routing.form"),
            ("Inbound addresses", "move_to_inbox", "routing.inboundaddress"),
            ("Submissions", "mark_email_unread", "routing.submission"),
        ),
    ),
    (
        "System",
        (
            ("Mailbox", "inbox", "routing.mailboxmessage"),
            ("Outbox", "outbox", "routing.outboxmessage"),
            ("Webhooks", "webhook", "routing.webhook"),
            ("Deliveries", "output", "routing.webhookdelivery"),
            ("API keys", "key", "routing.apikey"),
            ("Users", "person", "auth.user"),
            ("Roles", "admin_panel_settings", "auth.group"),
            ("Jobs", "work_history", "jobs"),
            ("Incidents", "crisis_alert", "routing.incident"),
            ("Heartbeats", "ecg_heart", "routing.heartbeat"),
            ("Audit log", "policy", "routing.auditentry"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the sidebar for whoever looks."""
    groups = [
        {"title": title, "separator": bool(title), "collapsible": False, "items": list(_items(request, entries))}
        for title, entries in MENU
    ]
    return [group for group in groups if group["items"]]


def _items(request: HttpRequest, entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": _link(target), "active": _active(target)}
        for title, icon, target in entries
        if may_see(request, target)
    ]


def may_see(request: HttpRequest, target: str) -> bool:
    if not target:
        return True
    app, model = PAGES[target].permission.split(".") if target in PAGES else target.split(".")
    return request.user.has_perm(f"{app}.view_{model}")


def _link(target: str) -> str:
    if not target:
        return reverse("admin:index")
    if target in PAGES:
        return reverse(PAGES[target].view)
    return reverse(f"admin:{target.replace('.', '_')}_changelist")


def _active(target: str) -> Callable[[HttpRequest], bool]:
    """Whether the page belongs to this entry; pages of their own lie under the address of another entry."""
    address = _link(target)

    def is_active(request: HttpRequest) -> bool:
        if not target or target in PAGES:
            return request.path == address
        return request.path.startswith(address) and request.path not in {_link(page) for page in PAGES}

    return is_active
