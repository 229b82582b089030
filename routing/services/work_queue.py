"""Rows of work, put in line and told to stop. Who runs them, and how, is in work.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.models import Work
from routing.services.privacy import audit_log


class AlreadyFinished(Exception):
    """There is nothing left to cancel."""


@transaction.atomic
def put_in_line(*, kind: str, params: Mapping[str, Any], user: User | None, now: datetime) -> Work:
    """Somebody runs it soon. `params` are JSON, and were checked."""
    work = Work.objects.create(kind=kind, params=dict(params), requested_by=user, created_at=now)
    audit_log.note(action=f"{kind}.started", subject=work, user=user, now=now)
    ring_after_commit("reports")
    return work


@transaction.atomic
def cancel(*, work: Work) -> Work:
    """Ask a run to stop; its worker does so within a second, whether it has begun or not. Raises AlreadyFinished."""
    row = Work.objects.select_for_update(no_key=True, of=("self",)).get(pk=work.pk)
    if row.finished_at is not None:
        raise AlreadyFinished(f"It has finished already: {row.get_status_display().lower()}.")
    row.cancel_asked = True
    row.save(update_fields=["cancel_asked"])
    ring_after_commit("reports")
    return row
