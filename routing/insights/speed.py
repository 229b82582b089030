"""How fast leads are dealt with, and whose time it was: to the owner, to the alert, to the first response.

Test leads are never counted. Each figure takes one query on PostgreSQL and four on SQLite, whatever the volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Exists, F, OuterRef, Q

from reps.models import Rep
from routing.insights.histogram import EDGES, Bucket, buckets
from routing.insights.periods import Period, Rows, Seconds, distribution
from routing.models import Assignment, Decision, Lead
from routing.models.leads import LeadQuerySet

SHARES = (0.5, 0.9, 0.99)
OWNED_WITHIN = timedelta(seconds=1)
ALERTED_WITHIN = timedelta(seconds=2)
ANSWERED_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Speed:
    """A distribution of spans, in seconds. `within` is the share that took less than `target`."""

    count: int
    p50: float | None
    p90: float | None
    p99: float | None
    target: float
    within: float | None
    histogram: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class Punctuality:
    """First responses that were due in a period: how many were, and how many came in time."""

    due: int
    in_time: int

    @property
    def share(self) -> float | None:
        return self.in_time / self.due if self.due else None


def speed_to_owner(period: Period, *, target: timedelta = OWNED_WITHIN) -> Speed:
    """From the lead's arrival to its first owner, of leads that arrived in the period and have had one."""
    return _speed(_leads(period).annotate(seconds=Seconds("submitted_at", "first_owned_at")), target)


def alert_delay(period: Period, *, target: timedelta = ALERTED_WITHIN) -> Speed:
    """From having an owner to the alert that was really sent: the mail's own part."""
    alerted = _assignments(period).filter(alerted_at__gte=F("assigned_at"))  # an offer's alert comes before
    return _speed(alerted.annotate(seconds=Seconds("assigned_at", "alerted_at")), target)


def speed_to_response(period: Period, *, target: timedelta = ANSWERED_WITHIN, by: Rep.Kind | None = None) -> Speed:
    """From the lead's arrival to its first answer, whoever gave it; `by`: of those that people, or agents, gave."""
    before = Assignment.objects.filter(
        lead=OuterRef("lead"), attempt__lt=OuterRef("attempt"), responded_at__isnull=False
    )
    answers = Assignment.objects.filter(
        assigned_at__gte=period.start,  # no lead has an owner before it arrives: spares a look at all older ones
        lead__submitted_at__gte=period.start,
        lead__submitted_at__lt=period.end,
        lead__test=False,
        responded_at__isnull=False,
    ).filter(Q(attempt=1) | ~Exists(before))  # most leads have one owner: no look for another
    if by is not None:
        answers = answers.filter(rep__kind=by)
    return _speed(answers.annotate(seconds=Seconds("lead__submitted_at", "responded_at")), target)


def rep_delay(period: Period, *, target: timedelta = ANSWERED_WITHIN) -> Speed:
    """From the alert to the owner's answer: the rep's own part."""
    answered = _assignments(period).filter(alerted_at__isnull=False, responded_at__gte=F("alerted_at"))
    return _speed(answered.annotate(seconds=Seconds("alerted_at", "responded_at")), target)


def system_delay(period: Period, *, target: timedelta = OWNED_WITHIN) -> Speed:
    """From the lead's arrival to the first decision about it, whatever that was: the system's own part."""
    before = Decision.objects.filter(lead=OuterRef("lead"), pk__lt=OuterRef("pk"))
    decisions = Decision.objects.filter(
        decided_at__gte=period.start, decided_at__lt=period.end, lead__test=False
    ).exclude(Exists(before))
    return _speed(decisions.annotate(seconds=Seconds("lead__submitted_at", "decided_at")), target)


class Part(StrEnum):
    """Whose part of the time to the first response; the four add up to it."""

    SYSTEM = "system_seconds"
    NOBODY = "nobody_seconds"
    OUTSIDE = "outside_seconds"
    REP = "rep_seconds"


def part_of_response(part: Part, period: Period, *, target: timedelta = ANSWERED_WITHIN) -> Speed:
    """One of the four parts, of leads that arrived in the period and were answered."""
    return _speed(answered_leads(period).annotate(seconds=F(part.value)), target)


def answered_leads(period: Period) -> LeadQuerySet:
    """Those that arrived in the period and were answered."""
    return Lead.objects.real().filter(
        submitted_at__gte=period.start, submitted_at__lt=period.end, first_response_at__isnull=False
    )


def punctuality(period: Period, *, now: datetime) -> Punctuality:
    """Of the first responses that were due in the period, those that came by their deadline."""
    due = Assignment.objects.filter(due_at__gte=period.start, due_at__lt=min(period.end, now))
    kept = due.without_tests().exclude(ended_at__lt=F("due_at"), responded_at=None)
    counted = kept.aggregate(due=Count("pk"), in_time=Count("pk", filter=Q(responded_at__lte=F("due_at"))))
    return Punctuality(**counted)


def _leads(period: Period) -> Rows:
    return Lead.objects.real().filter(
        submitted_at__gte=period.start, submitted_at__lt=period.end, first_owned_at__isnull=False
    )


def _assignments(period: Period) -> Rows:
    began = Assignment.objects.filter(assigned_at__gte=period.start, assigned_at__lt=period.end)
    return began.without_tests()


def _speed(rows: Rows, target: timedelta) -> Speed:
    """The distribution of the column `seconds`."""
    edges = (*EDGES, target.total_seconds())
    below, count, (p50, p90, p99) = distribution(rows, "seconds", edges=edges, shares=SHARES)
    return Speed(
        count=count,
        p50=p50,
        p90=p90,
        p99=p99,
        target=target.total_seconds(),
        within=below[-1] / count if count else None,
        histogram=buckets(below[:-1], count),
    )
