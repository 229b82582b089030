"""Everything that happened to a lead, in order: read from the rows that hold it, not written a second time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reps.models import Rep
from routing.engine.explain import LENT, discreet_text
from routing.engine.types import Outcome
from routing.models import Assignment, Decision, EndReason, Lead, LeadEvent, OutboxMessage

DECIDED = {
    Outcome.ASSIGNED: "Decided",
    Outcome.HELD: "Waiting",
    Outcome.PARKED: "Nurture",
    Outcome.DUPLICATE: "Duplicate",
    Outcome.QUARANTINED: "Sent to review",
}
SAYS_IT = ("Offered to ",)
"""Reasons that begin so say themselves what was decided."""
TOLD_BY: Mapping[str, Collection[str]] = {
    "accepted": (LeadEvent.Kind.ACCEPTED,),
    "responded": (LeadEvent.Kind.RESPONDED,),
    "outcome": (LeadEvent.Kind.OUTCOME,),
    "ended": (
        LeadEvent.Kind.DECLINED, LeadEvent.Kind.REASSIGNED, LeadEvent.Kind.RELEASED, LeadEvent.Kind.ROUTED_AGAIN,
        LeadEvent.Kind.QUARANTINED, LeadEvent.Kind.DUPLICATE, LeadEvent.Kind.PARKED,
    ),
    Outcome.ASSIGNED: (LeadEvent.Kind.REASSIGNED, LeadEvent.Kind.OFFERED),
}  # fmt: skip
"""What a row says is left out where an event of the same instant says it too, and names who did it."""
ADDRESS = re.compile(r"[^\s<>()\[\]{}\"',;:“”]{1,64}@[^\s<>()\[\]{}\"',;:“”]*[^\s<>()\[\]{}\"',;:“”.!?]")
OF_MAILS = ("alert_suppressed", "alert_delayed", LeadEvent.Kind.ALERT_FAILED)
SOMEBODY = "somebody"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened. `actor` is who did it; empty: the system."""

    at: datetime
    kind: str
    text: str
    actor: str = ""


def timeline(lead: Lead, *, for_rep: bool = False) -> list[TimelineEntry]:
    """What happened to a lead, oldest first; what happened at one instant, in the order in which it follows.

    `for_rep`: a rep looks, who is told nothing of why others could not take it, nor their addresses.
    """
    events = list(_events(lead, for_rep=for_rep))
    acts = {(entry.kind, entry.at) for entry in events}
    rows = [*_decisions(lead, for_rep=for_rep), *_assignments(lead), *_messages(lead)]
    entries = [*_untold(_arrival(lead), acts), *events, *_untold(rows, acts)]
    told = sorted(entries, key=lambda entry: entry.at)
    return _without_addresses(told, lead) if for_rep else told


def _without_addresses(entries: list[TimelineEntry], lead: Lead) -> list[TimelineEntry]:
    """People by their names. What else is written of a mail tells no address but the lead's own; notes may."""
    found = {address.lower() for entry in entries for address in ADDRESS.findall(f"{entry.text} {entry.actor}")}
    found.discard(lead.email.lower())
    if not found:
        return entries
    mailed = OutboxMessage.objects.filter(lead=lead).exclude(address="").values_list("address", flat=True)
    names = {address.lower(): SOMEBODY for address in mailed}
    names |= dict(Rep.objects.filter(email__in=found).values_list("email", "name"))

    def shown(text: str, otherwise: str = "") -> str:
        return ADDRESS.sub(lambda hit: _called(hit[0], names, found, otherwise), text)

    return [
        replace(
            entry,
            text=shown(entry.text, SOMEBODY if entry.kind in OF_MAILS else ""),
            actor=shown(entry.actor, SOMEBODY),
        )
        for entry in entries
    ]


def _called(address: str, names: Mapping[str, str], hidden: Collection[str], otherwise: str) -> str:
    if address.lower() not in hidden:
        return address
    return names.get(address.lower()) or otherwise or address


def _untold(entries: Iterable[TimelineEntry], acts: Collection[tuple[str, datetime]]) -> Iterator[TimelineEntry]:
    """Without those that an event of the same instant tells, which knows who did it."""
    return (entry for entry in entries if not any((kind, entry.at) in acts for kind in TOLD_BY.get(entry.kind, ())))


def _arrival(lead: Lead) -> Iterator[TimelineEntry]:
    came = " ".join(
        part for part in (lead.source and f"from {lead.source}", lead.form and f"through {lead.form}") if part
    )
    yield TimelineEntry(lead.submitted_at, "received", f"Received{' ' if came else ''}{came}: {lead.label}")
    for twin in Lead.objects.filter(duplicate_of=lead, route_after__isnull=False):  # merged ones have an event
        yield TimelineEntry(twin.submitted_at, LeadEvent.Kind.MERGED, f"{twin.label} posted again")
    if lead.outcome and lead.outcome_at:
        amount = f", {lead.amount:,.0f}" if lead.amount else ""
        yield TimelineEntry(lead.outcome_at, "outcome", f"{lead.get_outcome_display()}{amount}")


def _decisions(lead: Lead, *, for_rep: bool) -> Iterator[TimelineEntry]:
    rows = Decision.objects.filter(lead=lead).order_by("decided_at", "pk")
    for outcome, reason, at in rows.values_list("outcome", "reason", "decided_at"):
        said, reason = DECIDED[Outcome(outcome)], discreet_text(reason) if for_rep else reason
        text = reason if reason.startswith((said, *SAYS_IT)) else f"{said}: {reason}"
        yield TimelineEntry(at, outcome, text)


def _assignments(lead: Lead) -> Iterator[TimelineEntry]:
    for assignment in Assignment.objects.filter(lead=lead).select_related("rep", "pool", "rule").order_by("attempt"):
        yield from _assignment(assignment)


def _assignment(assignment: Assignment) -> Iterator[TimelineEntry]:
    rep = assignment.rep.name
    yield TimelineEntry(assignment.assigned_at, "owned", f"{rep} owns the lead{_way(assignment)}")
    if assignment.alerted_at:
        yield TimelineEntry(assignment.alerted_at, "alerted", f"{rep} was told")
    if assignment.accepted_at:
        yield TimelineEntry(assignment.accepted_at, "accepted", f"{rep} accepted", rep)
    if assignment.responded_at:
        yield TimelineEntry(assignment.responded_at, "responded", f"{rep} answered{_lateness(assignment)}", rep)
    if assignment.ended_at:
        reason = EndReason(assignment.end_reason).label
        by_rep = rep if assignment.end_reason == EndReason.DECLINED else ""
        yield TimelineEntry(assignment.ended_at, "ended", f"{rep} no longer owns the lead: {reason.lower()}", by_rep)


def _way(assignment: Assignment) -> str:
    """By which method, pool and rule."""
    parts = [assignment.get_method_display()]
    parts += [f"pool {assignment.pool.name}"] if assignment.pool else []
    lent = assignment.method in LENT  # the rule only lent its alert and response time
    parts += [f"rule {assignment.rule.name}"] if assignment.rule and not lent else []
    return f" ({', '.join(parts)})"


def _lateness(assignment: Assignment) -> str:
    if assignment.responded_at is None or assignment.due_at is None:
        return ""
    return ", in time" if assignment.responded_at <= assignment.due_at else ", late"


def _messages(lead: Lead) -> Iterator[TimelineEntry]:
    """Mails that did not leave, and why; what left stands with the assignment, what failed has an event."""
    rows = OutboxMessage.objects.filter(lead=lead).select_related("rep").order_by("pk")
    for message in rows.exclude(result__in=[OutboxMessage.Result.SENT, OutboxMessage.Result.FAILED]):
        to = message.address or (message.rep.name if message.rep else "nobody")
        if message.done_at:
            yield TimelineEntry(message.done_at, "alert_suppressed", f"Mail to {to} not sent: {message.error}")
        elif message.error:
            text = f"Mail to {to} not sent yet (tried {message.tries} times): {message.error}"
            yield TimelineEntry(message.created_at, "alert_delayed", text)


def _events(lead: Lead, *, for_rep: bool) -> Iterator[TimelineEntry]:
    rows = LeadEvent.objects.filter(lead=lead).order_by("happened_at", "pk")
    for event in rows:
        warns = for_rep and event.kind == LeadEvent.Kind.REASSIGNED
        text = discreet_text(event.text) if warns else event.text
        yield TimelineEntry(event.happened_at, event.kind, text or event.get_kind_display(), event.actor)
