"""Which leads to route now, and what to do with those that a router failed of.

A claim is committed before the work begins, so that leads that kill a router are known afterwards: they are then
tried one by one, and one that fails alone three times is held as undecidable.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from routing.engine.types import HeldReason, Outcome
from routing.models import Decision, Lead, RoutingBatch
from routing.models.leads import LeadQuerySet

ABANDONED_AFTER = timedelta(seconds=2)
"""A claim this old whose row nobody holds was left behind by a router that died."""
LONGEST_BACK_OFF = timedelta(minutes=1)
MOST_TRIES = 100
"""Counting stops here."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Leads that a router may work on; `alone` if one of them failed before."""

    pk: int
    lead_ids: tuple[int, ...]
    alone: bool


def claim_leads(*, now: datetime, limit: int, lead_ids: Collection[int] | None = None) -> Claim | None:
    """Claim due leads, new ones before waiting ones, live ones before imports, oldest first. None: nothing is due."""
    with transaction.atomic():
        give_back_abandoned(now)
        due = _due(now=now, limit=limit, lead_ids=lead_ids)
        if not due:
            return None
        alone = due[0][1] > 0
        chosen = [due[0][0]] if alone else [pk for pk, tries in due if not tries]
        if alone:
            Lead.objects.filter(pk__in=chosen).update(route_tries=F("route_tries") + 1)
        batch = RoutingBatch.objects.create(lead_ids=chosen, started_at=now)
    return Claim(batch.pk, tuple(chosen), alone)


def _due(*, now: datetime, limit: int, lead_ids: Collection[int] | None) -> list[tuple[int, int]]:
    """Keys and failures of the leads to claim; those that another router claimed are left out."""
    claimed = [pk for ids in RoutingBatch.objects.values_list("lead_ids", flat=True) for pk in ids]
    if lead_ids is not None:
        return _take(Lead.objects.undecided().filter(pk__in=lead_ids), claimed, limit, "pk")
    due = _take(Lead.objects.pending(now), claimed, limit, "priority", "route_after", "pk")
    if len(due) < limit:
        due += _take(Lead.objects.to_look_at_again(now), claimed, limit - len(due), "route_after", "pk")
    return due


def _take(leads: LeadQuerySet, claimed: list[int], limit: int, *order: str) -> list[tuple[int, int]]:
    if claimed:
        leads = leads.exclude(pk__in=claimed)
    locked = leads.order_by(*order).select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    return list(locked.values_list("pk", "route_tries")[:limit])


def give_back_abandoned(now: datetime) -> None:
    """Leads of routers that died are pending again, to be tried one by one."""
    abandoned = RoutingBatch.objects.filter(started_at__lt=now - ABANDONED_AFTER).select_for_update(
        skip_locked=connection.features.has_select_for_update_skip_locked
    )
    for batch in abandoned:
        _count_failure(batch.lead_ids, now=now)
        batch.delete()


def give_back_failed(claim: Claim, *, now: datetime) -> None:
    """After an error of our own: the leads are tried one by one, one that was alone not at once."""
    with transaction.atomic():
        RoutingBatch.objects.filter(pk=claim.pk).delete()
        _count_failure(claim.lead_ids, now=now)


def give_back_untouched(claim: Claim) -> None:
    """After a fault of the database, which is no fault of the leads: nothing is counted."""
    with transaction.atomic():
        RoutingBatch.objects.filter(pk=claim.pk).delete()
        if claim.alone:
            Lead.objects.filter(pk__in=claim.lead_ids, route_tries__gt=1).update(route_tries=F("route_tries") - 1)


def _count_failure(lead_ids: Collection[int], *, now: datetime) -> None:
    """Leads that failed together are tried alone; one that failed alone later, or not again."""
    leads = Lead.objects.undecided().filter(pk__in=lead_ids).select_for_update(no_key=True).order_by("pk")
    for pk, tries in list(leads.values_list("pk", "route_tries")):
        if tries > Lead.TRIES_ALONE:
            _hold_undecidable(pk, tries, now=now)
        else:
            Lead.objects.filter(pk=pk).update(route_tries=tries or 1, route_after=_later(tries, now))


def _later(tries: int, now: datetime) -> datetime:
    return now + min(timedelta(seconds=2.0**tries), LONGEST_BACK_OFF) if tries else now


def _hold_undecidable(pk: int, tries: int, *, now: datetime) -> None:
    """The last resort is asked at once: its deadline is now."""
    first = Lead.objects.filter(pk=pk, status=Lead.Status.PENDING).update(
        status=Lead.Status.HELD, held_reason=HeldReason.UNDECIDABLE, held_since=now, hold_deadline_at=now
    )
    Lead.objects.filter(pk=pk).update(route_tries=min(tries, MOST_TRIES), route_after=_later(tries, now))
    if first:
        reason = f"Routing failed {Lead.TRIES_ALONE} times with this lead alone; the log of the router says why."
        Decision.objects.create(lead_id=pk, outcome=Outcome.HELD, reason=reason, decided_at=now)
