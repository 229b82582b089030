"""Who did what, and when: rows that are only ever added (the database itself refuses to change or remove one)."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Model

from routing.acting import who_acts
from routing.models import AuditEntry

logger = logging.getLogger(__name__)
ADDRESS = re.compile(r"[^\s<>\"']{1,64}(?:@|%40)[^\s<>\"']+|(?:\+|%2B)\d[\d ()/.-]{6,}\d", re.IGNORECASE)
LEFT_OUT = "…"
NOTHING: Mapping[str, Any] = MappingProxyType({})
LONGEST_ACTOR = 150
LONGEST_ACTION = 60
LONGEST_SUBJECT_ID = 40


def note(
    *,
    action: str,
    actor: str = "",
    user: User | AnonymousUser | None = None,
    subject: Model | None = None,
    detail: Mapping[str, Any] = NOTHING,
    now: datetime,
) -> AuditEntry:
    """Add an entry, in the caller's transaction: it stands if what was done stands.

    `action` is thing.done, such as key.made. A user is kept by key alone, and named when somebody looks; `actor` is
    the name of whoever is no user (an API key, a command); neither: whoever acts, else the system. `subject` is named
    by its model and its uuid (a row without one by its key). `detail` is JSON, and holds ids, names of what is
    configured, and counts: never anything about people who are leads.
    """
    now_acting = who_acts()
    now_acting.noted += 1
    if user is None and not actor:
        user, actor = now_acting.user(), now_acting.actor
    known = user if isinstance(user, User) else None
    entry = AuditEntry.objects.create(
        action=action[:LONGEST_ACTION],
        actor="" if known else actor[:LONGEST_ACTOR],
        user=known,
        subject=subject._meta.label_lower if subject is not None else "",
        subject_id="" if subject is None else str(getattr(subject, "uuid", None) or subject.pk)[:LONGEST_SUBJECT_ID],
        detail=_unaddressed(dict(detail)),
        happened_at=now,
    )
    transaction.on_commit(partial(_tell, entry), robust=True)
    return entry


def _unaddressed(value: Any) -> Any:
    """Nobody can take an address or a number out of this log again: none gets in."""
    if isinstance(value, str):
        return ADDRESS.sub(LEFT_OUT, value)
    if isinstance(value, dict):
        return {name: _unaddressed(part) for name, part in value.items()}
    return [_unaddressed(part) for part in value] if isinstance(value, list | tuple) else value


def _tell(entry: AuditEntry) -> None:
    """A copy beside the database, for whoever collects logs: ids, and what was done."""
    about = {"entry": str(entry.uuid), "action": entry.action, "subject": entry.subject, "row": entry.subject_id}
    logger.info("audit", extra={**about, "user": entry.user_id})
