"""Leads under an SLA policy whose owners were told, for the tests of what happens then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from reps.models import Rep
from routing.models import Assignment, Lead, Pool
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.sla.clock import start_clocks
from routing.services.sla.steps import take_sla_steps
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_settings, make_sla, make_team

MINUTE = timedelta(minutes=1)
LADDER = [{"after_minutes": 3, "do": "remind", "unless": "accepted"}, {"after_minutes": 5, "do": "reassign"}]


def company(
    now: datetime, *names: str, steps: list[dict[str, Any]] | None = None, **policy: Any
) -> tuple[Pool, list[Rep]]:
    """Reps on shift in one pool with a manager, under a policy with these steps. The Boss is in no pool."""
    sla = make_sla(name="Fast", steps=LADDER if steps is None else steps, **policy)
    make_settings(sla=sla)
    team = make_team(manager=make_rep("Boss"))
    reps = [make_rep(name, team=team) for name in names or ("Ana", "Bob", "Cy")]
    pool = make_pool(*reps, name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    return pool, reps


def told(now: datetime, **fields: Any) -> Lead:
    """A lead that was routed, and whose owner was told at once."""
    lead = make_lead(now, **fields)
    route_all(now=now)
    tell(now)
    return lead


def tell(now: datetime) -> None:
    """Everybody who owns a lead is told of it now."""
    untold = Assignment.objects.current().filter(alerted_at=None).values_list("pk", flat=True)
    start_clocks(dict.fromkeys(untold, now), now=now)


def pass_time(now: datetime, minutes: float) -> datetime:
    """So much later, when the clock has gone round and leads that moved on were routed."""
    then = now + minutes * MINUTE
    take_sla_steps(now=then)
    route_all(now=then)
    return then
