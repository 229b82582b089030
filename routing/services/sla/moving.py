"""A lead leaves an owner who did not answer it, or could not be told: to the same pool, backup, when_nobody, a manager.

It is pending and due in the same transaction, so that it is never without somebody who looks at it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from reps.models import Rep
from routing import crash, outbox
from routing.doorbell import ring_after_commit
from routing.engine.types import Method, Moved, Resume
from routing.models import Assignment, EndReason, Lead, LeadEvent
from routing.models.bulk import update_rows
from routing.services.batches.lock import lock_people_of_leads
from routing.services.lead_actions.ownership import LONGEST_EVENT
from routing.services.sla.managers import managers_of
from routing.services.sla.messages import taken_away
from routing.services.sla.policies import load_policies
from routing.services.sla.withdrawing import withdraw_all
from routing.services.waiting import look_again_once_all_freed
from routing.snapshots.progress import read_progress, write_progress
from routing.snapshots.rulebook import Published, current_rulebook

LOST = frozenset({EndReason.TOO_SLOW, EndReason.UNDELIVERABLE, EndReason.UNACKNOWLEDGED})
"""How owners end who did not answer: so often a lead moves on, at most."""
STATE = ("status", "owner", "method", "route_after", "route_tries", "resume", "held_reason", "hold_deadline_at")


@dataclass(frozen=True, slots=True)
class Move:
    """An owner who loses a lead, and why, as a sentence that they are told. `paced`: one of many at once."""

    lead: Lead
    assignment: Assignment
    reason: EndReason
    why: str
    paced: bool = False


@transaction.atomic
def move_on(*, assignment: Assignment, reason: EndReason, why: str, now: datetime) -> bool:
    """Take the lead from the owner of this assignment and route it on; False if it is no longer theirs to lose.

    Call it before anything but leads is locked.
    """
    return move_on_together(whys={assignment.pk: why}, reason=reason, now=now) == 1


@transaction.atomic
def move_on_together(*, whys: Mapping[int, str], reason: EndReason, now: datetime) -> int:
    """The same for several owners, assignment → why; how many leads went on. All leads are locked before all else."""
    leads = Lead.objects.filter(pk__in=Assignment.objects.filter(pk__in=whys).values("lead"))
    locked = {row.pk: row for row in leads.order_by("pk").select_for_update(no_key=True)}
    unanswered = Assignment.objects.current().select_related("rep", "lead").filter(pk__in=whys, responded_at=None)
    moves = [
        Move(row, current, reason, whys[current.pk])
        for current in unanswered.order_by("lead")
        if (row := locked.get(current.lead_id)) and row.status == Lead.Status.ASSIGNED
    ]
    move_all(moves, now=now)
    return len(moves)


def move_all(moves: Sequence[Move], *, now: datetime) -> None:
    """The same for several leads that are locked, with a constant number of statements. Posts nothing."""
    if not moves:
        return
    leads = [move.lead for move in moves]
    lock_people_of_leads(leads, {lead.account_id for lead in leads if lead.account_id})
    owners = {move.assignment.rep_id for move in moves}
    list(Rep.objects.filter(pk__in=owners).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    published = current_rulebook()
    attempts = attempts_of([lead.pk for lead in leads])
    policies = load_policies([move.assignment for move in moves], start=now, hours=False)
    managers = managers_of(owners)
    _end(moves, now=now)
    crash.crash_point("after_end_before_pending")
    withdraw_all(leads, now=now)
    rows = []
    for move in moves:
        last = attempts.get(move.lead.pk, 0) + 1 >= policies.terms(move.assignment).max_attempts
        above = tuple(rep.pk for rep in managers.get(move.assignment.rep_id, ()))
        rows.append(_pending(move, Moved(move.assignment.rep_id, above, last, move.paced), published, now=now))
    update_rows(Lead, STATE, rows)
    _tell(moves, now=now)
    look_again_once_all_freed(assignments=[move.assignment for move in moves], now=now)
    ring_after_commit("routing")


def attempts_of(lead_ids: Collection[int]) -> dict[int, int]:
    """How many owners of each lead ended without an answer, since it was last routed anew for everybody."""
    anew = LeadEvent.objects.filter(
        lead=OuterRef("lead"), kind=LeadEvent.Kind.ROUTED_AGAIN, happened_at__gte=OuterRef("ended_at")
    )
    lost = Assignment.objects.filter(lead__in=lead_ids, end_reason__in=LOST).exclude(Exists(anew)).order_by()
    return dict(lost.values_list("lead_id").annotate(Count("pk")))


def _end(moves: Sequence[Move], *, now: datetime) -> None:
    for move in moves:
        assignment = move.assignment
        assignment.ended_at, assignment.end_reason = max(now, assignment.assigned_at), move.reason
        assignment.note = move.why[:500]
    Assignment.objects.bulk_update([move.assignment for move in moves], ["ended_at", "end_reason", "note"])


def _pending(move: Move, moved: Moved, published: Published | None, *, now: datetime) -> tuple[object, ...]:
    """The lead's columns: it goes on where its last owner was found."""
    _, first_reached = read_progress(move.lead.resume)
    resume, assignment = None, move.assignment
    if published is not None and assignment.rule_id is not None:
        resume = Resume(published.number, assignment.rule_id, assignment.method == Method.OVERFLOW)
    progress = write_progress(resume, first_reached, moved)
    return move.lead.pk, Lead.Status.PENDING, None, "", now, 0, progress, "", None


def _tell(moves: Sequence[Move], *, now: datetime) -> None:
    """The former owner hears why, and the lead's page says so."""
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=move.lead,
            kind=LeadEvent.Kind.TAKEN_AWAY,
            text=f"Taken from {move.assignment.rep.name}: {move.why}"[:LONGEST_EVENT],
            happened_at=now,
        )
        for move in moves
    )
    outbox.publish([taken_away(move.assignment, move.why, now=now) for move in moves])
