"""The first response to a lead: when it came, and whose time it took until then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from routing.engine.delays import Delays, Stretch, Whose, delays
from routing.engine.types import Alert, Outcome
from routing.models import Assignment, Decision, EndReason, Lead, Offer
from routing.services.sla.policies import Policies, load_policies

COLUMNS = ("first_response_at", "system_seconds", "nobody_seconds", "outside_seconds", "rep_seconds")
UNOWNED = frozenset({Outcome.HELD, Outcome.PARKED, Outcome.QUARANTINED, Outcome.DUPLICATE})
SET_ASIDE = frozenset({EndReason.PARKED, EndReason.REVIEWED})
"""Ends after which nobody is looked for."""


def note_first_response(lead: Lead, *, now: datetime) -> None:
    """Whoever answers first, the lead's own time ends: it is shared out once, for ever."""
    if lead.first_response_at is not None:
        return
    share_out(lead, _stretches(lead, now), answered_at=now)
    lead.save(update_fields=COLUMNS)


def delays_until(lead: Lead, until: datetime) -> Delays:
    """Whose time it was from the lead's arrival to an instant; the four add up to it. Five queries or so, no lock."""
    return delays(lead.submitted_at, _stretches(lead, until), until)


def share_out(lead: Lead, stretches: Iterable[Stretch], *, answered_at: datetime) -> None:
    """Whose time it took until the answer. Saves nothing."""
    found = delays(lead.submitted_at, stretches, answered_at)
    lead.first_response_at = answered_at
    lead.system_seconds, lead.nobody_seconds = found.system, found.nobody
    lead.outside_seconds, lead.rep_seconds = found.outside, found.rep


def _stretches(lead: Lead, until: datetime) -> Iterator[Stretch]:
    """Ends first, so that what begins at the same instant counts. Hours are known until then."""
    assignments = list(Assignment.objects.filter(lead=lead).order_by("attempt"))
    for assignment in assignments:
        if assignment.ended_at is not None:
            aside = assignment.end_reason in SET_ASIDE
            yield Stretch(assignment.ended_at, Whose.NOBODY if aside else Whose.SYSTEM)
    offers = list(Offer.objects.filter(lead=lead, kind__in=[Offer.Kind.EXCLUSIVE, Offer.Kind.CLAIM]).order_by("pk"))
    offered = {offer.decision_id for offer in offers}
    decisions = Decision.objects.filter(lead=lead, outcome__in=UNOWNED).order_by("pk")
    for pk, at in decisions.values_list("pk", "decided_at"):
        yield Stretch(at, Whose.SYSTEM if pk in offered else Whose.NOBODY)
    yield from (Stretch(offer.alerted_at, Whose.OWNER) for offer in offers if offer.alerted_at)
    policies = Policies({})
    if assignments:
        policies = load_policies(assignments, start=assignments[0].assigned_at, until=until)
    for assignment in assignments:
        yield from of_owner(assignment, policies)


def of_owner(assignment: Assignment, policies: Policies) -> Iterator[Stretch]:
    """From when it was theirs, and from when they knew."""
    silent = assignment.alert == Alert.NONE
    known = [at for at in (assignment.alerted_at, assignment.clock_started_at) if at]  # who accepts unasked knows, too
    told = assignment.assigned_at if silent else min(known, default=None)
    yield Stretch(assignment.assigned_at, Whose.SYSTEM)
    if told is not None and (assignment.ended_at is None or told <= assignment.ended_at):
        told = max(told, assignment.assigned_at)
        yield Stretch(told, Whose.OWNER, policies.clock(assignment, told).windows)
