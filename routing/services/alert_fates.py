"""What became of the messages of a turn, stored at once: marks, the start of clocks, and who hears of a failure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction

from reps.models import Rep
from routing import outbox
from routing.models import Assignment, LeadEvent, OutboxMessage
from routing.notifications.briefs import TELLS_THE_OWNER, Brief
from routing.snapshots.people import last_resort_ids


class Fate(Enum):
    """What became of a message."""

    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    RETRY = "retry"
    POSTPONED = "postponed"
    PUT_BACK = "put back"


DONE = frozenset({Fate.SENT, Fate.SUPPRESSED, Fate.FAILED})


@dataclass(frozen=True, slots=True)
class Told:
    """A brief and its fate: when it was sent and when the answer is due, or why it was not sent."""

    brief: Brief
    fate: Fate
    at: datetime | None = None
    due_at: datetime | None = None
    error: str = ""


def store_fates(told: Sequence[Told], *, now: datetime) -> int:
    """Store them in one transaction; how many messages are done with."""
    with transaction.atomic():
        _start_clocks(one for one in told if one.fate is Fate.SENT)
        failed = [one for one in told if one.fate is Fate.FAILED]
        if failed:
            _tell_of_failures(failed, now=now)
        outbox.sent(_messages(told, Fate.SENT), now=now)
        outbox.suppress(_messages(told, Fate.SUPPRESSED), now=now)
        outbox.give_up(_messages(told, Fate.FAILED), now=now)
        outbox.retry(_messages(told, Fate.RETRY), now=now)
        outbox.postpone(_messages(told, Fate.POSTPONED), now=now)
        outbox.postpone(_messages(told, Fate.PUT_BACK), now=now, pause=timedelta(0))
    return sum(one.fate in DONE for one in told)


def _messages(told: Iterable[Told], fate: Fate) -> list[OutboxMessage]:
    """The messages of one fate, each with its error."""
    chosen = []
    for one in told:
        if one.fate is fate:
            one.brief.message.error = one.error
            chosen.append(one.brief.message)
    return chosen


def _start_clocks(sent: Iterable[Told]) -> None:
    """The owner knows: from now on time counts."""
    started = []
    for one in sent:
        assignment = one.brief.assignment
        if assignment and one.brief.message.kind in TELLS_THE_OWNER:
            assignment.alerted_at, assignment.due_at = one.at, one.due_at
            started.append(assignment)
    if started:
        Assignment.objects.filter(alerted_at=None).bulk_update(started, ["alerted_at", "due_at"])


def _tell_of_failures(failed: Sequence[Told], *, now: datetime) -> None:
    """An event on each lead; of an owner who could not be told, the manager hears."""
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=one.brief.lead,
            kind=LeadEvent.Kind.ALERT_FAILED,
            text=f"The mail to {one.brief.address} could not be delivered: {one.error}"[:500],
            happened_at=now,
        )
        for one in failed
        if one.brief.lead
    )
    untold = [one for one in failed if one.brief.message.kind in TELLS_THE_OWNER and one.brief.recipient]
    managers = _managers_of({one.brief.recipient.pk for one in untold if one.brief.recipient})
    outbox.publish([_to_manager(one, managers, now=now) for one in untold if _rep_id(one) in managers])


def _rep_id(one: Told) -> int:
    return one.brief.recipient.pk if one.brief.recipient else 0


def _to_manager(one: Told, managers: dict[int, Rep], *, now: datetime) -> OutboxMessage:
    message = one.brief.message
    return OutboxMessage(
        key=f"{OutboxMessage.Kind.UNDELIVERED}:{message.pk}",
        kind=OutboxMessage.Kind.UNDELIVERED,
        lead_id=message.lead_id,
        assignment_id=message.assignment_id,
        rep=managers[_rep_id(one)],
        priority=message.priority,
        created_at=now,
        available_at=now,
    )


def _managers_of(rep_ids: set[int]) -> dict[int, Rep]:
    """Who hears when a rep cannot be told: the team's manager, else the first last resort; never the rep."""
    if not rep_ids:
        return {}
    reps = Rep.objects.filter(pk__in=rep_ids).select_related("team__manager")
    in_order = last_resort_ids()
    last_resorts = Rep.objects.active().in_bulk(in_order)
    managers = {}
    for rep in reps:
        team_manager = rep.team.manager if rep.team else None
        chosen = [team_manager] if team_manager and team_manager.active else []
        chosen += [last_resorts[pk] for pk in in_order if pk in last_resorts]
        if other := next((one for one in chosen if one.pk != rep.pk), None):
            managers[rep.pk] = other
    return managers
