"""The messages of SLA policies, leads that move on and offers; what they say is composed when they are sent."""

from __future__ import annotations

from datetime import datetime

from reps.models import Rep
from routing.models import Assignment, Offer, OutboxMessage

Kind = OutboxMessage.Kind


def reminder(assignment: Assignment, number: int, *, now: datetime) -> OutboxMessage:
    """To the owner: still not answered. `number` is that of the step."""
    return _about(assignment, Kind.REMIND, assignment.rep_id, now=now, suffix=f":{number}")


def late(assignment: Assignment, manager: Rep, number: int, *, now: datetime) -> OutboxMessage:
    """To a manager: the owner has not answered."""
    return _about(assignment, Kind.LATE, manager.pk, now=now, suffix=f":{number}")


def untold(assignment: Assignment, manager: Rep, *, now: datetime) -> OutboxMessage:
    """To a manager: the owner could not be told for too long."""
    message = _about(assignment, Kind.UNDELIVERED, manager.pk, now=now, suffix=":untold")
    message.payload = {"cause": "untold"}
    return message


def taken_away(assignment: Assignment, why: str, *, now: datetime) -> OutboxMessage:
    """To somebody who lost a lead by no act of their own."""
    message = _about(assignment, Kind.TAKEN_AWAY, assignment.rep_id, now=now)
    message.payload = {"why": why}
    return message


def offered(offer: Offer, *, now: datetime) -> OutboxMessage:
    return _of_offer(offer, Kind.OFFER, now=now)


def offer_gone(offer: Offer, *, now: datetime) -> OutboxMessage:
    """To somebody who was told of an offer that stands no longer."""
    return _of_offer(offer, Kind.OFFER_GONE, now=now)


def _about(assignment: Assignment, kind: Kind, rep_id: int, *, now: datetime, suffix: str = "") -> OutboxMessage:
    return OutboxMessage(
        key=f"{kind}:{assignment.pk}{suffix}",
        kind=kind,
        lead_id=assignment.lead_id,
        assignment=assignment,
        rep_id=rep_id,
        priority=assignment.lead.priority,
        created_at=now,
        available_at=now,
    )


def _of_offer(offer: Offer, kind: Kind, *, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        key=f"{kind}:{offer.pk}",
        kind=kind,
        lead_id=offer.lead_id,
        offer=offer,
        rep_id=offer.rep_id,
        priority=offer.lead.priority,
        created_at=now,
        available_at=now,
    )
