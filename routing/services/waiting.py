"""Let routing look again at leads that wait, because something changed that may free them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from reps.caps import read_caps
from reps.models import Rep
from routing.doorbell import ring_after_commit
from routing.engine.types import CapKind, HeldReason
from routing.models import Assignment, Decision, Lead, Offer, PoolMember
from routing.models.leads import LeadQuerySet
from routing.snapshots.released import released

ENOUGH = 200
"""One act makes room for few leads: so many are looked at again at once, the others at their next turn."""
ROOM = frozenset({CapKind.OPEN, CapKind.UNANSWERED})
"""Caps that free when somebody acts on a lead, rather than with time."""


def look_at_waiting_leads_again(*, now: datetime) -> None:
    """Make every held lead due. Call it first in a transaction: leads are locked before people and ledgers.

    Done again after the commit, for a lead that was put on hold meanwhile by a batch that saw the old state.
    """
    _make_due(now)
    look_again_after_commit(now=now)


def look_again_after_commit(*, now: datetime) -> None:
    """Make every held lead due once the transaction has ended."""
    transaction.on_commit(lambda: _make_due(now), robust=True)
    ring_after_commit("routing")


def look_again_once_freed(*, assignment: Assignment, now: datetime) -> None:
    """Somebody answered, lost or closed a lead: if that makes room, leads that waited for it are due after the commit.

    Room is made where a cap counts open or unanswered leads, or where the pace did. Nothing is locked before.
    """
    look_again_once_all_freed(assignments=[assignment], now=now)


def look_again_once_all_freed(*, assignments: Collection[Assignment], now: datetime) -> None:
    """The same for many who lost a lead at once, with one look at their caps."""
    reps = {assignment.rep_id for assignment in assignments}
    freed = {assignment.rep_id for assignment in assignments if assignment.released}
    freed |= _with_caps(reps - freed)
    if freed:
        transaction.on_commit(lambda: _make_some_due(freed, now), robust=True)


def look_again_once_offers_end(*, offers: Collection[Offer], now: datetime) -> None:
    """Offers ended, those of leads that had waited counted for the pace: others that it held back are due after the
    commit. Nothing is locked before.
    """
    paced = released([offer.lead for offer in offers])
    reps = {offer.rep_id for offer in offers if offer.lead_id in paced}
    if reps:
        transaction.on_commit(lambda: _make_some_due(reps, now), robust=True)


def waits_for_an_answer() -> Q:
    """Leads that are offered: they go on when somebody takes them or the offer ends, whatever else changes."""
    return Q(held_reason=HeldReason.OFFERED)


@transaction.atomic
def _make_due(now: datetime) -> None:
    waiting = _waiting(now)
    list(waiting.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    waiting.update(route_after=now)


def _waiting(now: datetime) -> LeadQuerySet:
    return Lead.objects.held().filter(route_after__gt=now).exclude(waits_for_an_answer())


def _with_caps(reps: Collection[int]) -> set[int]:
    """Those of the reps whose caps free when they act on a lead."""
    if not reps:
        return set()
    own = Rep.objects.filter(pk__in=reps).order_by().values_list("pk", "caps")
    in_pools = PoolMember.objects.filter(rep__in=reps).order_by().values_list("rep_id", "caps")
    found = own.union(in_pools, all=True)
    return {rep for rep, caps in found if any(cap.kind in ROOM for cap in read_caps(caps))}


@transaction.atomic
def _make_some_due(rep_ids: Collection[int], now: datetime) -> None:
    """The oldest that waited at a pool of these reps; what a router holds just now is looked at anyway."""
    pools = PoolMember.objects.filter(rep__in=rep_ids).values("pool")
    theirs = Exists(Decision.objects.filter(lead=OuterRef("pk"), pool__in=pools))
    waiting = _waiting(now).filter(theirs).order_by("held_since", "pk").values_list("pk", flat=True)[:ENOUGH]
    skip = connection.features.has_select_for_update_skip_locked
    chosen = Lead.objects.held().filter(pk__in=list(waiting)).order_by("pk")
    locked = list(chosen.select_for_update(no_key=True, skip_locked=skip).values_list("pk", flat=True))
    if locked:
        Lead.objects.filter(pk__in=locked).update(route_after=now)
        ring_after_commit("routing")
