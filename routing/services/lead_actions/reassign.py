"""Give a lead to somebody by hand: every gate but inactivity is passed, with a warning."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from reps.models import Rep
from routing.engine.types import Method, Pool
from routing.models import Assignment, Decision, EndReason, Lead, LeadEvent, Posting
from routing.services.batches.lock import lock_reps
from routing.services.lead_actions.handing import Handing, hand_over
from routing.services.lead_actions.ownership import (
    assignment_of,
    end_assignment,
    is_own_act,
    lock_around,
    lock_lead,
    note_event,
    refuse_states,
    tell_former_owner,
    withdraw_offers,
)
from routing.services.lead_actions.refusals import Invalid
from routing.services.lead_actions.standing import Standing, standing_of
from routing.services.ledger_entries import post_manual_turn
from routing.services.sla.acts import end_sla_pause
from routing.snapshots.rulebook import Published, current_rulebook

Status = Lead.Status


@transaction.atomic
def reassign(*, lead: Lead, rep: Rep, reason: str, counts: bool, now: datetime, actor: str) -> Lead:
    """The rep owns the lead from now on. `counts`: as a turn of the lead's pool, if they are a member there."""
    row = lock_lead(lead)
    refuse_states(row, Status.CLOSED, Status.QUARANTINED, Status.DUPLICATE)
    if row.owner_id == rep.pk:
        return row
    before = assignment_of(row)
    published = current_rulebook()
    pool_id, rule_id = _came_by(row, before)
    _lock(row, rep, published.rulebook.pools.get(pool_id or 0) if published else None)
    _refuse_inactive(rep)
    withdraw_offers(row, now=now)
    if before is not None:
        _take_from_owner(before, rep, reason, actor=actor, now=now)
    standing = _standing(rep, row, pool_id, rule_id, published, now=now)
    posting = _turn(row, rep, standing, reason, now=now) if counts and not row.test else None
    text = _text(row, rep, reason, standing)
    handing = Handing(
        rep, Method.MANUAL, text, pool_id if standing.key else None, rule_id, posting, before.units if before else 1
    )
    hand_over(row, handing, published=published, now=now)
    note_event(row, LeadEvent.Kind.REASSIGNED, text, actor=actor, now=now)
    if before is not None and is_own_act(before.rep, actor):
        end_sla_pause(before.rep, now=now)
    return row


def _lock(lead: Lead, rep: Rep, pool: Pool | None) -> None:
    """After the lead itself: its ledger, the members of its pool, its owner and whoever gets it."""
    lock_around(lead, ledgers={pool.ledger} if pool else ())
    owners = {owner for owner in (rep.pk, lead.owner_id) if owner is not None}
    lock_reps(pool_ids={pool.id} if pool else (), rep_ids=owners)


def _refuse_inactive(rep: Rep) -> None:
    """As they are now that their row is locked."""
    if not Rep.objects.filter(pk=rep.pk, active=True).exists():
        raise Invalid({"rep": [f"{rep.name} is inactive. Choose somebody else."]})


def _take_from_owner(before: Assignment, taker: Rep, reason: str, *, actor: str, now: datetime) -> None:
    """Whoever had it until now is told who has it, and why."""
    end_assignment(before, EndReason.REASSIGNED, now=now, note=reason)
    told = f"{actor or 'Somebody'} gave it to {taker.name}" + (f": {reason}" if reason else "")
    tell_former_owner(before, told, actor=actor, now=now)


def _came_by(lead: Lead, assignment: Assignment | None) -> tuple[int | None, int | None]:
    """The lead's pool and rule: of its owner, else the pool where it was looked for one last."""
    if assignment is not None:
        return assignment.pool_id, assignment.rule_id
    last = Assignment.objects.filter(lead=lead).order_by("attempt").last()
    decided = Decision.objects.filter(lead=lead, pool__isnull=False).order_by("pk").last()
    return decided.pool_id if decided else None, last.rule_id if last else None


def _standing(
    rep: Rep, lead: Lead, pool_id: int | None, rule_id: int | None, published: Published | None, *, now: datetime
) -> Standing:
    if published is None:
        return Standing()
    return standing_of(rep, lead, pool_id=pool_id, rule_id=rule_id, published=published, now=now)


def _turn(lead: Lead, rep: Rep, standing: Standing, reason: str, *, now: datetime) -> Posting | None:
    if standing.key is None:
        return None
    return post_manual_turn(
        key=standing.key, members=standing.members, winner=rep.pk, lead=lead, reason=reason, now=now
    )


def _text(lead: Lead, rep: Rep, reason: str, standing: Standing) -> str:
    text = f"Given to {rep.name}" + (f" instead of {lead.owner.name}" if lead.owner else "")
    text += f": {reason}" if reason else ""
    return f"{text} (warning: {standing.warning})" if standing.warning else text
