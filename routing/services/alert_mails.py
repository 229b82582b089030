"""Briefs → mails: for each kind of message the function that composes it, and one mail about many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.conf import settings

from routing.models import Lead, OutboxMessage
from routing.notifications import lead_mails, messages
from routing.notifications.briefs import UNTOLD, Brief
from routing.notifications.deadlines import local_time
from routing.notifications.messages import Envelope, LeadCard, Message, Ownership
from routing.notifications.together import Row, together
from routing.services.digests import digest_mail
from routing.services.lead_cards import (
    Clocks,
    answers_to_offer,
    card_of,
    deadline_of,
    deadline_of_offer,
    lead_url,
    load_clocks,
    ownership_of,
    page_of,
    zone_of_reader,
)
from routing.services.mail_envelope import envelope_of
from routing.services.problem_mails import problem_mail
from routing.services.sign_ins import sign_in_mail

__all__ = ["COMPOSERS", "Clocks", "Composer", "compose", "load_clocks", "minimal", "rows_of"]

Kind = OutboxMessage.Kind
Composer = Callable[[Sequence[Brief], Clocks, datetime], Message]


def compose(briefs: Sequence[Brief], clocks: Clocks, *, now: datetime) -> Message:
    """The mail of one brief, or one mail about several. May raise anything: the lead typed what is in it."""
    if len(briefs) > 1:
        return _together(briefs, clocks, now)
    return COMPOSERS[Kind(briefs[0].message.kind)](briefs, clocks, now)


def minimal(briefs: Sequence[Brief]) -> Message:
    """A mail with nothing in it that the lead typed."""
    if briefs[0].lead is None:
        return messages.minimal("A message for you", settings.PUBLIC_URL, envelope_of(briefs))
    url = page_of(briefs[0], briefs[0].lead) if len(briefs) == 1 else lead_url(None)
    return messages.minimal("New lead", url, envelope_of(briefs))


def _of_its_owner(mail: Callable[[LeadCard, Ownership, Envelope], Message]) -> Composer:
    """A mail that says no more than whose the lead is."""

    def composer(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
        [brief] = briefs
        card = card_of(brief, _lead(brief), clocks, now=now)
        return mail(card, ownership_of(brief, clocks, now=now), envelope_of(briefs))

    return composer


def _offer(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    [brief] = briefs
    assert brief.offer is not None
    offer, owner = brief.offer, _lead(brief).owner
    return lead_mails.offer(
        card_of(brief, _lead(brief), clocks, now=now),
        answers_to_offer(offer),
        deadline_of_offer(offer, brief, clocks, now=now),
        envelope_of(briefs),
        second=owner.name if owner and offer.kind == offer.Kind.SECOND else "",
        first=offer.kind == offer.Kind.CLAIM,
    )


def _offer_gone(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    [brief] = briefs
    card = card_of(brief, _lead(brief), clocks, now=now)
    owner = _owner_now(brief)
    return lead_mails.offer_gone(card, "Somebody else" if owner and card.hidden else owner, envelope_of(briefs))


def _taken_away(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    [brief] = briefs
    card = card_of(brief, _lead(brief), clocks, now=now)
    return lead_mails.taken_away(card, _owner_now(brief), _why_lost(brief), envelope_of(briefs))


def _late(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    [brief] = briefs
    alerted_at = brief.assignment.alerted_at if brief.assignment else None
    told = local_time(alerted_at, zone_of_reader(brief, clocks), now) if alerted_at else ""
    card = card_of(brief, _lead(brief), clocks, now=now)
    return lead_mails.late(card, ownership_of(brief, clocks, now=now), told, envelope_of(briefs))


def _undelivered(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    [brief] = briefs
    card, own = card_of(brief, _lead(brief), clocks, now=now), ownership_of(brief, clocks, now=now)
    if brief.message.payload.get("cause") == UNTOLD:
        return lead_mails.untold(card, own, envelope_of(briefs))
    return lead_mails.undelivered(card, own.owner, brief.reason, envelope_of(briefs), owner=_owner_now(brief))


def _test_alert(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    [brief] = briefs
    sent = local_time(now, zone_of_reader(brief, clocks), now)
    return messages.test_alert(sent, f"{settings.PUBLIC_URL}/inbox/", envelope_of(briefs))


def _manager_digest(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    return digest_mail(briefs[0].message, envelope_of(briefs), now=now)


def _problem(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    return problem_mail(briefs[0].message, envelope_of(briefs))


def _import_undone(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    return messages.import_undone(
        int(briefs[0].message.payload["leads"]), f"{settings.PUBLIC_URL}/inbox/", envelope_of(briefs)
    )


def _together(briefs: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    senders = {brief.sender.name for brief in briefs if brief.sender}
    rows = rows_of(briefs, clocks, now=now)
    return together(rows, envelope_of(briefs), sender=senders.pop() if len(senders) == 1 else "")


def rows_of(briefs: Sequence[Brief], clocks: Clocks, *, now: datetime) -> list[Row]:
    """What a message about several leads says of each."""
    return [_row(brief, clocks, now) for brief in briefs if brief.lead]


def _row(brief: Brief, clocks: Clocks, now: datetime) -> Row:
    lead, kind = _lead(brief), Kind(brief.message.kind)
    deadline = deadline_of(brief, clocks, now=now)
    if kind == Kind.OFFER and brief.offer:
        deadline = deadline_of_offer(brief.offer, brief, clocks, now=now)
    return Row(kind, card_of(brief, lead, clocks, now=now), deadline, _remark(brief, kind))


def _remark(brief: Brief, kind: OutboxMessage.Kind) -> str:
    """What a mail about this lead alone would say besides."""
    if kind == Kind.TAKEN_AWAY:
        return _why_lost(brief)
    if kind in (Kind.LATE, Kind.UNDELIVERED, Kind.NOTIFY):
        return f"Owner: {brief.owner.name}" if brief.owner else ""
    return f"{brief.note.author} said: {brief.note.text}" if brief.note else ""


def _lead(brief: Brief) -> Lead:
    assert brief.lead is not None  # kinds without a lead have composers of their own
    return brief.lead


def _owner_now(brief: Brief) -> str:
    owner = _lead(brief).owner
    return owner.name if owner else ""


def _why_lost(brief: Brief) -> str:
    return str(brief.message.payload.get("why", ""))


COMPOSERS: Mapping[OutboxMessage.Kind, Composer] = {
    Kind.ALERT: _of_its_owner(lead_mails.alert),
    Kind.NOTIFY: _of_its_owner(lead_mails.notice),
    Kind.LAST_RESORT: _of_its_owner(lead_mails.last_resort),
    Kind.UNDELIVERED: _undelivered,
    Kind.MOVED_HERE: _together,
    Kind.MOVED_AWAY: _together,
    Kind.OFFER: _offer,
    Kind.OFFER_GONE: _offer_gone,
    Kind.REMIND: _of_its_owner(lead_mails.remind),
    Kind.LATE: _late,
    Kind.TAKEN_AWAY: _taken_away,
    Kind.EXHAUSTED: _of_its_owner(lead_mails.exhausted),
    Kind.HANDED_OVER: _together,
    Kind.TEST_ALERT: _test_alert,
    Kind.INVITATION: sign_in_mail,
    Kind.PASSWORD_RESET: sign_in_mail,
    Kind.MANAGER_DIGEST: _manager_digest,
    Kind.PROBLEM: _problem,
    Kind.IMPORT_UNDONE: _import_undone,
}
"""Each gets the briefs of one mail: one, except where a kind is always told together."""
