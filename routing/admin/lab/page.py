"""The page of the performance lab: one pool, one period, one question after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from reps.schedules import midnight
from routing.admin.base import received_at
from routing.admin.control_group import may_publish
from routing.admin.lab.asked import PERIODS, Asked, asked_of
from routing.admin.lab.past import past_deals
from routing.admin.lab.reps import conversion, do_they_differ
from routing.admin.lab.tolerance import tolerances
from routing.admin.lab.worth import worth
from routing.admin.work import may_ask
from routing.engine.skill import nothing_shows_a_difference
from routing.engine.types import ONE_LEAD, Fairness, Strategy
from routing.insights.conversion import basis_and_counts
from routing.insights.periods import Period
from routing.insights.tolerances import tolerances_of
from routing.insights.uplift import uplift_of
from routing.models import Pool, Work
from routing.rulebook.content import current_settings
from routing.snapshots.rulebook import current_rulebook


def lab(request: HttpRequest) -> dict[str, Any]:
    """What the template shows. Writes nothing; a constant number of queries."""
    asked = asked_of(request.GET)
    shared = {"asked": asked, "periods": PERIODS.items(), "may_publish": may_publish(request)}
    if asked.pool is None:
        return shared
    now = received_at(request)
    past = past_deals(asked.pool, now=now, may=may_ask(request, Work.Kind.EVALUATE))
    return shared | _of_pool(asked.pool, asked, now) | {"past": past}


def _of_pool(pool: Pool, asked: Asked, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(current_settings().timezone)
    today = now.astimezone(zone).date()
    until = midnight(today, zone)
    published = current_rulebook()
    terms = published.rulebook.pools.get(pool.pk) if published else None
    by_results = terms is not None and terms.strategy is Strategy.PERFORMANCE
    basis, counts = basis_and_counts(pool, by_results=by_results, day=today, until=until, days=asked.days)
    period = Period.last(timedelta(days=asked.days), now=now)
    now_at = terms.band / ONE_LEAD if terms is not None and by_results else None
    return {
        "pool": pool,
        "by_results": by_results,
        "basis": basis,
        "alike": nothing_shows_a_difference(basis.table),
        "totals": terms is not None and terms.fairness is Fairness.TOTALS,
        "differ": do_they_differ(basis, counts, asked, pool=pool.name, by_results=by_results),
        "conversion": conversion(basis, counts, asked),
        "worth": worth(uplift_of(pool, now=now)),
        "tolerances": tolerances(tolerances_of(pool, period, table=basis.table, now_at=now_at), now_at=now_at),
    }
