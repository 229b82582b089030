"""Who may bring in files of which section, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from routing.models import Import
from routing.services.access import ROUTE_LEADS, SEE_ALL_LEADS

Section = Import.Section


class Access(NamedTuple):
    """`needs` are the permissions; `whole` those for taking away what a file does not name. `page`: its list."""

    needs: tuple[str, ...]
    whole: tuple[str, ...]
    page: str
    draft: bool = False


ACCESS: Mapping[str, Access] = {
    Section.LEADS: Access((ROUTE_LEADS, SEE_ALL_LEADS), (), "routing_lead"),
    Section.REPS: Access(("reps.add_rep", "reps.change_rep"), ("reps.change_rep",), "reps_rep"),
    Section.MEMBERS: Access(
        ("routing.add_poolmember", "routing.change_poolmember"), ("routing.delete_poolmember",), "routing_pool"
    ),
    Section.TERRITORIES: Access(
        ("routing.add_territory", "routing.change_territory"), ("routing.delete_territory",), "routing_territory", True
    ),
    Section.ACCOUNTS: Access(
        ("routing.add_account", "routing.change_account"), ("routing.delete_account",), "routing_account"
    ),
    Section.TABLES: Access(
        ("routing.add_lookuptable", "routing.change_lookuptable", "routing.add_lookuprow", "routing.change_lookuprow"),
        ("routing.delete_lookuprow",),
        "routing_lookuptable",
        True,
    ),
    Section.TIME_OFF: Access(("reps.add_timeoff", "reps.change_timeoff"), ("reps.delete_timeoff",), "reps_timeoff"),
}


def may_import(user: Any, section: str) -> bool:
    return bool(user.is_active and user.is_staff and user.has_perms(ACCESS[section].needs))


def may_take_away(user: Any, section: str) -> bool:
    """Whether a file of theirs can be the whole list."""
    whole = ACCESS[section].whole
    return bool(whole) and may_import(user, section) and bool(user.has_perms(whole))


def sections_of(user: Any) -> list[str]:
    """What somebody may bring in, in the order of the menu."""
    return [section for section in ACCESS if may_import(user, section)]


def import_link(request: HttpRequest, section: str) -> str:
    """Where a file of this section is uploaded; nothing for somebody who may not."""
    return reverse("admin:routing_import_upload", args=[section]) if may_import(request.user, section) else ""
