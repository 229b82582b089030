"""What became of leads that went by results, and of those of control groups beside them: counted in the database.

A lead counts where it was put when it was first shared out by its pool, whoever had it in the end. Left out are those
that no turn was taken for (of accounts, returning people, colleagues; test leads) and those given by hand: all that is
decided before anything is drawn, or without it.

A lead counts when 90 days have passed since: it was won by then, or it was not. So either group is looked at at the
same age. Whoever hands leads over at a stage has won those that came there in time. What lies that far back is counted
once, by day (routing.models.ControlDay); corrections and erasures after that change nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import TruncDate

from routing.engine.types import Method, Strategy
from routing.insights.outcomes import LOST_AFTER
from routing.models import Assignment, ControlDay, EndReason, Lead, Pool
from routing.models.assignments import AssignmentQuerySet

COUNTS_AFTER = LOST_AFTER
"""As old must a lead be to count."""
BY_HAND = (Method.MANUAL, Method.MANAGER)
IN_TIME = Q(lead__outcome=Lead.Outcome.WON, lead__outcome_at__lte=F("assigned_at") + COUNTS_AFTER) | Q(
    end_reason=EndReason.HANDED_OVER, ended_at__lte=F("assigned_at") + COUNTS_AFTER
)
BY_TURN = Q(method=Method.ROUND_ROBIN)


class Counts(NamedTuple):
    """Leads decided by a version, in the control group or beside it: how many count, how many of these were won in
    time and how many went by turn, and how many are too young to count."""

    version: int
    control: bool
    leads: int
    wins: int
    by_turn: int
    young: int


class Day(NamedTuple):
    """The same of all leads of a pool and day."""

    pool: int
    day: date
    version: int
    control: bool
    leads: int
    wins: int
    by_turn: int


def first_shared_out() -> AssignmentQuerySet:
    """Where leads were put by pools whose method is results."""
    rows = Assignment.objects.filter(attempt=1, strategy=Strategy.PERFORMANCE.value, posting__isnull=False)
    return rows.filter(lead__test=False, rulebook_version__isnull=False).exclude(method__in=BY_HAND)


def counted_until() -> datetime | None:
    """Up to when leads were counted once and for all; None: none were yet. One query."""
    newest: date | None = ControlDay.objects.aggregate(newest=Max("day"))["newest"]
    return midnight_after(newest) if newest else None


def midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


def counts_of(pool: Pool, versions: Collection[int], *, now: datetime) -> list[Counts]:
    """Of a pool's leads decided by these versions. Three queries, and no lead twice while others are counted."""
    since, old = counted_until(), now - COUNTS_AFTER
    before = _counted_before(pool, versions, until=since) if since else ()
    return [*before, *_counted_now(pool, versions, since=since, old=old)]


def count_days(start: datetime, end: datetime) -> Iterator[Day]:
    """Of all pools, by day (UTC), of leads shared out from `start` up to `end`: all of them old enough. One query."""
    rows = first_shared_out().filter(assigned_at__gte=start, assigned_at__lt=end, pool__isnull=False)
    days = rows.order_by().annotate(day=TruncDate("assigned_at", tzinfo=UTC))
    grouped = days.values("pool", "day", "rulebook_version", "posting__control")
    summed = grouped.annotate(leads=Count("pk"), wins=Count("pk", filter=IN_TIME), by_turn=Count("pk", filter=BY_TURN))
    columns = ("pool", "day", "rulebook_version", "posting__control", "leads", "wins", "by_turn")
    for values in summed.values_list(*columns):
        yield Day(*values)


def _counted_before(pool: Pool, versions: Collection[int], *, until: datetime) -> Iterator[Counts]:
    days = ControlDay.objects.filter(pool=pool, version__in=versions, day__lt=until.date())
    summed = days.order_by().values("version", "control").annotate(*map(Sum, ("leads", "wins", "by_turn")))
    for row in summed:
        sums = (row["leads__sum"], row["wins__sum"], row["by_turn__sum"])
        yield Counts(row["version"], row["control"], *sums, 0)


def _counted_now(pool: Pool, versions: Collection[int], *, since: datetime | None, old: datetime) -> Iterator[Counts]:
    rows = first_shared_out().filter(pool=pool, rulebook_version__in=versions)
    if since is not None:
        rows = rows.filter(assigned_at__gte=since)
    counts = Q(assigned_at__lte=old)
    grouped = rows.order_by().values("rulebook_version", "posting__control")
    summed = grouped.annotate(
        leads=Count("pk", filter=counts),
        wins=Count("pk", filter=counts & IN_TIME),
        by_turn=Count("pk", filter=counts & BY_TURN),
        young=Count("pk", filter=~counts),
    )
    for row in summed:
        sums = (row["leads"], row["wins"], row["by_turn"], row["young"])
        yield Counts(row["rulebook_version"] or 0, row["posting__control"], *sums)
