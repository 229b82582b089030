"""A rep's own figures: what they got, how fast they were, and what came of it. Test leads are never counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from routing.insights.periods import Period, Seconds, percentiles
from routing.models import Assignment, EndReason, Lead


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """Of a period. `median` is the time from the alert to the answer, in seconds; None before the first answer."""

    got: int
    answered: int
    due: int
    in_time: int
    declined: int
    lost_late: int
    median: float | None
    won: int
    amount: Decimal
    closed: int

    @property
    def in_time_share(self) -> float | None:
        return self.in_time / self.due if self.due else None


def own_numbers(rep_id: int, period: Period, *, now: datetime) -> OwnNumbers:
    """A constant number of queries, whatever the volume."""
    mine = Assignment.objects.filter(
        rep=rep_id, assigned_at__gte=period.start, assigned_at__lt=period.end, lead__test=False
    )
    due = Q(due_at__isnull=False) & (Q(due_at__lte=now) | Q(responded_at__isnull=False))
    due &= ~(Q(responded_at=None, ended_at__isnull=False) & Q(ended_at__lt=F("due_at")))
    counted = mine.aggregate(
        got=Count("pk"),
        answered=Count("pk", filter=Q(responded_at__isnull=False)),
        due=Count("pk", filter=due),
        in_time=Count("pk", filter=due & Q(responded_at__lte=F("due_at"))),
        declined=Count("pk", filter=Q(end_reason=EndReason.DECLINED)),
        lost_late=Count("pk", filter=Q(end_reason=EndReason.TOO_SLOW)),
    )
    timed = mine.filter(alerted_at__isnull=False, responded_at__gte=F("alerted_at"))
    timed = timed.annotate(seconds=Seconds("alerted_at", "responded_at"))
    [median] = percentiles(timed, "seconds", (0.5,), timed.count())
    ended = Lead.objects.real().filter(owner=rep_id, outcome_at__gte=period.start, outcome_at__lt=period.end)
    won = Q(outcome=Lead.Outcome.WON)
    closed = ended.aggregate(
        won=Count("pk", filter=won),
        amount=Sum("amount", filter=won, default=Decimal(0)),
        closed=Count("pk", filter=Q(outcome__in=[Lead.Outcome.WON, Lead.Outcome.LOST])),
    )
    return OwnNumbers(median=median, **counted, **closed)
