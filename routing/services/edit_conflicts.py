"""Two people edit one row: the second is told, and nothing is overwritten silently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from reps.models import Rep, Team
from routing.models import Account, Form, InboundAddress, LastResort, LookupTable, Pool, RoutingSettings

Row = TypeVar("Row", bound=Model)
PARTS: Mapping[type[Model], tuple[str, ...]] = {
    Account: ("domains", "aliases", "people"),
    Form: ("fields",),
    LookupTable: ("rows",),
    Pool: ("members",),
    Rep: ("working_hours", "expertise"),
    Team: ("working_hours",),
}
"""Rows that are edited together with the row they belong to."""
PAUSE = ("paused", "paused_since")
"""Of the settings, what is switched elsewhere: it is none of what their document shows."""
USE: Mapping[type[Model], tuple[str, ...]] = {InboundAddress: ("last_used_at",)}
"""What the system itself writes again and again: nobody edits it."""
HALF = 16
"""Characters of a token that tell of the row itself."""


class EditedMeanwhile(Exception):
    """Somebody else changed the row since it was shown. `by` is their name ("" if unknown), `at` when."""

    def __init__(self, what: str, by: str, at: datetime | None) -> None:
        when = f" at {at:%H:%M} UTC on {at.day} {at:%B}" if at else ""
        super().__init__(
            f"{by or 'Somebody'} changed this {what}{when}. Reload to see it; nothing of yours was saved over it."
        )
        self.by = by
        self.at = at


class RemovedMeanwhile(Exception):
    """Somebody else took the row out since it was looked up."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Somebody took this {what} out just now.")


def as_it_is_now(row: Row) -> Row:
    """The row, read again once whoever was faster has ended. Raises RemovedMeanwhile."""
    fresh: Row | None = type(row)._default_manager.filter(pk=row.pk).first()
    if fresh is None or getattr(fresh, "archived_at", None) is not None:
        raise RemovedMeanwhile(str(row._meta.verbose_name))
    return fresh


def revision_of(row: Model, *, ignoring: Collection[str] = ()) -> str:
    """A token of what a row says, its parts included: another one after every change, however it was made.

    Its first half is of the fields of the row itself, without those that are ignored; the second of its parts.
    """
    return _digest(_fields(row, ignoring)) + _digest(_parts(row))


def check_revision(row: Model, token: str, *, ignoring: Collection[str] = ()) -> None:
    """Raise EditedMeanwhile unless the row still says what it said when `token` was made.

    Nobody is named where only its parts changed: the history of the row says nothing of those.

    Call it inside the transaction of the change: the row stays locked until its end, so that a third has to wait.
    Reps and accounts have their place in the order of locks: whoever changes those has locked them before.
    """
    stored = type(row)._default_manager.filter(pk=row.pk)
    fresh = stored.first() if isinstance(row, Rep | Account) else stored.select_for_update(no_key=True).first()
    now = revision_of(fresh, ignoring=ignoring) if fresh else ""
    if now != token:
        own = now[:HALF] != token[:HALF]
        raise EditedMeanwhile(str(row._meta.verbose_name), *(_last_change(row) if own else ("", None)))


def _digest(state: Mapping[str, Any]) -> str:
    text = json.dumps(state, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:HALF]


def _fields(row: Model, ignoring: Collection[str]) -> dict[str, Any]:
    left_out = {*ignoring, *USE.get(type(row), ())}
    fields = [field for field in row._meta.concrete_fields if field.name not in left_out]
    return {field.name: field.value_from_object(row) for field in fields}  # type: ignore[union-attr]


def _parts(row: Model) -> dict[str, Any]:
    many = {field.name: sorted(getattr(row, field.name).values_list("pk", flat=True)) for field in _many(row)}
    parts = {
        name: list(getattr(row, name).order_by("pk").values())
        for kind, names in PARTS.items()
        if isinstance(row, kind)
        for name in names
    }
    if isinstance(row, RoutingSettings):
        parts["last_resort"] = list(LastResort.objects.order_by("pk").values())
    return {"many": many, "parts": parts}


def _many(row: Model) -> Iterator[Any]:
    return iter(row._meta.many_to_many)


def _last_change(row: Model) -> tuple[str, datetime | None]:
    """Who made the newest entry of the row's history, and when."""
    history = getattr(type(row), "history", None)
    if history is None:
        return "", None
    newest = history.filter(**{row._meta.pk.attname: row.pk}).order_by("-history_date", "-history_id").first()
    if newest is None:
        return "", None
    user = newest.history_user
    return (user.get_full_name() or user.get_username()) if user else "", newest.history_date
