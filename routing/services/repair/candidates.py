"""Which leads a repair looks at: those whose owner has them by a version's decision and has not answered yet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Q

from routing.engine.types import Method
from routing.models import Assignment, Lead
from routing.models.assignments import AssignmentQuerySet
from routing.services.repair.asked import Asked

BY_HAND = (Method.MANUAL.value, Method.MANAGER.value, Method.CLAIM.value)
"""Nobody but people chose the owner."""
OUTCOME = ~Q(lead__outcome=Lead.Outcome.NONE) & (
    Q(lead__outcome_at__isnull=True) | Q(lead__outcome_at__gte=F("assigned_at"))
)
"""What the owner made of the lead; what became of it before, such as a stage that handed it over, is not theirs."""
ANSWERED = Q(accepted_at__isnull=False) | Q(responded_at__isnull=False) | Q(lead__closed_at__isnull=False) | OUTCOME


def decided_by(asked: Asked) -> AssignmentQuerySet:
    """Everything that the version gave to its present owner in that time, without test leads."""
    return Assignment.objects.current().filter(
        rulebook_version=asked.wrong, assigned_at__gte=asked.since, assigned_at__lt=asked.until, lead__test=False
    )


def candidates(asked: Asked) -> AssignmentQuerySet:
    """Those of them that may move."""
    return decided_by(asked).exclude(ANSWERED).exclude(method__in=BY_HAND).filter(lead__status=Lead.Status.ASSIGNED)


def untouchable(asked: Asked) -> dict[str, int]:
    """How many may not, and why."""
    answered = decided_by(asked).filter(ANSWERED)
    by_hand = decided_by(asked).exclude(ANSWERED).filter(method__in=BY_HAND)
    return {"answered": answered.count(), "given_by_hand": by_hand.count()}


def lock_candidates(lead_ids: Collection[int], asked: Asked) -> dict[int, tuple[Lead, Assignment]]:
    """The leads, locked, with their assignments as they are now; those that were answered meanwhile are left out."""
    rows = Lead.objects.filter(pk__in=lead_ids).select_for_update(no_key=True, of=("self",)).order_by("pk")
    leads = {lead.pk: lead for lead in rows}
    still = candidates(asked).filter(lead__in=leads.keys()).select_related("posting")
    return {assignment.lead_id: (leads[assignment.lead_id], assignment) for assignment in still}


def in_order(asked: Asked) -> list[int]:
    """Their leads, oldest first, so that whoever came later follows whoever came before."""
    return list(candidates(asked).order_by("lead__submitted_at", "lead_id").values_list("lead_id", flat=True))


def submitted_before(lead: Lead, at: datetime, other: int) -> bool:
    """Whether another lead came in before this one."""
    return (at, other) < (lead.submitted_at, lead.pk)
