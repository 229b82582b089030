"""What the acts of owners do to their clocks, and to a pause that an SLA step brought them."""

from __future__ import annotations

from datetime import datetime

from reps.models import Rep
from routing.models import Assignment, Lead
from routing.services.sla.clock import CLOCK, set_clocks
from routing.services.sla.policies import load_policies
from routing.services.waiting import look_again_after_commit


def note_acceptance(lead: Lead, assignment: Assignment, *, now: datetime) -> None:
    """The owner took note: taking the lead away waits. Whoever accepts before they were told knows of it, too."""
    _refresh(assignment)
    assignment.accepted_at = now
    if assignment.clock_started_at is None:
        set_clocks([assignment], {assignment.pk: now})
    elif assignment.step_at is not None:
        _postpone(assignment)
    if lead.status != Lead.Status.ASSIGNED:  # closed: nothing happens to it any more
        assignment.step_at = None
    assignment.save(update_fields=["accepted_at", *CLOCK])


def _refresh(assignment: Assignment) -> None:
    """Its clock as it is now: the alert may leave at this very moment, and whoever sends it locks no lead."""
    clock = Assignment.objects.select_for_update(no_key=True).values(*CLOCK).get(pk=assignment.pk)
    for column, value in clock.items():
        setattr(assignment, column, value)


def _postpone(assignment: Assignment) -> None:
    """The next step is never earlier than it was."""
    following = load_policies([assignment], start=assignment.clock_started_at or assignment.assigned_at).next_step(
        assignment
    )
    before = assignment.step_at
    assignment.step_at = max(following.at, before) if following and before else None


def stop_steps(assignment: Assignment) -> None:
    """The lead is closed: nothing happens to it any more."""
    assignment.step_at = None
    assignment.save(update_fields=["step_at"])


def go_on_with_steps(assignment: Assignment) -> None:
    """The lead is open again."""
    if assignment.clock_started_at is None or assignment.responded_at is not None:
        return
    following = load_policies([assignment], start=assignment.clock_started_at).next_step(assignment)
    assignment.step_at = following.at if following else None
    assignment.save(update_fields=["step_at"])


def end_sla_pause(rep: Rep, *, now: datetime) -> None:
    """The rep is there again: a pause that a step brought them is over.

    Leads are locked by now, reps may be; nothing that comes before reps is locked afterwards.
    """
    if not rep.paused_by_sla:
        return
    row = Rep.objects.select_for_update(no_key=True).get(pk=rep.pk)
    if row.paused_by_sla:
        row.paused, row.paused_until, row.paused_reason, row.paused_by_sla = False, None, "", False
        row._change_reason = "the pause by the SLA policy ended with their next act"  # type: ignore[attr-defined]
        row.save(update_fields=["paused", "paused_until", "paused_reason", "paused_by_sla"])
        look_again_after_commit(now=now)
