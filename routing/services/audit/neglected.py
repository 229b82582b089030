"""Leads that fell through: without owner, deadline or message. What can be mended is mended.

What lies in indexes of what is open is looked through whole; the rest in slices: the newest leads each time, and all
others one slice after the other, a minute each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from routing import outbox
from routing.engine.types import Alert, HeldReason
from routing.models import Assignment, EndReason, Incident, Lead, LeadEvent, Offer, OutboxMessage, RoutingSettings
from routing.models.assignments import AssignmentQuerySet
from routing.models.outbox import OutboxQuerySet
from routing.notifications.briefs import TELLS_THE_OWNER
from routing.services.audit.findings import Finding, how_many
from routing.services.audit.lost_alerts import lost_alert
from routing.services.lead_actions.ownership import end_ownership, lock_lead, note_event, send_to_routing
from routing.services.sla.clock import set_clocks

GRACE = timedelta(seconds=60)
LONG_PAST = timedelta(minutes=5)
NEWEST, SLICE = 2_000, 10_000
MOST_MENDED = 100
"""So many of a kind are mended at a time."""
UNTOLD_READ = 2_000


def mend(now: datetime) -> list[Finding]:
    """Mend what fell through; one finding each, which is over already."""
    kinds = (_without_assignment, _without_message, _without_clock, _never_due, _without_offer)
    return [finding for mend_these in kinds for finding in mend_these(now)]


def neglected(now: datetime) -> Iterator[Finding]:
    """What only people can mend."""
    if number := how_many(_owned_by_somebody_else(), "lead"):
        yield _finding(f"{number} whose owner is not the one of the assignment.", "owners")
    past = Lead.objects.held().filter(hold_deadline_at__lt=now - LONG_PAST).exclude(held_reason=HeldReason.OFFERED)
    if not RoutingSettings.objects.filter(paused=True).exists() and (number := how_many(past, "lead")):
        yield _finding(f"{number} past the deadline, and no last resort can take them. Name one who is active.", "held")
    parked = Lead.objects.filter(status=Lead.Status.PARKED, review_date__lt=(now - timedelta(days=2)).date())
    if number := how_many(parked, "lead"):
        yield _finding(f"{number} in nurture whose review date has passed.", "parked")


def _without_assignment(now: datetime) -> Iterator[Finding]:
    """Assigned, but nobody's assignment goes on: routed again."""
    for newest_first in _slices(now):
        owned = Lead.objects.open().filter(newest_first)
        for lead in owned.exclude(_has_assignment())[:MOST_MENDED]:
            if _send_back(lead, now):
                yield _mended(lead, "It had an owner without an assignment, and was routed again.")


@transaction.atomic
def _send_back(lead: Lead, now: datetime) -> bool:
    row = lock_lead(lead)
    if row.status != Lead.Status.ASSIGNED or Assignment.objects.current().filter(lead=row).exists():
        return False
    end_ownership(row, EndReason.ROUTED_AGAIN, now=now)
    send_to_routing(row, now=now)
    _note(row, "It had an owner without an assignment: routed again", now)
    return True


def _untold(now: datetime) -> AssignmentQuerySet:
    """The oldest whose clock does not run yet."""
    untold = Assignment.objects.current().filter(
        clock_started_at=None, untold_at=None, responded_at=None, assigned_at__lt=now - GRACE
    )
    oldest = list(untold.order_by("assigned_at").values_list("pk", flat=True)[:UNTOLD_READ])
    return Assignment.objects.filter(pk__in=oldest, lead__status=Lead.Status.ASSIGNED).select_related("lead")


def _telling() -> OutboxQuerySet:
    """The messages that tell the owner of an assignment."""
    return OutboxMessage.objects.filter(lead=OuterRef("lead"), assignment=OuterRef("pk"), kind__in=TELLS_THE_OWNER)


def _without_message(now: datetime) -> Iterator[Finding]:
    """The owner was never told, and no message waits to tell them: it is written again."""
    told_some_day = Q(alert=Alert.NONE.value) | Q(alerted_at__isnull=False) | Exists(_telling())
    for assignment in _untold(now).exclude(told_some_day)[:MOST_MENDED]:
        _write_again(assignment, now)
        yield _mended(assignment.lead, "The alert to its owner was missing, and was written again.")


@transaction.atomic
def _write_again(assignment: Assignment, now: datetime) -> None:
    lead = lock_lead(assignment.lead)
    outbox.publish([lost_alert(assignment, lead, now=now)])
    _note(lead, "The alert to its owner was missing: written again", now)


def _without_clock(now: datetime) -> Iterator[Finding]:
    """The owner was told, or is not to be told, and no clock runs: it is started, as of when they were told."""
    sent = _telling().filter(result=OutboxMessage.Result.SENT).order_by("-done_at").values("done_at")[:1]
    told = _untold(now).annotate(told_at=Coalesce(Subquery(sent), "alerted_at"))
    known: Iterable[Any] = told.filter(Q(told_at__isnull=False) | Q(alert=Alert.NONE.value))[:MOST_MENDED]
    for assignment in known:
        _start_clock(assignment, assignment.told_at or now, now)
        yield _mended(assignment.lead, "The clock of its owner did not run, and was started.")


@transaction.atomic
def _start_clock(assignment: Assignment, told_at: datetime, now: datetime) -> None:
    lead = lock_lead(assignment.lead)
    rows = Assignment.objects.current().filter(pk=assignment.pk, responded_at=None, clock_started_at=None)
    for row in rows:
        set_clocks([row], {row.pk: told_at})
        row.save(update_fields=["clock_started_at", "due_at", "step_at"])
        _note(lead, "The clock of its owner did not run: started", now)


def _never_due(now: datetime) -> Iterator[Finding]:
    """Undecided leads that are never looked at. The database makes it impossible; looked at all the same."""
    for status in (Lead.Status.PENDING, Lead.Status.HELD):  # one by one: each has an index of its own
        for lead in Lead.objects.filter(status=status, route_after=None)[:MOST_MENDED]:
            _make_due(lead, "It was never due: made due", now)
            yield _mended(lead, "It was never due, and was made due.")


def _without_offer(now: datetime) -> Iterator[Finding]:
    """Waiting for somebody to take it up, but offered to nobody: decided again."""
    offered = Lead.objects.held().filter(held_reason=HeldReason.OFFERED, route_after__gt=now)
    for lead in offered.exclude(Exists(Offer.objects.standing().filter(lead=OuterRef("pk"))))[:MOST_MENDED]:
        _make_due(lead, "It waited for offers that nobody had: made due", now)
        yield _mended(lead, "It waited for offers that nobody had, and was made due.")


@transaction.atomic
def _make_due(lead: Lead, why: str, now: datetime) -> None:
    row = lock_lead(lead)
    if row.status in (Lead.Status.PENDING, Lead.Status.HELD):
        row.route_after = now
        row.save(update_fields=["route_after"])
        _note(row, why, now)


def _owned_by_somebody_else() -> AssignmentQuerySet:
    newest = Lead.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return Assignment.objects.current().filter(lead__gt=newest - SLICE).exclude(rep=F("lead__owner"))


def _slices(now: datetime) -> Iterator[Q]:
    newest = Lead.objects.aggregate(newest=Max("pk"))["newest"] or 0
    yield Q(pk__gt=newest - NEWEST)
    start = int(now.timestamp() // 60) % (newest // SLICE + 1) * SLICE
    yield Q(pk__gt=start, pk__lte=start + SLICE)


def _has_assignment() -> Exists:
    return Exists(Assignment.objects.current().filter(lead=OuterRef("pk")))


def _note(lead: Lead, text: str, now: datetime) -> None:
    note_event(lead, LeadEvent.Kind.HEALED, text, actor="", now=now)


def _mended(lead: Lead, text: str) -> Finding:
    return _finding(text, f"lead {lead.uuid}")


def _finding(text: str, subject: str) -> Finding:
    return Finding(Incident.Kind.NEGLECTED, text, subject)
