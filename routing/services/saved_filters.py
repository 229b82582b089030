"""Keep filters of the list of leads under a name, for oneself or for everybody who sees all leads."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.contrib.auth.models import User
from django.db import transaction

from routing.models import SavedFilter
from routing.models.saved_filters import LONGEST_QUERY
from routing.services.privacy.audit_log import note

MOST = 30
"""So many each person keeps: they stand above the list."""
NO_FILTERS = frozenset({"q", "p", "o", "e", "all"})
"""What else the address of a list says: the text looked for, which is often somebody's name, and how rows are shown."""


class CannotSave(Exception):
    """Says why, for people."""


def filters_of(query: str) -> str:
    """What of a list's address narrows it, in the order of names; empty where nothing does."""
    asked = parse_qsl(query)
    return urlencode(sorted((name, value) for name, value in asked if name not in NO_FILTERS and name[:1] != "_"))


@transaction.atomic
def save_filter(*, user: User, name: str, query: str, shared: bool, now: datetime) -> SavedFilter:
    """Under a name that the person has already, it takes the place of what was there. Raises CannotSave."""
    filters = filters_of(query)
    if not filters:
        raise CannotSave("Nothing is filtered. Choose filters first; a text that is looked for is not kept.")
    if len(filters) > LONGEST_QUERY:
        raise CannotSave("Too many filters at once to be kept.")
    own = SavedFilter.objects.of(user.pk)
    if own.exclude(name=name).count() >= MOST:
        raise CannotSave(f"You have {MOST} saved filters. Remove one first.")
    row, _ = SavedFilter.objects.update_or_create(
        user=user, name=name, defaults={"query": filters, "shared": shared}, create_defaults={
            "query": filters, "shared": shared, "created_at": now,
        },
    )  # fmt: skip
    if shared:
        note(action="filter.shared", user=user, subject=row, now=now)
    return row


@transaction.atomic
def remove_filter(*, row: SavedFilter, user: User, now: datetime) -> None:
    if row.shared:
        note(action="filter.removed", user=user, subject=row, now=now)
    row.delete()
