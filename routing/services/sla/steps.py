"""The steps of SLA policies that are due: one a lead and sweep, the oldest first, each under the lead's lock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction

from routing import crash
from routing.engine.sla import MOVED_BY_ACCEPTING, DueStep, Standing, StepKind, once_taken
from routing.models import Assignment, Lead, RoutingSettings
from routing.models.assignments import AssignmentQuerySet
from routing.models.bulk import update_rows
from routing.services.free_leads import lock_free_leads
from routing.services.sla.breaches import note_breaches, tell_of_untold
from routing.services.sla.doing import Doing, do_steps
from routing.services.sla.pacing import paced
from routing.services.sla.policies import Policies, load_policies
from routing.snapshots.rulebook import current_rulebook

logger = logging.getLogger(__name__)
CHUNK = 100
"""So many leads are locked together."""
AT_ONCE = 1_000
"""So many are looked at in one sweep, of those that are due and of those that are long overdue each."""
MOST_PAGES = 5
"""So often more are looked at if none of those that are long overdue may move on: somebody else's may."""
LONG_OVERDUE = timedelta(minutes=1)
"""What is later than this was held up by an outage: it is paced, and what follows is put off as well."""
BROKEN = timedelta(minutes=1)
"""A lead whose step raised an error of our own is tried again after so long."""


def take_sla_steps(*, now: datetime) -> int:
    """Everything that the clocks of owners ask for by now; how much was done."""
    done = sum(_noted(note, now) for note in (note_breaches, tell_of_untold))
    due = _plan(now)
    for start in range(0, len(due.chosen), CHUNK):
        done += _take_safely(due.chosen[start : start + CHUNK], due.paced, now=now)
    return done


def _noted(note: Callable[..., int], now: datetime) -> int:
    """What is only told of keeps no lead from moving on."""
    try:
        return note(now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("sla_note_failed", extra={"task": note.__name__})
        return 0


@dataclass(slots=True)
class _Plan:
    """Assignments whose step is to be taken, oldest first, and those of them that are among many at once."""

    chosen: list[int] = field(default_factory=list)
    paced: set[int] = field(default_factory=set)


def _due(now: datetime) -> AssignmentQuerySet:
    """Without those whose clock does not run: their `step_at` is somebody else's."""
    return Assignment.objects.current().filter(
        step_at__lte=now, clock_started_at__isnull=False, responded_at=None, lead__status=Lead.Status.ASSIGNED
    )


def _plan(now: datetime) -> _Plan:
    """Nothing is locked yet. Mostly nothing is due, which costs one short query."""
    if not _due(now).exists():
        return _Plan()
    in_order = _due(now).select_related("rep", "lead").order_by("step_at", "pk")
    overdue, soon = in_order.filter(step_at__lte=now - LONG_OVERDUE), in_order.filter(step_at__gt=now - LONG_OVERDUE)
    plan = _Plan()
    for start in range(0, MOST_PAGES * AT_ONCE, AT_ONCE):
        rows = list(overdue[start : start + AT_ONCE])
        plan = _planned(rows, late=True, now=now)
        if plan.chosen or len(rows) < AT_ONCE:
            break
    plan.chosen += _planned(list(soon[:AT_ONCE]), late=False, now=now).chosen
    return plan


def _planned(rows: Sequence[Assignment], *, late: bool, now: datetime) -> _Plan:
    """Which of the rows are to have their step now. `late`: what moves on is paced."""
    if not rows:
        return _Plan()
    policies, published = _policies(rows), current_rulebook()
    moving = [row for row in rows if _does(row, policies) in MOVED_BY_ACCEPTING]
    slow = [row for row in moving if late and _does(row, policies) is StepKind.REASSIGN]
    kept: set[int] = set()
    if published is None or RoutingSettings.objects.filter(paused=True).exists():
        kept = {row.pk for row in moving}  # nobody can get them: they stay where they are
    elif slow:
        kept = {row.pk for row in slow} - paced(slow, policies, published, now=now)
    return _Plan([row.pk for row in rows if row.pk not in kept], {row.pk for row in slow})


def _policies(rows: Sequence[Assignment]) -> Policies:
    return load_policies(rows, start=min(row.clock_started_at or row.assigned_at for row in rows))


def _does(row: Assignment, policies: Policies) -> StepKind | None:
    """What its next step comes to; None too for a row that cannot be read, which then fails alone."""
    try:
        due = policies.next_step(row)
        return policies.does(row, due.step.do) if due else None
    except ValueError:
        return None


def _take_safely(ids: Sequence[int], paced_ones: Collection[int], *, now: datetime) -> int:
    """One lead of which this fails stops no other."""
    try:
        return _take(ids, paced_ones, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("sla_steps_failed", extra={"assignments": len(ids)})
        if len(ids) > 1:
            return sum(_take_safely([pk], paced_ones, now=now) for pk in ids)
        Assignment.objects.current().filter(pk__in=ids, step_at__lte=now).update(step_at=now + BROKEN)
        return 0


@transaction.atomic
def _take(ids: Sequence[int], paced_ones: Collection[int], *, now: datetime) -> int:
    """Take the steps that are still due once the leads are locked: who answered or accepted a moment ago has won."""
    concerned = Assignment.objects.filter(pk__in=ids).values("lead")
    leads = {lead.pk: lead for lead in lock_free_leads(Lead.objects.filter(pk__in=concerned))}
    rows = list(_due(now).filter(pk__in=ids, lead__in=leads).select_related("rep").order_by("step_at", "pk"))
    if not rows:
        return 0
    for row in rows:
        row.lead = leads[row.lead_id]
    policies = _policies(rows)
    doings, settled = [], []
    for row in rows:
        due = policies.next_step(row)
        if due is None or _accepted_meanwhile(row, due, now):
            settled.append((row.pk, row.step, due.at if due else None))
        else:
            doings.append(Doing(row, due, policies.does(row, due.step.do), row.pk in paced_ones))
    lost = do_steps(doings, policies, now=now)
    settled += [_following(doing, policies, now) for doing in doings if doing.row.pk not in lost]
    update_rows(Assignment, ("step", "step_at"), settled)
    crash.crash_point("after_step_before_commit")
    return len(doings)


def _accepted_meanwhile(row: Assignment, due: DueStep, now: datetime) -> bool:
    """Until a step is taken, a late accept puts it off."""
    return row.accepted_at is not None and due.step.do in MOVED_BY_ACCEPTING and due.at > now


def _following(doing: Doing, policies: Policies, now: datetime) -> tuple[int, int, datetime | None]:
    """Which steps were taken by now, and when the next one is due."""
    row, was_due = doing.row, doing.row.step_at or now
    row.step = Standing(row.step).with_taken(doing.due.number)
    following = policies.next_step(row)
    if following is None:
        return row.pk, row.step, None
    if was_due > now - LONG_OVERDUE:
        return row.pk, row.step, following.at
    clock = policies.clock(row, row.clock_started_at or row.assigned_at)
    return row.pk, row.step, once_taken(doing.due, following, clock, now=now)
