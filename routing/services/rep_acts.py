"""What a rep does with a lead by inbox or mail link: only if it is theirs, and a double click counts once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from reps.models import Rep
from routing.models import Assignment, EndReason, Lead, LeadEvent
from routing.services import lead_actions as acts
from routing.services.lead_actions.ownership import lock_owned

ONE_CLICK = timedelta(seconds=30)
"""The same answer, noted again within this time, is the second click of a double click."""


@transaction.atomic
def answer(*, lead: Lead, rep: Rep, channel: str, note: str, now: datetime, actor: str) -> bool:
    """Note that the rep got in touch. False: that was noted a moment ago."""
    lock_owned(lead, rep_id=rep.pk)
    if _noted_just_now(lead, rep, channel, note, now):
        return False
    acts.respond(lead=lead, rep=rep, channel=channel, note=note, now=now, actor=actor)
    return True


def _noted_just_now(lead: Lead, rep: Rep, channel: str, note: str, now: datetime) -> bool:
    begins = f"{rep.name} answered ({channel})"
    events = LeadEvent.objects.filter(
        lead=lead, kind=LeadEvent.Kind.RESPONDED, happened_at__gt=now - ONE_CLICK, text__startswith=begins
    )
    return events.filter(text__endswith=note).exists()


def decline(*, lead: Lead, rep: Rep, reason: str, note: str, attempt: int | None, now: datetime, actor: str) -> bool:
    """Decline an own lead or an offer. False: the rep did so before, and that was its last word."""
    try:
        acts.decline(lead=lead, rep=rep, reason=reason, note=note, attempt=attempt, now=now, actor=actor)
    except (acts.NotTheirs, acts.NotOffered):
        if declined_before(lead=lead, rep=rep, attempt=attempt):
            return False
        raise
    return True


def declined_before(*, lead: Lead, rep: Rep, attempt: int | None) -> bool:
    """Whether the rep's latest ownership of the lead, or offer of it, ended with their own decline."""
    owned = Assignment.objects.filter(lead=lead, rep=rep, **({"attempt": attempt} if attempt else {}))
    last = owned.order_by("-attempt").first()
    if last is not None:
        return last.end_reason == EndReason.DECLINED
    offer = rep.offers.filter(lead=lead).order_by("-pk").first()
    return offer is not None and offer.result == offer.Result.DECLINED


def pass_on(*, lead: Lead, rep: Rep, to: Rep, reason: str, now: datetime, actor: str) -> bool:
    """Give an own lead to a colleague. False: they have it already."""
    with transaction.atomic():
        try:
            lock_owned(lead, rep_id=rep.pk)
        except acts.NotTheirs as moved:
            if moved.owner is not None and moved.owner.pk == to.pk:
                return False
            raise
        acts.reassign(lead=lead, rep=to, reason=reason, counts=True, now=now, actor=actor)
    return True


@transaction.atomic
def note_outcome(
    *, lead: Lead, rep: Rep, stage: str, amount: Decimal | None, reason: str, now: datetime, actor: str
) -> Lead:
    """What became of an own lead."""
    lock_owned(lead, rep_id=rep.pk)
    return acts.set_outcome(lead=lead, stage=stage, amount=amount, reason=reason, now=now, actor=actor)
