"""The pages of the admin, under /admin/."""

from __future__ import annotations

from routing.admin import accounts, keys, leads, mail, people, pools, rules, settings, territories, versions

__all__ = ["accounts", "keys", "leads", "mail", "people", "pools", "rules", "settings", "territories", "versions"]
