"""Which leads to route now, and what to do with those that a router failed of.

A claim is committed before the work begins, so that leads that kill a router are known afterwards: they are then tried
a few at a time, so that a router that died costs the others no more than moments; those that fail among few one by one;
and one that fails alone three times is held as undecidable.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from routing.engine.types import HeldReason, Outcome
from routing.models import Decision, Lead, RoutingBatch
from routing.models.leads import LeadQuerySet

ABANDONED_AFTER = timedelta(seconds=7)
"""A claim this old whose row nobody holds was left behind by a router that died.

Longer than any wait of a live one between its claim and its work: on PostgreSQL lock_timeout is 5 s. On SQLite it has
a place in the line of writers before anybody whose `now` is so much later, however long the line takes.
"""
LONGEST_BACK_OFF = timedelta(minutes=1)
FEW = 16
"""So many of the leads that failed in a batch are tried together."""
FAILED_IN_A_BATCH, FAILED_AMONG_FEW = 1, 2
MOST_TRIES = 100
"""Counting stops here."""
WITH_LIVE = 200
"""A batch with live leads takes imports along up to so many in all: some always, so that these have their turn."""


_Due: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Claim:
    """Leads that a router may work on; `alone` if one of them failed before."""

    pk: int
    lead_ids: tuple[int, ...]
    alone: bool


def claim_leads(*, now: datetime, limit: int, lead_ids: Collection[int] | None = None) -> Claim | None:
    """Claim due leads, new ones before waiting ones, live ones before imports, oldest first. None: nothing is due.

    Of imports that would fill up the batch of live ones only some come along, so that these wait for few.
    """
    called = time.monotonic()
    with transaction.atomic():
        give_back_abandoned(now)
        due = _due(now=now, limit=limit, lead_ids=lead_ids)
        if not due:
            return None
        tried = due[0][1]
        alone = tried >= FAILED_AMONG_FEW
        alike = [pk for pk, tries, _ in due if tries == tried]
        chosen = alike[:1] if alone else alike[:FEW] if tried else alike
        if alone:
            Lead.objects.filter(pk__in=chosen).update(route_tries=F("route_tries") + 1)
        # what was spent waiting for locks makes the claim no older
        started_at = now + timedelta(seconds=time.monotonic() - called)
        batch = RoutingBatch.objects.create(lead_ids=chosen, started_at=started_at)
    return Claim(batch.pk, tuple(chosen), alone)


def _due(*, now: datetime, limit: int, lead_ids: Collection[int] | None) -> list[_Due]:
    """Keys, failures and priorities of the leads to claim; those that another router claimed are left out."""
    claimed = [pk for ids in RoutingBatch.objects.values_list("lead_ids", flat=True) for pk in ids]
    if lead_ids is not None:
        return _take(Lead.objects.undecided().filter(pk__in=lead_ids), claimed, limit, "pk")
    due = _take(Lead.objects.pending(now), claimed, limit, "priority", "route_after", "pk")
    live = sum(priority == Lead.Priority.LIVE for _, _, priority in due)
    room = limit - len(due)  # before imports are left for the next batch: these come before leads that wait
    due = due[: max(live, WITH_LIVE)] if live else due
    if room:
        due += _take(Lead.objects.to_look_at_again(now), claimed, room, "route_after", "pk")
    return due


def _take(leads: LeadQuerySet, claimed: list[int], limit: int, *order: str) -> list[_Due]:
    if claimed:
        leads = leads.exclude(pk__in=claimed)
    locked = leads.order_by(*order).select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    return list(locked.values_list("pk", "route_tries", "priority")[:limit])


def give_back_abandoned(now: datetime) -> None:
    """Leads of routers that died are pending again, to be tried a few at a time."""
    abandoned = RoutingBatch.objects.filter(started_at__lt=now - ABANDONED_AFTER).select_for_update(
        skip_locked=connection.features.has_select_for_update_skip_locked
    )
    for batch in abandoned:
        _count_failure(batch.lead_ids, now=now)
        batch.delete()


def give_back_failed(claim: Claim, *, now: datetime) -> None:
    """After an error of our own: the leads are tried a few at a time, one that was alone not at once."""
    with transaction.atomic():
        RoutingBatch.objects.filter(pk=claim.pk).delete()
        _count_failure(claim.lead_ids, now=now)


def give_back_untouched(claim: Claim) -> None:
    """After what is no fault of the leads, such as one of the database: nothing is counted."""
    with transaction.atomic():
        RoutingBatch.objects.filter(pk=claim.pk).delete()
        if claim.alone:
            Lead.objects.filter(pk__in=claim.lead_ids, route_tries__gt=FAILED_AMONG_FEW).update(
                route_tries=F("route_tries") - 1
            )


def _count_failure(lead_ids: Collection[int], *, now: datetime) -> None:
    """Leads that failed together are tried among few, or alone; one that failed alone later, or not again."""
    together = FAILED_IN_A_BATCH if len(lead_ids) > FEW else FAILED_AMONG_FEW
    leads = Lead.objects.undecided().filter(pk__in=lead_ids).select_for_update(no_key=True).order_by("pk")
    for lead in leads.only("route_tries", "held_reason"):
        tries = max(lead.route_tries, together)
        alone = lead.route_tries > FAILED_AMONG_FEW
        route_after = now + min(timedelta(seconds=2.0 ** (tries - 1)), LONGEST_BACK_OFF) if alone else now
        Lead.objects.filter(pk=lead.pk).update(route_tries=min(tries, MOST_TRIES), route_after=route_after)
        if lead.undecidable and lead.held_reason != HeldReason.UNDECIDABLE:
            _hold_undecidable(lead.pk, now=now)


def _hold_undecidable(pk: int, *, now: datetime) -> None:
    """The last resort is asked at once: its deadline is now, also if the lead waited for something else before."""
    Lead.objects.filter(pk=pk).update(
        status=Lead.Status.HELD, held_reason=HeldReason.UNDECIDABLE, hold_deadline_at=now,
        held_since=Coalesce("held_since", now),
    )  # fmt: skip
    reason = f"Routing failed {Lead.TRIES_ALONE} times with this lead alone; the log of the router says why."
    Decision.objects.create(lead_id=pk, outcome=Outcome.HELD, reason=reason, decided_at=now)
