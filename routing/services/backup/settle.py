"""After a restore: what is too old to be sent is not, what waited is routed, and clocks go on where they stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from routing.models import (
    Assignment,
    Heartbeat,
    Lead,
    Offer,
    OutboxMessage,
    RoutingBatch,
    WebhookDelivery,
)
from routing.models.assignments import AssignmentQuerySet
from routing.notifications.briefs import TELLS_THE_OWNER
from routing.services.privacy.after_restore import erase_again
from routing.services.privacy.audit_log import note
from routing.services.sla.clock import set_clock
from routing.services.sla.policies import load_policies

TOO_OLD = timedelta(hours=24)
AT_ONCE = 500
WHY = "Written more than 24 hours before the database was restored from a backup."


@dataclass(frozen=True, slots=True)
class Settled:
    """How much of each kind."""

    suppressed: int
    deliveries: int
    due: int
    clocks: int
    erased: int = 0


@transaction.atomic
def settle_restored(*, now: datetime, taken_at: datetime | None = None) -> Settled:
    """Make a database that was just restored fit to go on, before any process runs on it.

    Nobody could do anything between `taken_at` and now, so no clock ran. Unknown: the last sign of life in it, which
    is taken out, so that a second run moves no clock.
    """
    erased = erase_again(now=now)
    gap = max(now - (taken_at or last_sign_of_life() or now), timedelta(0))
    due = _look_at_leads_again(now)
    clocks = _move_clocks(gap)
    suppressed = _suppress_old_messages(now)
    deliveries = _give_up_old_deliveries(now)
    RoutingBatch.objects.all().delete()
    Heartbeat.objects.all().delete()
    note(action="database.restored", detail={"taken_at": taken_at.isoformat() if taken_at else None}, now=now)
    return Settled(suppressed, deliveries, due, clocks, erased)


def last_sign_of_life() -> datetime | None:
    """When a process last said that it lives; None: none ever ran, or it was settled before."""
    beat: datetime | None = Heartbeat.objects.aggregate(last=Max("beat_at"))["last"]
    return beat


def _look_at_leads_again(now: datetime) -> int:
    """Leads whose turn lay in the future were put off for reasons of then; those already due stay in their order."""
    return Lead.objects.undecided().filter(route_after__gt=now).update(route_after=now) + (
        Lead.objects.undecided().filter(route_after__lt=now).count()
    )


def _move_clocks(gap: timedelta) -> int:
    """Clocks that ran when the backup was taken, and offers that stood, have as much time left as they had then."""
    Offer.objects.standing().update(until=F("until") + gap)
    running = Assignment.objects.current().filter(responded_at=None, clock_started_at__isnull=False)
    return _set_clocks(running, lambda row: (row.clock_started_at or row.assigned_at) + gap)


def _suppress_old_messages(now: datetime) -> int:
    """Owners who will not get theirs are reminded by their SLA policy: its clock runs from now on."""
    waiting = OutboxMessage.objects.waiting()
    waiting.filter(lease_until__isnull=False).update(lease_until=None)
    old = waiting.filter(created_at__lt=now - TOO_OLD)
    untold = old.filter(kind__in=TELLS_THE_OWNER).values("assignment")
    _set_clocks(
        Assignment.objects.current().filter(pk__in=untold, responded_at=None, clock_started_at=None), lambda row: now
    )
    return old.update(done_at=now, result=OutboxMessage.Result.SUPPRESSED, error=WHY)


def _set_clocks(chosen: AssignmentQuerySet, starts_at: Callable[[Assignment], datetime]) -> int:
    """Let these clocks run from other instants; a deadline that was missed before stays as it was."""
    keys = list(chosen.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(keys), AT_ONCE):
        rows = list(Assignment.objects.filter(pk__in=keys[first : first + AT_ONCE]))
        starts = {row.pk: starts_at(row) for row in rows}
        policies = load_policies(rows, start=min(starts.values()))
        for row in rows:
            missed = row.due_at if row.breached_at else None
            set_clock(row, policies, starts[row.pk])
            row.due_at = missed or row.due_at
        Assignment.objects.bulk_update(rows, ["clock_started_at", "due_at", "step_at"])
    return len(keys)


def _give_up_old_deliveries(now: datetime) -> int:
    waiting = WebhookDelivery.objects.waiting()
    waiting.filter(lease_until__isnull=False).update(lease_until=None)
    return waiting.filter(created_at__lt=now - TOO_OLD).update(
        done_at=now, result=WebhookDelivery.Result.FAILED, error=WHY
    )
