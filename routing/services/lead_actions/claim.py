"""Take up an offer: the first who does owns the lead."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from reps.models import Rep
from routing.engine.ledger import entitle, pay, taken_by
from routing.engine.types import LedgerKey, Member, Method, Pool, Posting
from routing.models import EndReason, Lead, LeadEvent, Offer
from routing.services.batches.lock import lock_reps
from routing.services.lead_actions.accept import answered
from routing.services.lead_actions.handing import Handing, hand_over
from routing.services.lead_actions.ownership import (
    assignment_of,
    end_assignment,
    lock_around,
    lock_lead,
    note_event,
    refuse_states,
    tell_former_owner,
    terms_of,
    withdraw_offers,
)
from routing.services.lead_actions.refusals import NotOffered, NotTheirs, WrongState
from routing.services.lead_actions.standing import why_no_claim
from routing.services.ledger_entries import post_turn
from routing.services.sla.acts import end_sla_pause
from routing.snapshots.frozen_decisions import read_written_posting
from routing.snapshots.released import released
from routing.snapshots.rulebook import Published, current_rulebook
from routing.snapshots.traces import offered_posting


@transaction.atomic
def claim(*, lead: Lead, rep: Rep, now: datetime, actor: str) -> Lead:
    """The rep takes a lead that is offered to them. Until the offer's end was noticed, a late claim counts.

    A second offer takes it from its owner, who has not answered; posted is what the offer entitled to.
    """
    row = lock_lead(lead)
    if row.owner_id == rep.pk:
        return row
    refuse_states(row, Lead.Status.CLOSED)
    offer = _standing_offer(row, rep)
    published, pool = _published_pool(offer)
    turn = _turn(offer, pool)
    lock_around(row, ledgers={pool.ledger, turn.ledger.ledger})
    lock_reps(pool_ids={pool.id}, rep_ids={rep.pk, *([row.owner_id] if row.owner_id else ())})
    waited = row.pk in released([row])
    if why := why_no_claim(rep, offer, waited=waited, published=published, now=now):
        raise WrongState(f"{rep.name} cannot take another lead: {why}.")
    offer.ended_at, offer.result = now, Offer.Result.TAKEN
    offer.save(update_fields=["ended_at", "result"])
    withdraw_offers(row, now=now)
    _take_from_owner(row, rep, actor=actor, now=now)
    posting = None if row.test else post_turn(posting=turn, lead=row, now=now)
    reason = f"{rep.name} took up the offer of {pool.name}"
    handing = Handing(
        rep, Method.CLAIM, reason, pool.id, offer.rule_id, posting, offer.units, waited, True, offer.alerted_at
    )
    assignment = hand_over(row, handing, published=published, now=now)
    note_event(row, LeadEvent.Kind.OFFERED, reason, actor=actor, now=now)
    if terms_of(assignment).accept_counts:
        answered(row, assignment, now=now)
    end_sla_pause(rep, now=now)
    return row


def _standing_offer(lead: Lead, rep: Rep) -> Offer:
    """Raises NotOffered; NotTheirs if it has an owner and is offered to nobody else."""
    offer = Offer.objects.standing().filter(lead=lead, rep=rep).first()
    if lead.owner_id is not None and (offer is None or offer.kind != Offer.Kind.SECOND):
        raise NotTheirs(lead.owner)
    if offer is None:
        raise NotOffered
    return offer


def _published_pool(offer: Offer) -> tuple[Published, Pool]:
    """The pool that offered it, as it is published. Raises WrongState."""
    published = current_rulebook()
    pool = published.rulebook.pools.get(offer.pool_id or 0) if published else None
    if published is None or pool is None:
        raise WrongState("The pool that offered this lead is no longer published. Wait until it is offered again.")
    return published, pool


def _take_from_owner(lead: Lead, taker: Rep, *, actor: str, now: datetime) -> None:
    """Whoever had not answered until somebody took up the second offer is told so."""
    before = assignment_of(lead)
    if before is not None:
        why = f"{taker.name} took it up, as it was not answered yet"
        end_assignment(before, EndReason.TAKEN_UP, now=now, note=why)
        tell_former_owner(before, why, actor=actor, now=now)


def _turn(offer: Offer, pool: Pool) -> Posting:
    """Those whom the lead entitled when it was offered earn their share, and whoever takes it up pays."""
    if offer.turn is not None:
        return read_written_posting(offer.turn)
    offered = offered_posting(offer.decision) if offer.decision else None
    if offered is not None:
        return taken_by(offered, offer.rep_id)
    together = Offer.objects.filter(lead=offer.lead_id, offered_at=offer.offered_at)
    return pay(
        entitle(Member(rep) for rep in together.values_list("rep_id", flat=True)), LedgerKey(pool.ledger), offer.rep_id
    )
