"""Keep filters of the list of leads under a name, for oneself or for everybody who sees all leads."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.contrib.auth.models import User
from django.db import transaction

from routing.models import SavedFilter
from routing.models.saved_filters import LONGEST_QUERY
from routing.services.privacy.audit_log import note

MOST = 30
"""So many each person keeps: they stand above the list."""


class CannotSave(Exception):
    """Says why, for people."""


def filters_of(query: str, *, known: Collection[str]) -> str:
    """What of a list's address its own filters say, in the order of names; empty where nothing is filtered.

    `known`: their names. All else is left out: the text looked for, which is often somebody's name, how rows are shown,
    and whatever somebody has written there.
    """
    asked = [(name, value) for name, value in parse_qsl(query) if name in known]
    return urlencode(sorted(asked, key=lambda one: one[0]))  # of one filter asked twice the last counts


@transaction.atomic
def save_filter(*, user: User, name: str, filters: str, shared: bool, now: datetime) -> SavedFilter:
    """Under a name that the person has already, it takes the place of what was there. Raises CannotSave.

    `filters`: as `filters_of` leaves them.
    """
    if not filters:
        raise CannotSave("Nothing is filtered. Choose filters first; a text that is looked for is not kept.")
    if len(filters) > LONGEST_QUERY:
        raise CannotSave("Too many filters at once to be kept.")
    own = SavedFilter.objects.of(user.pk)
    if own.exclude(name=name).count() >= MOST:
        raise CannotSave(f"You have {MOST} saved filters. Remove one first.")
    withdrawn = own.filter(name=name, shared=True).first() if not shared else None
    row, _ = SavedFilter.objects.update_or_create(
        user=user, name=name, defaults={"query": filters, "shared": shared}, create_defaults={
            "query": filters, "shared": shared, "created_at": now,
        },
    )  # fmt: skip
    if shared:
        note(action="filter.shared", user=user, subject=row, now=now)
    if withdrawn:
        note(action="filter.removed", user=user, subject=withdrawn, now=now)
    return row


@transaction.atomic
def remove_filter(*, row: SavedFilter, user: User, now: datetime) -> None:
    if row.shared:
        note(action="filter.removed", user=user, subject=row, now=now)
    row.delete()
