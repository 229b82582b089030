"""Leads that waited before they come to somebody, to whom they go at a pace: which those are, and who has how many."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Count, Exists, F, OuterRef, Q

from routing.engine.types import HeldReason, OfferMode, Outcome, RepId
from routing.models import Assignment, Decision, Lead, Offer

NO_WAITING = ("", HeldReason.OFFERED)
"""What does not tell by itself whether a lead waited: it is offered to somebody, or about to be decided again."""


def released(rows: Sequence[Lead]) -> frozenset[int]:
    """Those of the leads that waited since they last had an owner; that one was offered to somebody is no waiting."""
    held = [row for row in rows if row.held_since and (row.owned_at is None or row.held_since >= row.owned_at)]
    waiting = frozenset(row.pk for row in held if row.held_reason not in NO_WAITING)
    unclear = [row.pk for row in held if row.pk not in waiting]
    if not unclear:
        return waiting
    return waiting.union(Lead.objects.filter(_waited("pk", "held_since"), pk__in=unclear).values_list("pk", flat=True))


def offered_released(reps: Collection[RepId]) -> dict[RepId, int]:
    """How many leads that had waited are offered just now to each of these reps alone."""
    waited = Q(lead__owned_at=None) | Q(lead__held_since__gte=F("lead__owned_at"))
    offers = Offer.objects.standing().filter(
        waited, _waited("lead", "lead__held_since"), kind=OfferMode.EXCLUSIVE.value, rep__in=reps, lead__test=False
    )
    return dict(offers.order_by().values("rep").annotate(leads=Count("pk")).values_list("rep", "leads"))


def unanswered_released(reps: Collection[RepId]) -> dict[RepId, int]:
    """How many leads that had waited each of these reps owns and has not answered."""
    owned = Assignment.objects.current().filter(rep__in=reps, released=True, responded_at=None)
    counted = owned.filter(lead__closed_at=None, lead__test=False).order_by().values("rep").annotate(leads=Count("pk"))
    return dict(counted.values_list("rep", "leads"))


def _waited(lead: str, since: str) -> Exists:
    """That a decision since then held the lead without offering it to anybody."""
    offered = Offer.objects.filter(lead=OuterRef("lead"), decision=OuterRef("pk"))
    held = Decision.objects.filter(lead=OuterRef(lead), outcome=Outcome.HELD.value, decided_at__gte=OuterRef(since))
    return Exists(held.exclude(Exists(offered)))
