"""The one place where clocks start: once an owner, or somebody whom a lead is offered to, was really told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from routing import crash
from routing.models import Assignment, Lead, Offer
from routing.services.sla.policies import Policies, load_policies

UNTOLD = 3
"""An offer of which nobody could be told stands so many times its span, and ends then."""
CLOCK = ("alerted_at", "clock_started_at", "due_at", "step_at")


def start_clocks(started: Mapping[int, datetime], *, now: datetime) -> None:
    """Assignment → when its owner was really told: from then on time counts, if it does not yet.

    Nothing is locked: a step of the policy is looked at again, under the lead's lock, before it is taken.
    """
    rows = list(Assignment.objects.current().select_related("lead").filter(pk__in=started, alerted_at=None))
    if not rows:
        return
    fresh = [row for row in rows if row.clock_started_at is None]
    for row in rows:
        row.alerted_at = started[row.pk]
    set_clocks(fresh, {row.pk: started[row.pk] for row in fresh})
    for row in fresh:
        if row.lead.status != Lead.Status.ASSIGNED:  # closed meanwhile: nothing happens to it any more
            row.step_at = None
    started_now = Assignment.objects.current().filter(clock_started_at=None).bulk_update(fresh, CLOCK)
    crash.crash_point("after_clock_before_mark")
    if started_now < len(rows):  # some ran already, also of owners who accepted a moment ago
        Assignment.objects.current().filter(alerted_at=None).bulk_update(rows, ["alerted_at"])


def set_clocks(rows: Collection[Assignment], started: Mapping[int, datetime]) -> None:
    """Let the clocks of these run from an instant each, by key. Saves nothing."""
    fresh = [row for row in rows if row.responded_at is None]
    if fresh:
        policies = load_policies(fresh, start=min(started[row.pk] for row in fresh))
        for row in fresh:
            set_clock(row, policies, started[row.pk])


def set_clock(row: Assignment, policies: Policies, started_at: datetime) -> None:
    """Let one clock run. Saves nothing."""
    row.clock_started_at = started_at
    row.due_at = policies.due_at(row, started_at)
    due = policies.next_step(row)
    row.step_at = due.at if due else None


def start_silently(rows: Sequence[Assignment], *, now: datetime) -> None:
    """New owners whom nobody tells: their clocks run since the assignment. Saves nothing."""
    if rows:
        policies = load_policies(rows, start=now)
        for row in rows:
            set_clock(row, policies, now)


def start_offers(offers: Mapping[int, datetime], *, now: datetime) -> None:
    """Offer → when the rep was really told of it: its time runs from then on."""
    rows = list(Offer.objects.standing().filter(pk__in=offers, alerted_at=None))
    for row in rows:
        row.until = told_until(row, offers[row.pk])
        row.alerted_at = offers[row.pk]
    Offer.objects.standing().filter(alerted_at=None).bulk_update(rows, ["alerted_at", "until"])


def told_until(offer: Offer, told_at: datetime) -> datetime:
    """Until when it stands, if the rep is told now; for one that was told before, as long as it does."""
    return offer.until if offer.alerted_at else told_at + (offer.until - offer.offered_at) / UNTOLD
