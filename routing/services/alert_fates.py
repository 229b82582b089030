"""What became of the messages of a turn, stored: marks, the start of clocks, next ways, and who hears of failures."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from django.db import transaction

from reps.models import Channel
from routing import crash, outbox
from routing.models import EndReason, Lead, LeadEvent, Offer, OutboxMessage
from routing.notifications.briefs import TELLS_THE_OWNER, Brief
from routing.notifications.ways import Following, next_ways, way_text
from routing.services.sla.clock import start_clocks, start_offers
from routing.services.sla.managers import managers_of
from routing.services.sla.moving import move_on_together

logger = logging.getLogger(__name__)
Kind = OutboxMessage.Kind
MOVES_ON = frozenset({Kind.ALERT, Kind.MOVED_HERE})
"""An owner who cannot be told of these loses the lead. Of others a manager hears: those leads are in somebody's hands
already, or go to nobody else.
"""


class Fate(Enum):
    """What became of a message."""

    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    RETRY = "retry"
    UNSURE = "unsure"
    POSTPONED = "postponed"
    PUT_BACK = "put back"


DONE = frozenset({Fate.SENT, Fate.SUPPRESSED, Fate.FAILED})


@dataclass(frozen=True, slots=True)
class Told:
    """A brief and its fate: when it was sent, or why it was not.

    UNSURE: it may have been taken, so it is tried again no sooner than a lease later. `not_theirs`: it failed for
    good, but maybe for everybody, so that nobody loses a lead for it.
    """

    brief: Brief
    fate: Fate
    at: datetime | None = None
    error: str = ""
    not_theirs: bool = False


def store_fates(told: Sequence[Told], *, now: datetime) -> int:
    """Store them; how many messages are done with.

    What was sent comes first, and is kept whatever becomes of the rest. A lead that moves on locks what routing
    locks, so each owner whom no way reaches has a transaction of their own.
    """
    failed = [one for one in told if one.fate is Fate.FAILED]
    with transaction.atomic():
        _store([one for one in told if one.fate is not Fate.FAILED], now=now)
    if not failed:
        return sum(one.fate in DONE for one in told)
    following = next_ways([one.brief.message for one in failed], now=now)
    lost = [one for one in failed if _loses_by(one) and _is_the_last(one, following)]
    kept = [_fail([one for one in failed if one not in lost], now=now)]
    kept += [_fail([one], now=now) for one in lost]
    return sum(one.fate in DONE for one in told) - sum(kept)


def _loses_by(one: Told) -> bool:
    """Whether the owner loses the lead unless they are told otherwise."""
    brief = one.brief
    return brief.message.kind in MOVES_ON and brief.recipient is not None and not one.not_theirs


def _is_the_last(one: Told, following: Following) -> bool:
    """Whether no other way is left, and none has told them or still may."""
    message = one.brief.message
    return message.pk not in following.copies and message.pk not in following.settled


def _store(told: Sequence[Told], *, now: datetime) -> None:
    _start(one for one in told if one.fate is Fate.SENT)
    _note_channels(told, now=now)
    outbox.sent(_messages(told, Fate.SENT), now=now)
    outbox.suppress(_messages(told, Fate.SUPPRESSED), now=now)
    outbox.give_up(_messages(told, Fate.FAILED), now=now)
    outbox.retry(_messages(told, Fate.RETRY), now=now)
    outbox.retry(_messages(told, Fate.UNSURE), now=now, at_least=outbox.LEASE)
    outbox.postpone(_messages(told, Fate.POSTPONED), now=now)
    outbox.release(_messages(told, Fate.PUT_BACK))
    crash.crash_point("after_mark_before_commit")


def _messages(told: Iterable[Told], fate: Fate) -> list[OutboxMessage]:
    """The messages of one fate, each with its error."""
    chosen = []
    for one in told:
        if one.fate is fate:
            one.brief.message.error = one.error
            chosen.append(one.brief.message)
    return chosen


def _start(sent: Iterable[Told]) -> None:
    """The owner knows, or whoever the lead is offered to: from now on time counts."""
    assignments, offers = {}, {}
    for one in sent:
        brief, at = one.brief, one.at
        if at and brief.assignment and brief.message.kind in TELLS_THE_OWNER:
            assignments[brief.assignment.pk] = at
        if at and brief.offer and brief.message.kind == Kind.OFFER:
            offers[brief.offer.pk] = at
    if assignments:
        start_clocks(assignments, now=max(assignments.values()))
    if offers:
        start_offers(offers, now=max(offers.values()))


def _note_channels(told: Sequence[Told], *, now: datetime) -> None:
    """People see on their channels what does not work, until it works again."""
    ways = {one.brief.message.way_id: one for one in told if one.brief.message.way_id}
    working = {way for way, one in ways.items() if one.fate is Fate.SENT}
    if working:
        Channel.objects.filter(pk__in=working, failed_at__isnull=False).update(failed_at=None, error="")
    for way, one in ways.items():
        if one.fate is Fate.FAILED:
            Channel.objects.filter(pk=way).update(failed_at=now, error=one.error[:300])


def _tell_of_failures(failed: Sequence[Told], following: Following, *, now: datetime) -> None:
    """An event on each lead; the next way is tried, and once there is none, a manager hears of owners not told."""
    LeadEvent.objects.bulk_create(_event(one, now=now) for one in failed if one.brief.lead)
    outbox.publish(list(following.copies.values()))
    _tell_managers([one for one in failed if _is_the_last(one, following)], now=now)


def _event(one: Told, *, now: datetime) -> LeadEvent:
    by_mail = one.brief.message.channel == OutboxMessage.Channel.EMAIL
    to = one.brief.address if by_mail else way_text(one.brief.message)
    return LeadEvent(
        lead=one.brief.lead,
        kind=LeadEvent.Kind.ALERT_FAILED,
        text=f"The {'mail' if by_mail else 'alert'} to {to} could not be delivered: {one.error}"[:500],
        happened_at=now,
    )


def _name(brief: Brief) -> str:
    return brief.recipient.name if brief.recipient else brief.address


def _tell_managers(failed: Sequence[Told], *, now: datetime) -> None:
    """Of owners who were not told: the team's manager hears, else the first last resort; never the owner."""
    untold = {
        one.brief.message.pk: one.brief
        for one in failed
        if one.brief.message.kind in TELLS_THE_OWNER and one.brief.recipient
    }
    managers = managers_of({brief.recipient.pk for brief in untold.values() if brief.recipient})
    outbox.publish(
        [
            _to_manager(brief.message, managers[brief.recipient.pk][0].pk, now=now)
            for brief in untold.values()
            if brief.recipient and managers.get(brief.recipient.pk)
        ]
    )


def _to_manager(message: OutboxMessage, manager: int, *, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        key=f"{Kind.UNDELIVERED}:{message.pk}",
        kind=Kind.UNDELIVERED,
        lead_id=message.lead_id,
        assignment_id=message.assignment_id,
        rep_id=manager,
        priority=message.priority,
        created_at=now,
        available_at=now,
    )


def _fail(failed: Sequence[Told], *, now: datetime) -> int:
    """Mark them and do what follows; of those whom no way reaches the leads go on. How many have to be tried again."""
    if not failed:
        return 0
    try:
        with transaction.atomic():
            _lock_leads(failed)
            following = next_ways([one.brief.message for one in failed], now=now, lock=True)
            last = [one for one in failed if _is_the_last(one, following)]
            lost = [one.brief for one in last if _loses_by(one)]
            move_on_together(whys=_whys(lost), reason=EndReason.UNDELIVERABLE, now=now)
            _store(failed, now=now)
            _end_offers([one.brief for one in last], now=now)
            _tell_of_failures(failed, following, now=now)
    except Exception:
        logger.exception("failure_not_stored", extra={"messages": [one.brief.message.pk for one in failed]})
        outbox.retry(_messages([replace(one, fate=Fate.RETRY) for one in failed], Fate.RETRY), now=now)
        return len(failed)
    return 0


def _lock_leads(failed: Sequence[Told]) -> None:
    """Those that may move on, before any message of them."""
    leads = {one.brief.message.lead_id for one in failed if _loses_by(one)}
    if leads:
        list(Lead.objects.filter(pk__in=leads).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _end_offers(untold: Iterable[Brief], *, now: datetime) -> None:
    """An offer that its rep can never hear of is over, so that the next one is asked."""
    offers = [brief.offer.pk for brief in untold if brief.offer and brief.message.kind == Kind.OFFER]
    if offers:
        Offer.objects.standing().filter(pk__in=offers, until__gt=now, offered_at__lt=now).update(until=now)


def _whys(lost: Iterable[Brief]) -> dict[int, str]:
    """Assignment → why its owner loses the lead."""
    return {
        brief.assignment.pk: f"No alert could be delivered to {_name(brief)}."
        for brief in lost
        if brief.lead and brief.assignment
    }
