"""Circles of people: who is there for which leads, of a team, a pool or a territory."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from reps.models import Rep, Team
from routing.models import Assignment, Lead, Pool, Territory


@dataclass(frozen=True, slots=True)
class Circle:
    """`reps` who are active, and the `leads` that they are there for, without test leads."""

    reps: QuerySet[Rep]
    leads: QuerySet[Lead]


def circle(*, team: Team | None = None, pool: Pool | None = None, territory: Territory | None = None) -> Circle:
    """Whom all that is given has in common; everybody where nothing is.

    The leads of a team or a pool are those that somebody of it got, those of a territory lie in it.
    """
    reps, leads, given = (
        Rep.objects.filter(active=True),
        Lead.objects.without_tests(),
        Assignment.objects.filter(lead=OuterRef("pk")),
    )
    if team is not None:
        reps, leads = reps.filter(team=team), leads.filter(Exists(given.filter(rep__team=team)))
    if pool is not None:
        reps, leads = reps.filter(memberships__pool=pool), leads.filter(Exists(given.filter(pool=pool)))
    if territory is not None:
        reps, leads = reps.filter(_owners(territory)), leads.filter(territory=territory)
    return Circle(reps.distinct(), leads)


def _owners(territory: Territory) -> Q:
    """The owner, or the members of the pool that owns it; else of what lies around it."""
    around = {row.pk: row for row in Territory.objects.only("pk", "parent", "owner_rep", "owner_pool")}
    seen: set[int] = set()
    row: Territory | None = territory
    while row is not None and row.pk not in seen:
        seen.add(row.pk)
        if row.owner_rep_id:
            return Q(pk=row.owner_rep_id)
        if row.owner_pool_id:
            return Q(memberships__pool=row.owner_pool_id)
        row = around.get(row.parent_id or 0)
    return Q(pk__in=())
