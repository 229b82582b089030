"""What lies on a rep's desk: the leads and offers that are theirs now, what they answered, and what left them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from reps.models import Rep
from routing.models import Assignment, EndReason, Lead, Offer
from routing.snapshots.rulebook import current_rulebook

MOST_OPEN = 100
MOST_ANSWERED = 15
MOST_GONE = 10
GONE_FOR = timedelta(days=7)
"""So long a rep is told of a lead that left them."""
ANSWERED_FOR = timedelta(days=30)


class Seat(StrEnum):
    """How a rep stands to a lead."""

    OWNER = "owner"
    OFFERED = "offered"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Gone:
    """A lead that left the rep: no more of it than its name, why, and who has it now."""

    lead: str
    url_id: UUID
    why: str
    at: datetime
    by_own_act: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the list shows; the most urgent first."""

    to_answer: Sequence[Assignment]
    offers: Sequence[Offer]
    answered: Sequence[Assignment]
    gone: Sequence[Gone]
    hiding: frozenset[int | None]
    """Pools that do not tell whose lead they offer."""

    def hides(self, offer: Offer) -> bool:
        return offer.pool_id in self.hiding


def desk_of(*, rep: Rep, now: datetime) -> Desk:
    """The rep's desk, in a constant number of queries."""
    current = Assignment.objects.current().filter(rep=rep).select_related("lead__owner", "pool")
    unanswered = current.filter(responded_at=None, lead__status=Lead.Status.ASSIGNED)
    answered = current.filter(Q(responded_at__isnull=False) | Q(lead__status=Lead.Status.CLOSED))
    standing = Offer.objects.standing().filter(rep=rep, until__gt=now).select_related("lead", "pool")
    return Desk(
        to_answer=list(unanswered.order_by(F("due_at").asc(nulls_last=True), "-assigned_at")[:MOST_OPEN]),
        offers=list(standing.order_by("until", "pk")[:MOST_OPEN]),
        answered=list(
            answered.filter(assigned_at__gt=now - ANSWERED_FOR).order_by(
                F("responded_at").desc(nulls_first=True), "-assigned_at"
            )[:MOST_ANSWERED]
        ),
        gone=gone_from(rep=rep, since=now - GONE_FOR)[:MOST_GONE],
        hiding=hiding_pools(),
    )


def hiding_pools() -> frozenset[int | None]:
    """The pools whose offers do not tell whose lead it is."""
    published = current_rulebook()
    terms = published.pool_terms.items() if published else ()
    return frozenset(pool for pool, term in terms if term.hide_details)


def gone_from(*, rep: Rep, since: datetime) -> list[Gone]:
    """Leads that the rep owned and no longer does, newest first."""
    ended = (
        Assignment.objects.filter(rep=rep, ended_at__gt=since)
        .exclude(lead__owner=rep)
        .select_related("lead__owner")
        .order_by("-ended_at")[: 3 * MOST_GONE]
    )
    last = {assignment.lead_id: assignment for assignment in reversed(ended)}
    return sorted((gone(assignment) for assignment in last.values()), key=lambda one: one.at, reverse=True)


def gone(assignment: Assignment) -> Gone:
    """What is told of an ownership that has ended."""
    lead = assignment.lead
    assert assignment.ended_at is not None
    return Gone(
        lead=lead.name or "A lead without a name",
        url_id=lead.uuid,
        why=_why(assignment),
        at=assignment.ended_at,
        by_own_act=assignment.end_reason == EndReason.DECLINED,
    )


def _why(assignment: Assignment) -> str:
    if assignment.end_reason == EndReason.DECLINED:
        return f"You declined it: {assignment.get_decline_reason_display().lower()}."
    owner = assignment.lead.owner
    now_with = f" {owner.name} has it now." if owner else ""
    return f"{assignment.get_end_reason_display()}.{now_with}"


def seat_of(*, rep: Rep, lead_id: UUID) -> tuple[Lead, Seat, Assignment | Offer] | None:
    """How the rep stands to a lead: its owner, offered it, or one who had it. None: a stranger."""
    lead = Lead.objects.select_related("owner", "account", "territory").filter(uuid=lead_id).first()
    if lead is None:
        return None
    owned = Assignment.objects.filter(lead=lead, rep=rep).select_related("lead__owner", "pool").order_by("-attempt")
    latest = owned.first()
    if lead.owner_id == rep.pk and latest is not None:
        return lead, Seat.OWNER, latest
    offer = Offer.objects.standing().filter(lead=lead, rep=rep).select_related("pool").first()
    if offer is not None:
        return lead, Seat.OFFERED, offer
    return (lead, Seat.GONE, latest) if latest is not None and latest.ended_at else None


def pulse_of(*, user_id: int) -> tuple[Rep, str] | None:
    """A signed-in rep, and a mark that changes with their desk: one query, however much lies on it."""
    mine = Assignment.objects.filter(rep=OuterRef("pk")).order_by().values("rep")
    current = mine.filter(ended_at=None)
    offers = Offer.objects.filter(rep=OuterRef("pk"), ended_at=None).order_by().values("rep")
    owned = Lead.objects.filter(owner=OuterRef("pk")).order_by().values("owner")
    marks = {
        "open": _one(current, Count("pk")),
        "newest": _one(mine, Max("pk")),
        "late": _one(current, Max("breached_at")),
        "accepted": _one(current, Max("accepted_at")),
        "answered": _one(current, Max("responded_at")),
        "earliest": _one(current.filter(responded_at=None), Min("due_at")),
        "latest": _one(current.filter(responded_at=None), Max("due_at")),
        "started": _one(current, Max("clock_started_at")),
        "offered": _one(offers, Count("pk")),
        "offer": _one(offers, Max("pk")),
        "until": _one(offers, Max("until")),
        "outcome": _one(owned, Max("outcome_at")),
    }
    reps = Rep.objects.active().select_related("user", "team").filter(user_id=user_id, user__is_active=True)
    found = reps.annotate(**marks).first()
    if found is None:
        return None
    seen = [str(getattr(found, name)) for name in marks] + [str(found.paused), found.name]
    return found, hashlib.sha256("|".join(seen).encode()).hexdigest()[:32]


def _one(rows: QuerySet[Any, Any], value: Any) -> Subquery:
    return Subquery(rows.annotate(found=value).values("found"))
