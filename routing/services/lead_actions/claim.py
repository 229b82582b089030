"""Take up an offer: the first who does owns the lead."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from reps.models import Rep
from routing.engine.ledger import entitle, pay, taken_by
from routing.engine.types import LedgerKey, Member, Method, Pool, Posting
from routing.models import Lead, LeadEvent, Offer
from routing.services.batches.lock import lock_reps
from routing.services.lead_actions.handing import Handing, hand_over
from routing.services.lead_actions.ownership import lock_around, lock_lead, note_event, withdraw_offers
from routing.services.lead_actions.refusals import NotOffered, NotTheirs, WrongState
from routing.services.lead_actions.standing import why_no_claim
from routing.services.ledger_entries import post_turn
from routing.snapshots.released import released
from routing.snapshots.rulebook import current_rulebook
from routing.snapshots.traces import offered_posting


@transaction.atomic
def claim(*, lead: Lead, rep: Rep, now: datetime, actor: str) -> Lead:
    """The rep takes a lead that is offered to them. Until the offer's end was noticed, a late claim counts."""
    row = lock_lead(lead)
    if row.owner_id == rep.pk:
        return row
    if row.owner_id is not None:
        raise NotTheirs(row.owner)
    offer = Offer.objects.standing().filter(lead=row, rep=rep).first()
    if offer is None:
        raise NotOffered
    published = current_rulebook()
    pool = published.rulebook.pools.get(offer.pool_id) if published else None
    if published is None or pool is None:
        raise WrongState("The pool that offered this lead is no longer published. Wait until it is offered again.")
    turn = _turn(offer, pool)
    lock_around(row, ledgers={pool.ledger, turn.ledger.ledger})
    lock_reps(pool_ids={pool.id}, rep_ids={rep.pk})
    waited = row.pk in released([row])
    if why := why_no_claim(rep, offer, waited=waited, published=published, now=now):
        raise WrongState(f"{rep.name} cannot take another lead: {why}.")
    offer.ended_at, offer.result = now, Offer.Result.TAKEN
    offer.save(update_fields=["ended_at", "result"])
    withdraw_offers(row, now=now)
    posting = None if row.test else post_turn(posting=turn, lead=row, now=now)
    reason = f"{rep.name} took up the offer of {pool.name}"
    handing = Handing(rep, Method.CLAIM, reason, pool.id, offer.rule_id, posting, offer.units, offer.offered_at, waited)
    hand_over(row, handing, published=published, now=now)
    note_event(row, LeadEvent.Kind.OFFERED, reason, actor=actor, now=now)
    return row


def _turn(offer: Offer, pool: Pool) -> Posting:
    """Those whom the lead entitled when it was offered earn their share, and whoever takes it up pays."""
    offered = offered_posting(offer.decision) if offer.decision else None
    if offered is not None:
        return taken_by(offered, offer.rep_id)
    together = Offer.objects.filter(lead=offer.lead_id, offered_at=offer.offered_at)
    return pay(
        entitle(Member(rep) for rep in together.values_list("rep_id", flat=True)), LedgerKey(pool.ledger), offer.rep_id
    )
