"""The pages of the admin, under /admin/."""

from __future__ import annotations

from routing.admin import (
    accounts,
    departures,
    drafts,
    incidents,
    keys,
    leads,
    ledgers,
    mail,
    people,
    pools,
    rules,
    settings,
    signals,
    territories,
    versions,
    webhooks,
    work,
)

__all__ = [
    "accounts",
    "departures",
    "drafts",
    "incidents",
    "keys",
    "leads",
    "ledgers",
    "mail",
    "people",
    "pools",
    "rules",
    "settings",
    "signals",
    "territories",
    "versions",
    "webhooks",
    "work",
]
