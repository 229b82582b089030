"""An alert that was lost, written again as what it was: how the lead came to its owner says so."""

from __future__ import annotations

from datetime import datetime

from routing.models import Assignment, EndReason, Lead, LeadEvent, OutboxMessage
from routing.services.batches.messages import TOLD_AS

Kind = OutboxMessage.Kind


def lost_alert(assignment: Assignment, lead: Lead, *, now: datetime) -> OutboxMessage:
    """The message that tells the owner; to be published."""
    kind, payload = _told_as(assignment)
    return OutboxMessage(
        key=f"{kind}:{lead.uuid}:{assignment.attempt}",
        kind=kind,
        lead=lead,
        assignment=assignment,
        rep_id=assignment.rep_id,
        payload=payload,
        priority=lead.priority,
        created_at=now,
        available_at=now,
    )


def _told_as(assignment: Assignment) -> tuple[OutboxMessage.Kind, dict[str, object]]:
    """By a repair or from somebody who hands over: the owner before ended at that instant. Else the way in says it."""
    owners = Assignment.objects.filter(lead=assignment.lead_id, ended_at=assignment.assigned_at)
    before = owners.filter(attempt__lt=assignment.attempt).order_by("-attempt").first()
    if before is not None and before.end_reason == EndReason.REPAIRED:
        return Kind.MOVED_HERE, {}
    handed_over = LeadEvent.objects.filter(
        lead=assignment.lead_id, kind=LeadEvent.Kind.HANDED_OVER, happened_at=assignment.assigned_at
    )
    if before is not None and handed_over.exists():
        return Kind.HANDED_OVER, {"from": before.rep_id}
    return TOLD_AS.get(assignment.method, Kind.ALERT), {}
