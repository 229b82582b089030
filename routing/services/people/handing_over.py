"""A rep's open leads go to others while the rep stays: by hand, or when a leave begins."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from reps.models import Rep, TimeOff
from routing import outbox
from routing.engine.types import Pool as PoolTerms
from routing.models import Assignment, EndReason, Lead, OutboxMessage, Pool
from routing.services.batches.lock import lock_ledgers, lock_people_of_leads, lock_reps
from routing.services.lead_actions.refusals import Invalid
from routing.services.people.belongings import standing_offers
from routing.services.people.moving import Leaving, Owned, by_turn, end_offers, put_back, store_moves, to_rep
from routing.services.waiting import look_at_waiting_leads_again, waits_for_an_answer
from routing.snapshots.rulebook import Published, current_rulebook

logger = logging.getLogger(__name__)
AT_ONCE = 20
"""So many leaves begin in one round of the sweep; the others in the next."""


class Which(StrEnum):
    """Those without an answer; all open ones; with these also what is offered to them."""

    UNANSWERED = "unanswered"
    OPEN = "open"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many leads have another owner, how many the rules decide about anew, and how many offers ended."""

    moved: int = 0
    routed: int = 0
    offers: int = 0


@transaction.atomic
def hand_over(
    *, rep: Rep, which: Which, reason: str, now: datetime, actor: str, to: Rep | None = None, pool: Pool | None = None
) -> HandedOver:
    """To a rep, or by turn to a pool, or routed anew; never back. Who loses them is told why. Raises Invalid.

    Leads that were answered go over quietly; the others with an alert and a clock of their own.
    """
    if to is not None and (to.pk == rep.pk or not Rep.objects.filter(pk=to.pk, active=True).exists()):
        raise Invalid({"to": [f"{to.name} cannot take them. Choose somebody else who is active."]})
    rules = current_rulebook()
    terms = rules.rulebook.pools.get(pool.pk) if rules and pool else None
    if pool is not None and terms is None:
        raise Invalid({"pool": [f"The pool “{pool}” is not published. Publish it, or choose another."]})
    leaving = Leaving(rep, reason or f"{rep.name} hands over", actor, EndReason.REASSIGNED, now)
    done, owned = _hand_over(leaving, which, to=to, pool=terms, rules=rules)
    outbox.publish([_told(before, leaving) for _, before in owned if before.responded_at is None])
    return done


def hand_over_due(*, now: datetime) -> int:
    """Leaves that begin, of people who chose what happens with their leads then; how many leads went."""
    begun = TimeOff.objects.filter(starts_at__lte=now, handed_over_at=None).exclude(hand_over=TimeOff.HandOver.KEEP)
    keys = list(begun.order_by("starts_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_begun(key, now=now) for key in keys)


def _begun(key: int, *, now: datetime) -> int:
    """One leave that cannot begin keeps no other from it."""
    try:
        return _begin(key, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("leave_not_begun", extra={"leave": key})
        return 0


@transaction.atomic
def _begin(key: int, *, now: datetime) -> int:
    """Once a leave. One that is over by now changes nothing any more."""
    leave = TimeOff.objects.select_related("rep__backup").filter(pk=key, handed_over_at=None).first()
    if leave is None:
        return 0
    done = HandedOver()
    if leave.ends_at > now and leave.rep.active:
        backup = leave.rep.backup if leave.hand_over == TimeOff.HandOver.BACKUP else None
        leaving = Leaving(leave.rep, f"{leave.rep.name} is on leave", "", EndReason.REASSIGNED, now)
        to = backup if backup is not None and Rep.objects.present_at(now).filter(pk=backup.pk).exists() else None
        done, _ = _hand_over(leaving, Which(leave.hand_over_leads), to=to, pool=None, rules=current_rulebook())
    TimeOff.objects.filter(pk=key, handed_over_at=None).update(handed_over_at=now)
    return done.moved + done.routed


def _hand_over(
    leaving: Leaving, which: Which, *, to: Rep | None, pool: PoolTerms | None, rules: Published | None
) -> tuple[HandedOver, list[Owned]]:
    rep = leaving.rep
    owned = _lock(leaving, which, to=to, pool=pool)
    moves, batch = [], None
    if to is not None:  # people may give a lead back to whoever had it, a leave does not
        moves = to_rep(owned if leaving.actor else _new_to(to, owned), to)
    elif pool is not None and rules is not None:
        moves, batch = by_turn(owned, pool, leaving, rules)
    store_moves(moves, leaving, published=rules, batch=batch)
    placed = {move.lead.pk for move in moves}
    rest = [(lead, before) for lead, before in owned if lead.pk not in placed]
    put_back(rest, leaving)
    offers = end_offers(standing_offers(rep).select_related("lead"), leaving) if which is Which.ALL else 0
    return HandedOver(len(moves), len(rest), offers), owned


def _lock(leaving: Leaving, which: Which, *, to: Rep | None, pool: PoolTerms | None) -> list[Owned]:
    """The leads, whoever they are about, the ledger, and everybody who gets or loses one."""
    rep = leaving.rep
    leads = _lock_leads(rep, which)
    look_at_waiting_leads_again(now=leaving.now)
    current = Assignment.objects.current().filter(lead__in=leads, rep=rep).order_by("lead_id")
    owned = [(leads[one.lead_id], one) for one in current if which is not Which.UNANSWERED or one.responded_at is None]
    lock_people_of_leads([lead for lead, _ in owned], {lead.account_id for lead, _ in owned if lead.account_id})
    lock_ledgers({pool.ledger} if pool else ())
    lock_reps(pool_ids={pool.id} if pool else (), rep_ids={rep.pk, *([to.pk] if to else ())})
    return owned


def _lock_leads(rep: Rep, which: Which) -> dict[int, Lead]:
    """Theirs. All that are concerned, those that wait for room among them, are locked in one order."""
    concerned = Q(owner=rep, status=Lead.Status.ASSIGNED) | (Q(status=Lead.Status.HELD) & ~waits_for_an_answer())
    if which is Which.ALL:
        concerned |= Q(pk__in=standing_offers(rep).values("lead"))
    rows = Lead.objects.filter(concerned).order_by("pk").select_for_update(no_key=True)
    return {row.pk: row for row in rows if row.owner_id == rep.pk and row.status == Lead.Status.ASSIGNED}


def _new_to(rep: Rep, owned: Iterable[Owned]) -> list[Owned]:
    """Without those that wait for an answer and that the rep has had before."""
    rows = list(owned)
    earlier = Assignment.objects.filter(rep=rep, lead__in=[lead.pk for lead, _ in rows])
    had = set(earlier.values_list("lead_id", flat=True))
    return [(lead, before) for lead, before in rows if before.responded_at is not None or lead.pk not in had]


def _told(before: Assignment, leaving: Leaving) -> OutboxMessage:
    """To who lost the lead."""
    kind = OutboxMessage.Kind.TAKEN_AWAY
    return OutboxMessage(
        key=f"{kind}:{before.pk}",
        kind=kind,
        lead_id=before.lead_id,
        assignment=before,
        rep_id=before.rep_id,
        payload={"why": leaving.text},
        created_at=leaving.now,
        available_at=leaving.now,
    )
