"""The menu: what people look for, in their words, without what they may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

Entry = tuple[str, str, str]
"""Title, icon, and the model as app.model."""

MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (("Dashboard", "space_dashboard", ""), ("Leads", "contacts", "routing.lead"))),
    (
        "Routing",
        (
            ("Rules", "alt_route", "routing.rule"),
            ("Pools", "groups", "routing.pool"),
            ("Territories", "public", "routing.territory"),
            ("SLA policies", "timer", "routing.slapolicy"),
            ("Settings", "tune", "routing.routingsettings"),
            ("Last resort", "support", "routing.lastresort"),
            ("Publish", "rocket_launch", "publish"),
            ("Versions", "history", "routing.rulebookversion"),
        ),
    ),
    ("Companies", (("Accounts", "domain", "routing.account"),)),
    (
        "People",
        (
            ("Reps", "badge", "reps.rep"),
            ("Teams", "diversity_3", "reps.team"),
            ("Time off", "beach_access", "reps.timeoff"),
            ("Skills", "school", "reps.skill"),
            ("Balances", "balance", "routing.ledger"),
        ),
    ),
    (
        "System",
        (
            ("Mailbox", "inbox", "routing.mailboxmessage"),
            ("Outbox", "outbox", "routing.outboxmessage"),
            ("API keys", "key", "routing.apikey"),
            ("Users", "person", "auth.user"),
            ("Roles", "admin_panel_settings", "auth.group"),
            ("Heartbeats", "ecg_heart", "routing.heartbeat"),
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
    app, model = ("routing", "rulebookversion") if target == "publish" else target.split(".")
    return request.user.has_perm(f"{app}.view_{model}")


def _link(target: str) -> str:
    if not target:
        return reverse("admin:index")
    if target == "publish":
        return reverse("admin:routing_rulebookversion_publish")
    return reverse(f"admin:{target.replace('.', '_')}_changelist")


def _active(target: str) -> Callable[[HttpRequest], bool]:
    """Whether the page belongs to this entry; the publish page lies under the versions' address."""
    address, publish = _link(target), _link("publish")

    def is_active(request: HttpRequest) -> bool:
        if not target or target == "publish":
            return request.path == address
        return request.path.startswith(address) and request.path != publish

    return is_active
