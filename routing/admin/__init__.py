"""The pages of the admin, under /admin/."""

from __future__ import annotations

from routing.admin import (
    accounts,
    drafts,
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
    work,
)

__all__ = [
    "accounts",
    "drafts",
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
    "work",
]
