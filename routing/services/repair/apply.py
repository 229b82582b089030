"""Store what a repair decided: new owners, corrected ledgers, one summary for everybody who gains or loses leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import transaction

from reps.models import Rep
from routing import outbox
from routing.doorbell import ring_after_commit
from routing.engine.ledger import reverse
from routing.engine.types import Assigned, RepId
from routing.matching import match_accounts
from routing.models import Assignment, EndReason, Lead, LeadEvent, OutboxMessage, Posting, PostingKind
from routing.services.batches.decide import Decided
from routing.services.batches.lock import lock_ledgers, lock_people_of_leads, lock_reps
from routing.services.batches.messages import to_owner
from routing.services.batches.store import store_outcomes
from routing.services.repair.again import Again, Owned, decide_again
from routing.services.repair.asked import Asked
from routing.services.repair.candidates import lock_candidates
from routing.services.sla.withdrawing import withdraw_all
from routing.services.waiting import look_at_waiting_leads_again
from routing.snapshots.postings import posting_row, read_posting, store_accounts
from routing.snapshots.rulebook import Published

LONGEST_EVENT = 500
TOGETHER = timedelta(minutes=10)
"""Nobody is told before the whole repair is done, so that one mail tells of all; no later than this, should it die."""
MESSAGES = (OutboxMessage.Kind.MOVED_HERE, OutboxMessage.Kind.MOVED_AWAY)

Moves: TypeAlias = list[tuple[Lead, RepId, Assigned]]
"""Each lead that moves, from whom, and the decision that says where."""


@transaction.atomic
def repair_leads(
    lead_ids: Sequence[int], asked: Asked, wrong: Published, right: Published, *, now: datetime
) -> tuple[Again, Moves]:
    """Decide these leads again and move those that go elsewhere. Done twice, it finds nothing left to move."""
    look_at_waiting_leads_again(now=now)
    owned = _locked(lead_ids, asked, right)
    again = decide_again(owned, wrong, right, now=now)
    owner_of = {lead.pk: assignment for lead, assignment in owned}
    moved = [(decided, owner_of[decided.row.pk]) for decided in again.outcomes.decided]
    if moved:
        _take_back(moved, asked, again, now=now)
        store_outcomes(again.outcomes, now=now, messages=_to_new_owners)
        outbox.publish([_to_old_owner(decided, owner, now=now) for decided, owner in moved])
        LeadEvent.objects.bulk_create(_events(moved, asked, now=now))
    return again, moves_of(again, owner_of)


def tell_everybody(*, now: datetime) -> None:
    """The repair is over: what was held back is sent."""
    with transaction.atomic():
        OutboxMessage.objects.waiting().filter(kind__in=MESSAGES, available_at__gt=now, tries=0).update(
            available_at=now
        )
        ring_after_commit("alerts")


def moves_of(again: Again, owner_of: Mapping[int, Assignment]) -> Moves:
    return [
        (decided.row, owner_of[decided.row.pk].rep_id, decided.decision)
        for decided in again.outcomes.decided
        if isinstance(decided.decision, Assigned)
    ]


def _locked(lead_ids: Sequence[int], asked: Asked, right: Published) -> list[Owned]:
    """The leads with everybody and everything that they can reach, locked in the usual order."""
    found = lock_candidates(lead_ids, asked)
    rows = [lead for lead, _ in found.values()]
    matches = match_accounts(rows, right.rulebook.settings)
    lock_people_of_leads(rows, {match.id for match in matches.values() if match})
    pools = right.rulebook.pools
    posted_in = {owner.posting.ledger_id for _, owner in found.values() if owner.posting}
    lock_ledgers({pool.ledger for pool in pools.values()} | posted_in)
    lock_reps(pool_ids=pools.keys(), rep_ids=list(Rep.objects.values_list("pk", flat=True)))
    return [found[pk] for pk in lead_ids if pk in found]


def _take_back(moved: Sequence[tuple[Decided, Assignment]], asked: Asked, again: Again, *, now: datetime) -> None:
    """End the old ownership, and post the reverse of what it had posted."""
    withdraw_all([decided.row for decided, _ in moved], now=now)
    owners = [owner for _, owner in moved]
    Assignment.objects.filter(pk__in=[owner.pk for owner in owners]).update(ended_at=now, end_reason=EndReason.REPAIRED)
    reason = f"Repaired: version {asked.wrong} by {asked.right}"
    Posting.objects.bulk_create(
        posting_row(
            reverse(read_posting(owner.posting)), now=now, lead_id=owner.lead_id, kind=PostingKind.REVERSAL,
            reverses_id=owner.posting.pk, reason=reason,
        )
        for owner in owners
        if owner.posting
    )  # fmt: skip
    touched = {(posting.ledger, rep) for posting in again.reversed for rep, _ in posting.lines}
    # as they stand once everything was taken back; what is posted anew is stored with the decisions
    ledgers = again.outcomes.people.ledgers
    store_accounts((ledger, rep, ledgers[ledger][rep]) for ledger, rep in sorted(touched))


def _to_new_owners(
    told: Sequence[Decided], assignments: Mapping[int, Assignment], published: Published, *, now: datetime
) -> list[OutboxMessage]:
    return [
        _message(assignments[decided.row.pk], decided, OutboxMessage.Kind.MOVED_HERE, now=now)
        for decided in told
        if decided.row.pk in assignments
    ]


def _to_old_owner(decided: Decided, owner: Assignment, *, now: datetime) -> OutboxMessage:
    return _message(owner, decided, OutboxMessage.Kind.MOVED_AWAY, now=now)


def _message(assignment: Assignment, decided: Decided, kind: OutboxMessage.Kind, *, now: datetime) -> OutboxMessage:
    message = to_owner(decided, assignment, kind=kind, now=now)
    message.available_at = now + TOGETHER
    return message


def _events(moved: Sequence[tuple[Decided, Assignment]], asked: Asked, *, now: datetime) -> Iterator[LeadEvent]:
    names = dict(Rep.objects.values_list("pk", "name"))
    for decided, owner in moved:
        to = names.get(getattr(decided.decision, "rep", 0), "somebody else")
        text = f"Decided again by version {asked.right}: from {names.get(owner.rep_id, 'somebody')} to {to}"
        yield LeadEvent(lead=decided.row, kind=LeadEvent.Kind.REPAIRED, text=text[:LONGEST_EVENT], happened_at=now)
