"""End a pool's control group, or begin one anew: a page that says what happens, and one button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from routing.admin.base import received_at, user_of
from routing.admin.lab.worth import worth
from routing.engine.types import Strategy
from routing.insights.control_groups import COUNTS_AFTER
from routing.insights.uplift import Lasted, control_group_of, uplift_of
from routing.models import Pool
from routing.services.access import PUBLISH
from routing.services.control_group import begin_control_group, end_control_group
from routing.snapshots.rulebook import current_rulebook

USUAL_SHARE = 0.1
"""For a pool that never had a control group."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody may do with a pool's control group; nothing, where the pool does not go by results."""

    lasted: Lasted
    by_results: bool
    share: float

    @property
    def ends(self) -> bool:
        return self.by_results and self.lasted.going_on

    @property
    def begins(self) -> bool:
        return self.by_results and not self.lasted.going_on


def may_publish(request: HttpRequest) -> bool:
    return request.user.has_perm(PUBLISH)


def goes_by_results(pool: Pool) -> bool:
    """As published."""
    published = current_rulebook()
    terms = published.rulebook.pools.get(pool.pk) if published else None
    return terms is not None and terms.strategy is Strategy.PERFORMANCE


def compared(request: HttpRequest, pool: Pool) -> dict[str, Any]:
    """What a page shows of the comparison beside other things."""
    known = worth(uplift_of(pool, now=received_at(request)))
    return {"worth": known, "by_results": goes_by_results(pool), "may_publish": may_publish(request)}


def choice_of(pool: Pool) -> Choice:
    """As published."""
    lasted = control_group_of(pool)
    return Choice(lasted, goes_by_results(pool), lasted.share or pool.control_share or USUAL_SHARE)


def shown(pool: Pool, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """The title of the page, and what it says."""
    choice = choice_of(pool)
    title = f"{'Start' if choice.begins else 'End'} the control group of {pool}"
    known = worth(uplift_of(pool, now=now)) if choice.ends else None
    return title, {"choice": choice, "share": f"{choice.share:.0%}", "known": known, "days": COUNTS_AFTER.days}


def carry_out(request: HttpRequest, pool: Pool) -> str:
    """What was asked for, and in words what was done. Raises NoControlGroup if somebody was quicker."""
    now: datetime = received_at(request)
    if request.POST.get("do") == "begin":
        share = choice_of(pool).share
        version = begin_control_group(pool=pool, share=share, user=user_of(request), now=now)
        return (
            f"{share:.0%} of the leads of {pool} go by turn from now on, to compare. Version {version.number} is live."
        )
    version = end_control_group(pool=pool, user=user_of(request), now=now)
    return f"All leads of {pool} go by results from now on. Version {version.number} is live."
