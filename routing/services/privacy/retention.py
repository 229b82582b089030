"""What is kept for a time is removed when it is over: by settings, some at a time, looked after once an hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from routing.models import (
    Assignment,
    Decision,
    Import,
    ImportRow,
    Lead,
    LeadEvent,
    MailboxMessage,
    Signal,
    Submission,
    TextReading,
)
from routing.services.privacy.audit_log import note
from routing.services.privacy.erasing import erase_aged
from routing.services.privacy.import_files import UNDER_WAY
from routing.services.privacy.suppression import file_all

EVERY = timedelta(hours=1)
MOST = 500
"""So many at a time: a turn of the clock takes moments, whatever has piled up."""
MOST_ROWS = 5_000
READING_DAYS = 90
TO_BE_ROUTED = (Lead.Status.PENDING, Lead.Status.HELD)


class Hourly:
    """When this process looked last."""

    looked_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        return self.looked_at is None or not timedelta(0) <= now - self.looked_at < EVERY


_hourly = Hourly()


def let_go_of_the_old(*, now: datetime) -> int:
    """Remove what is older than its setting says; how many. While there is more it goes on at the next turn."""
    if not _hourly.is_due(now):
        return 0
    file_all()
    removed = {name: remove(now) for name, remove in REMOVERS.items()}
    if not (count := sum(removed.values())):
        _hourly.looked_at = now
        return 0
    note(action="retention.applied", detail={name: number for name, number in removed.items() if number}, now=now)
    return count


def remove_leads(now: datetime) -> int:
    """Nothing has happened to them, and nothing is to happen; a lead goes with its duplicates."""
    if (end := _end(settings.LEAD_RETENTION_DAYS, now)) is None:
        return 0
    of_lead = {"lead": OuterRef("pk")}
    active = (
        LeadEvent.objects.filter(**of_lead, happened_at__gte=end),
        Assignment.objects.filter(**of_lead, assigned_at__gte=end),
        Decision.objects.filter(**of_lead, decided_at__gte=end),
        Lead.objects.filter(duplicate_of=OuterRef("pk"), submitted_at__gte=end),
    )
    later = Q(owned_at__gte=end) | Q(outcome_at__gte=end) | Q(closed_at__gte=end) | Q(first_response_at__gte=end)
    old = Lead.objects.filter(submitted_at__lt=end, duplicate_of=None).exclude(status__in=TO_BE_ROUTED).exclude(later)
    old = old.exclude(status=Lead.Status.PARKED, review_date__gte=now.date())
    for rows in active:
        old = old.filter(~Exists(rows))
    keys = list(old.order_by("submitted_at", "pk").values_list("pk", flat=True)[:MOST])
    return erase_aged(keys, now=now) if keys else 0


def remove_submissions(now: datetime) -> int:
    """As they came: what became of them stays."""
    return _remove(Submission.objects.order_by("received_at"), "received_at", settings.SUBMISSION_DAYS, now)


def remove_mails(now: datetime) -> int:
    return _remove(MailboxMessage.objects.order_by("received_at"), "received_at", settings.MAILBOX_DAYS, now)


def remove_signals(now: datetime) -> int:
    return _remove(Signal.objects.order_by("observed_at"), "observed_at", settings.SIGNAL_DAYS, now)


def remove_readings(now: datetime) -> int:
    """What was read in texts: a text that comes up again is read again."""
    return _remove(TextReading.objects.order_by("read_at"), "read_at", READING_DAYS, now)


@transaction.atomic
def remove_imports(now: datetime) -> int:
    """One file a time, and of its rows some."""
    if (end := _end(settings.IMPORT_DAYS, now)) is None:
        return 0
    old = Import.objects.filter(created_at__lt=end).exclude(status__in=UNDER_WAY)
    imported = old.order_by("created_at").first()
    if imported is None:
        return 0
    imported.chunks.all().delete()
    rows = list(imported.rows.order_by("number").values_list("pk", flat=True)[:MOST_ROWS])
    if rows:
        return int(ImportRow.objects.filter(pk__in=rows).delete()[0])
    imported.delete()
    return 1


REMOVERS: dict[str, Callable[[datetime], int]] = {
    "leads": remove_leads,
    "submissions": remove_submissions,
    "imports": remove_imports,
    "mails": remove_mails,
    "signals": remove_signals,
    "readings": remove_readings,
}


def _remove(rows: QuerySet[Any], column: str, days: int, now: datetime) -> int:
    if (end := _end(days, now)) is None:
        return 0
    keys = list(rows.filter(**{f"{column}__lt": end}).values_list("pk", flat=True)[:MOST])
    return int(rows.model._base_manager.filter(pk__in=keys).delete()[0]) if keys else 0


def _end(days: int, now: datetime) -> datetime | None:
    return now - timedelta(days=days) if days > 0 else None
