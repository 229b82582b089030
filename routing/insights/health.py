"""Whether anything is stuck right now: the promises of the dashboard, of /readyz and of /metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from routing.engine.types import HeldReason
from routing.models import Assignment, Heartbeat, Lead, OutboxMessage

UNOWNED_AFTER = timedelta(minutes=1)
LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class HeldLeads:
    """Leads that wait for one reason, and the first deadline among them."""

    reason: HeldReason
    count: int
    next_deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """`unowned` leads have neither an owner nor a deadline a minute after they were due. `two_owners` is 0 because
    the database says so, and is looked at all the same. `overdue` first responses are late and still missing.
    The oldest ones are how long they have been due; None: nothing waits.
    """

    unowned: int
    two_owners: int
    overdue: int
    held: tuple[HeldLeads, ...]
    oldest_unrouted: timedelta | None
    oldest_unsent: timedelta | None
    heartbeats: dict[str, timedelta]


def health(*, now: datetime) -> Health:
    """Seven small queries on indexes, whatever the volume."""
    return Health(
        unowned=unowned_leads(now=now).count(),
        two_owners=leads_with_two_owners(now=now).count(),
        overdue=overdue_assignments(now=now).count(),
        held=tuple(held_leads()),
        oldest_unrouted=oldest_unrouted(now=now),
        oldest_unsent=oldest_unsent(now=now),
        heartbeats={name: now - beat_at for name, beat_at in Heartbeat.objects.values_list("name", "beat_at")},
    )


def unowned_leads(*, now: datetime) -> QuerySet[Lead]:
    """Leads that routing should have dealt with: due for a minute, or failing for that long."""
    late = now - UNOWNED_AFTER
    failing = Q(route_tries__gt=0, submitted_at__lt=late)
    return Lead.objects.real().filter(status=Lead.Status.PENDING).filter(Q(route_after__lt=late) | failing)


def leads_with_two_owners(*, now: datetime) -> QuerySet[Assignment, dict[str, Any]]:
    """Leads of the last days with more than one assignment that has not ended."""
    current = Assignment.objects.current().filter(assigned_at__gte=now - LOOK_BACK).order_by()
    return current.values("lead").annotate(owners=Count("pk")).filter(owners__gt=1)


def overdue_assignments(*, now: datetime) -> QuerySet[Assignment]:
    """Owners who should have answered by now."""
    return Assignment.objects.current().filter(
        due_at__lt=now, responded_at=None, lead__test=False, lead__status=Lead.Status.ASSIGNED
    )


def held_leads() -> list[HeldLeads]:
    """What waits now, by reason, the most frequent first."""
    held = Lead.objects.real().held().order_by().values("held_reason")
    rows = held.annotate(count=Count("pk"), next_deadline=Min("hold_deadline_at")).order_by("-count", "held_reason")
    return [HeldLeads(HeldReason(row["held_reason"]), row["count"], row["next_deadline"]) for row in rows]


def oldest_unrouted(*, now: datetime) -> timedelta | None:
    """How long the lead that waits longest for a decision has been due; test leads too, for they must not stick."""
    oldest = Lead.objects.pending(now).aggregate(oldest=Min("route_after"))["oldest"]
    return None if oldest is None else now - oldest


def oldest_unsent(*, now: datetime) -> timedelta | None:
    """How long ago the oldest message was published that should have left by now."""
    waiting = OutboxMessage.objects.waiting().filter(created_at__lte=now)
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    return None if oldest is None else now - oldest
