"""Publish at a chosen time: the draft is frozen now, checked now, and checked again when its time has come."""

from __future__ import annotations

import logging
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from routing.models import RulebookVersion, ScheduledVersion
from routing.models.bounds import TOO_FAR, is_far_away
from routing.rulebook.content import draft_content
from routing.services.privacy import audit_log
from routing.services.publish import CannotPublish, blocking, frozen, one_at_a_time, publish_locked, published
from routing.services.waiting import look_at_waiting_leads_again

logger = logging.getLogger(__name__)
LONGEST_NOTE = 300


class NotStanding(Exception):
    """The publication has ended: it was published, cancelled or refused before."""


@transaction.atomic
def schedule_publication(*, note: str, at: datetime, user: User | None, now: datetime) -> ScheduledVersion:
    """Freeze the draft, to be published at `at`. Raises CannotPublish if that cannot be."""
    if at.tzinfo is None:
        raise CannotPublish(["The time needs an offset from UTC. Write it as 2026-12-01T08:00+01:00."])
    if is_far_away(at):
        raise CannotPublish([TOO_FAR])
    if at <= now:
        raise CannotPublish(["The time lies in the past. Choose a later one, or publish now."])
    one_at_a_time()
    content = frozen(draft_content())
    newest = published()
    if newest and newest.content == content and not standing():
        raise CannotPublish(["Nothing changed since the last version."])
    if errors := blocking(content, now=now):
        raise CannotPublish(errors)
    scheduled = ScheduledVersion(
        content=content, note=note[:LONGEST_NOTE], publish_at=at, created_at=now, created_by=user
    )
    scheduled.save(force_insert=True)
    detail = {"at": at.isoformat()}
    audit_log.note(action="rulebook.scheduled", subject=scheduled, detail=detail, user=user, now=now)
    return scheduled


@transaction.atomic
def cancel_publication(*, scheduled: ScheduledVersion, user: User | None, now: datetime) -> ScheduledVersion:
    """Call a publication off. Raises NotStanding if it has ended."""
    row = ScheduledVersion.objects.select_for_update(no_key=True).get(pk=scheduled.pk)
    if row.ended_at is not None:
        raise NotStanding(f"{row} has ended: {_end_in_words(row)}")
    who = (user.get_full_name() or user.get_username()) if user else ""
    _end(row, now=now, error=f"Cancelled by {who}." if who else "Cancelled.")
    audit_log.note(action="rulebook.unscheduled", subject=row, user=user, now=now)
    return row


def standing() -> list[ScheduledVersion]:
    """The publications to come, the next one first; without their content."""
    return list(ScheduledVersion.objects.filter(ended_at=None).defer("content").order_by("publish_at", "pk"))


def warnings_of_standing(*, at: datetime) -> list[str]:
    """What to know before something is published at `at`: whole rulebooks replace each other, in order of time."""
    texts = []
    for other in standing():
        when = f"{other.publish_at:%Y-%m-%d %H:%M} UTC"
        if other.publish_at >= at:
            texts.append(
                f"The draft of {other.created_at:%Y-%m-%d %H:%M} UTC will be published at {when} and replace this one "
                "as a whole. Cancel it and schedule the draft again if these changes are to stay."
            )
        else:
            texts.append(f"Another draft will be published before, at {when}. This one then replaces it as a whole.")
    return texts


def publish_due(*, now: datetime) -> int:
    """Publish whatever is due, in order of time; how many versions that made. One look-up if nothing is."""
    due = ScheduledVersion.objects.filter(ended_at=None, publish_at__lte=now).order_by("publish_at", "pk")
    return sum(_publish_one(pk, now=now) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _publish_one(pk: int, *, now: datetime) -> bool:
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    row = ScheduledVersion.objects.select_for_update(no_key=True).filter(pk=pk, ended_at=None).first()
    if row is None:
        return False
    newest = published()
    if newest and newest.content == row.content:
        _end(row, now=now, error=f"It is what was published already: version {newest.number}.")
        return False
    try:
        version = publish_locked(note=row.note, user=row.created_by, now=now, content=row.content)
    except CannotPublish as refusal:
        logger.error("scheduled_publication_refused", extra={"scheduled": str(row.uuid), "errors": refusal.errors})
        _end(row, now=now, error="\n".join(refusal.errors))
        return False
    _end(row, now=now, version=version)
    return True


def _end(row: ScheduledVersion, *, now: datetime, version: RulebookVersion | None = None, error: str = "") -> None:
    row.version, row.error, row.ended_at = version, error, now
    row.save(update_fields=["version", "error", "ended_at"])


def _end_in_words(row: ScheduledVersion) -> str:
    return f"it became version {row.version.number}." if row.version else row.error
