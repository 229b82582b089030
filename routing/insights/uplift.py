"""What going by results is worth: leads that went by results beside the control group, which went by turn.

Whether a lead is in the control group was decided by its id, before anybody saw it. So the leads stay where they were
put, whoever had them in the end, and all of them count, those that are still open too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from routing.engine.chance import LEAST_EXPECTED, Difference, Tally, difference, leads_to_see
from routing.engine.types import Method, Strategy
from routing.insights.periods import Period
from routing.models import Assignment, Lead, Pool

BY_HAND = (Method.MANUAL, Method.MANAGER)
WORTH_SEEING = 0.2
"""A rise by a fifth, such as from 10 % to 12 %, is what a comparison should be able to see."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Leads that were decided in a period, how many of them are won by now, and how many are still open."""

    leads: int
    wins: int
    open: int

    @property
    def tally(self) -> Tally:
        return Tally(self.wins, self.leads)

    @property
    def rate(self) -> float | None:
        return self.wins / self.leads if self.leads else None


@dataclass(frozen=True, slots=True)
class Uplift:
    """`routed` by results, `control` by turn; `since` the first of them. `value` None: too few to say anything.

    `needed` is how many leads of the control group it takes to see a rise by a fifth.
    """

    routed: Arm
    control: Arm
    since: datetime | None
    value: Difference | None
    needed: int | None

    @property
    def clear(self) -> bool:
        return self.value is not None and self.value.beyond_chance


def uplift_of(pool: Pool, period: Period) -> Uplift:
    """Of the leads that the pool decided by results in a period. One query."""
    first = Assignment.objects.filter(
        pool=pool,
        attempt=1,
        strategy=Strategy.PERFORMANCE.value,
        posting__isnull=False,
        assigned_at__gte=period.start,
        assigned_at__lt=period.end,
        lead__test=False,
    ).exclude(method__in=BY_HAND)
    rows = (
        first.order_by()
        .values("posting__control")
        .annotate(
            leads=Count("pk"),
            wins=Count("pk", filter=Q(lead__outcome=Lead.Outcome.WON)),
            open=Count("pk", filter=Q(lead__outcome__in=(Lead.Outcome.NONE, Lead.Outcome.QUALIFIED))),
            since=Min("assigned_at"),
        )
    )
    arms = {row["posting__control"]: Arm(row["leads"], row["wins"], row["open"]) for row in rows}
    routed, control = arms.get(False, Arm(0, 0, 0)), arms.get(True, Arm(0, 0, 0))
    since = min((row["since"] for row in rows), default=None)
    enough = _enough(routed, control)
    value = difference(routed.tally, control.tally) if enough else None
    return Uplift(routed, control, since, value, _needed(pool, routed, control))


def _enough(routed: Arm, control: Arm) -> bool:
    """Won and not won are both to be expected of either group."""
    leads, wins = routed.leads + control.leads, routed.wins + control.wins
    smaller = min(routed.leads, control.leads)
    return leads > 0 and smaller * min(wins, leads - wins) / leads >= LEAST_EXPECTED


def _needed(pool: Pool, routed: Arm, control: Arm) -> int | None:
    leads, wins = routed.leads + control.leads, routed.wins + control.wins
    share = control.leads / leads if control.leads and routed.leads else pool.control_share
    if not leads or not 0 < share < 1:
        return None
    rate = wins / leads
    return leads_to_see(rate, rate * (1 + WORTH_SEEING), ratio=(1 - share) / share)
