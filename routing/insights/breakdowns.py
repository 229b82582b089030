"""Leads and ownerships of a period, counted by what tells them apart: source, territory, rep, pool, rule, SLA policy.

Test leads are never counted. One query each, whatever the volume.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, F, Q, Sum

from routing.insights.arrivals import QuarterHours
from routing.insights.periods import Period, Seconds
from routing.models import Assignment, Lead


@dataclass(frozen=True, slots=True)
class LeadCount:
    """Leads that arrived in the period. `seconds`: from arrival to the first answer, on average; None without one."""

    name: Any
    received: int
    owned: int
    answered: int
    seconds: float | None
    won: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OwnershipCount:
    """Ownerships that began in the period. `due`: an answer was due by now; `breached`: it did not come in time."""

    name: Any
    got: int
    answered: int
    due: int
    in_time: int
    breached: int


@dataclass(frozen=True, slots=True)
class Won:
    """What became of leads whose outcome was told in the period."""

    name: Any
    won: int
    lost: int
    amount: Decimal


def leads_by(field: str, period: Period) -> list[LeadCount]:
    """By a field of leads, the most first."""
    leads = Lead.objects.real().filter(submitted_at__gte=period.start, submitted_at__lt=period.end)
    rows = (
        leads.order_by()
        .values(name=F(field))
        .annotate(
            received=Count("pk"),
            owned=Count("pk", filter=Q(first_owned_at__isnull=False)),
            answered=Count("pk", filter=Q(first_response_at__isnull=False)),
            seconds=Avg(Seconds("submitted_at", "first_response_at"), filter=Q(first_response_at__isnull=False)),
            won=Count("pk", filter=Q(outcome=Lead.Outcome.WON)),
            amount=Sum("amount", filter=Q(outcome=Lead.Outcome.WON), default=Decimal(0)),
        )
        .order_by("-received", "name")
    )
    return [LeadCount(**row) for row in rows]


def ownerships_by(field: str, period: Period, *, now: datetime) -> list[OwnershipCount]:
    """By a field of assignments, the most first."""
    rows = Assignment.objects.filter(assigned_at__gte=period.start, assigned_at__lt=period.end, lead__test=False)
    due = Q(due_at__isnull=False) & (Q(due_at__lte=now) | Q(responded_at__isnull=False))
    due &= ~(Q(responded_at=None, ended_at__isnull=False) & Q(ended_at__lt=F("due_at")))
    counted = (
        rows.order_by()
        .values(name=F(field))
        .annotate(
            got=Count("pk"),
            answered=Count("pk", filter=Q(responded_at__isnull=False)),
            due=Count("pk", filter=due),
            in_time=Count("pk", filter=due & Q(responded_at__lte=F("due_at"))),
            breached=Count("pk", filter=Q(breached_at__isnull=False)),
        )
        .order_by("-got", "name")
    )
    return [OwnershipCount(**row) for row in counted]


def outcomes_by(field: str, period: Period) -> list[Won]:
    """By a field of leads whose outcome was told in the period."""
    ended = Lead.objects.real().filter(outcome_at__gte=period.start, outcome_at__lt=period.end)
    won = Q(outcome=Lead.Outcome.WON)
    rows = (
        ended.order_by()
        .values(name=F(field))
        .annotate(
            won=Count("pk", filter=won),
            lost=Count("pk", filter=Q(outcome=Lead.Outcome.LOST)),
            amount=Sum("amount", filter=won, default=Decimal(0)),
        )
    )
    return [Won(**row) for row in rows]


def arrivals_by_quarter(period: Period) -> Counter[int]:
    """Leads by the quarter of an hour, counted since 1970, in which they arrived: they add up to anybody's days."""
    leads = Lead.objects.real().filter(submitted_at__gte=period.start, submitted_at__lt=period.end)
    rows = leads.order_by().annotate(quarter=QuarterHours("submitted_at")).values("quarter").annotate(count=Count("pk"))
    return Counter(dict(rows.values_list("quarter", "count")))


def due_by_quarter(period: Period, *, now: datetime) -> dict[int, tuple[int, int]]:
    """First answers that were due in each quarter of an hour, and how many of them came in time."""
    due = Assignment.objects.filter(
        due_at__gte=period.start, due_at__lt=min(period.end, now), lead__test=False
    ).exclude(ended_at__lt=F("due_at"), responded_at=None)
    rows = due.order_by().annotate(quarter=QuarterHours("due_at")).values("quarter")
    counted = rows.annotate(due=Count("pk"), in_time=Count("pk", filter=Q(responded_at__lte=F("due_at"))))
    return {
        quarter: (all_due, in_time) for quarter, all_due, in_time in counted.values_list("quarter", "due", "in_time")
    }
