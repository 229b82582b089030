"""What a lead has behind it: who had it and does not get it again, being parked, and being told apart from others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db.models import Exists, OuterRef, QuerySet

from routing.engine.earlier import duplicated
from routing.engine.types import EarlierLead, Outcome, Rulebook, Settings, ToPark
from routing.engine.types import Lead as LeadFacts
from routing.models import Assignment, Decision, EndReason, Lead, LeadEvent, Offer

NOT_LOST = (EndReason.ROUTED_AGAIN, EndReason.REPAIRED)
"""Whoever had the lead until then did nothing to lose it."""

RETURNED = (LeadEvent.Kind.REVIEWED, LeadEvent.Kind.RESTORED, LeadEvent.Kind.ROUTED_AGAIN)
"""How a parked lead comes back: its day or a signal, somebody restores it, or routes it anew."""

NO_FORM = "\0"
"""The form of no lead."""


def owned_before(rows: Sequence[Lead]) -> dict[int, frozenset[int]]:
    """Who owned each lead and lost, declined or handed it over; nobody from before it was routed anew for everybody."""
    again = [row.pk for row in rows if row.attempt]
    lost = Assignment.objects.filter(lead__in=again, ended_at__isnull=False).exclude(end_reason__in=NOT_LOST)
    return _reps_by_lead(lost) if again else {}


def declined_offer(rows: Sequence[Lead]) -> dict[int, frozenset[int]]:
    """Who declined an offer of the lead, or let it expire."""
    offered = [row.pk for row in rows if row.held_since]
    over = (Offer.Result.DECLINED, Offer.Result.EXPIRED)
    return _reps_by_lead(Offer.objects.filter(lead__in=offered, result__in=over)) if offered else {}


def parked_before(rows: Sequence[Lead], rulebook: Rulebook) -> frozenset[int]:
    """Those of the leads that were parked and returned; new facts alone bring none back.

    None is looked for where no rule parks any.
    """
    if not any(isinstance(rule.destination, ToPark) for rule in rulebook.rules):
        return frozenset()
    before = {"lead": OuterRef("lead")}
    by_rule = Decision.objects.filter(**before, outcome=Outcome.PARKED.value, decided_at__lte=OuterRef("happened_at"))
    by_hand = LeadEvent.objects.filter(
        **before, kind=LeadEvent.Kind.PARKED, happened_at__lte=OuterRef("happened_at"), pk__lt=OuterRef("pk")
    )
    returned = LeadEvent.objects.filter(Exists(by_rule) | Exists(by_hand), lead__in=rows, kind__in=RETURNED)
    return frozenset(returned.values_list("lead_id", flat=True))


def restored(leads: Collection[int]) -> frozenset[int]:
    """Those of the leads that somebody took back from review or from being a duplicate."""
    events = LeadEvent.objects.filter(lead__in=leads, kind=LeadEvent.Kind.RESTORED)
    return frozenset(events.values_list("lead_id", flat=True)) if leads else frozenset()


def repeated(leads: Collection[int]) -> frozenset[int]:
    """Those of the leads that others joined as their duplicates: an original goes on being one."""
    joined = Lead.objects.filter(duplicate_of__in=leads).order_by()
    return frozenset(joined.values_list("duplicate_of_id", flat=True)) if leads else frozenset()


def told_apart(lead: LeadFacts, settings: Settings) -> tuple[EarlierLead, ...]:
    """The earlier leads, so that this one is a duplicate of none of them; they may still be of the same person."""
    earlier = lead.earlier
    while (original := duplicated(lead, earlier, settings)) is not None:
        earlier = tuple(replace(other, form=NO_FORM) if other is original else other for other in earlier)
    return earlier


def _reps_by_lead(rows: QuerySet[Assignment] | QuerySet[Offer]) -> dict[int, frozenset[int]]:
    anew = LeadEvent.objects.filter(
        lead=OuterRef("lead"), kind=LeadEvent.Kind.ROUTED_AGAIN, happened_at__gte=OuterRef("ended_at")
    )
    found: defaultdict[int, set[int]] = defaultdict(set)
    for lead, rep in rows.exclude(Exists(anew)).values_list("lead_id", "rep_id"):
        found[lead].add(rep)
    return {lead: frozenset(reps) for lead, reps in found.items()}
