"""What the actions on a lead share: the lead locked, what its change touches locked in order, ownership ended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from reps.models import Rep
from routing import outbox
from routing.doorbell import ring_after_commit
from routing.models import Assignment, EndReason, Lead, LeadEvent, Posting
from routing.services.batches.lock import lock_ledgers, lock_people_of_leads
from routing.services.lead_actions.refusals import NotTheirs, WrongState
from routing.services.ledger_entries import reverse_posting
from routing.services.privacy.screening import to_tell
from routing.services.sla.messages import taken_away
from routing.services.sla.policies import load_policies
from routing.services.sla.withdrawing import withdraw_all
from routing.services.waiting import look_again_once_freed
from routing.snapshots.progress import read_progress, write_progress
from routing.snapshots.rulebook import SlaTerms, current_rulebook

LONGEST_EVENT = 500
STATE = (
    "status", "owner", "owned_at", "first_owned_at", "method", "attempt", "route_after", "route_tries", "resume",
    "screen_reason", "held_reason", "held_since", "hold_deadline_at", "duplicate_of", "park_reason", "review_date",
)  # fmt: skip
"""The columns of a lead that actions change, besides its outcome."""
CORRECTION = "new facts"
"""Why a turn is given back that was none of this pool's, as it turned out."""


def lock_lead(lead: Lead) -> Lead:
    """The lead as it is now, locked until the transaction ends.

    Without its owner: PostgreSQL would join the rep of before the wait for the lock.
    """
    return Lead.objects.select_for_update(no_key=True).get(pk=lead.pk)


def lock_family_rows(lead: Lead, *others: Lead) -> dict[int, Lead]:
    """The lead, its duplicates and the others, locked in the order of leads; what was erased is missing.

    Whatever locks some of them later, in the same transaction, so keeps to that order.
    """
    concerned = Q(pk__in={lead.pk, *(other.pk for other in others)}) | Q(duplicate_of=lead.pk)
    rows = Lead.objects.filter(concerned).order_by("pk").select_for_update(no_key=True)
    return {row.pk: row for row in rows}


def lock_owned(lead: Lead, *others: Lead, rep_id: int) -> None:
    """The lead stays the rep's until the transaction ends. Raises NotTheirs if it is somebody else's by now.

    Its duplicates, and the others, are locked with it.
    """
    locked = lock_family_rows(lead, *others)
    if lead.pk not in locked:
        raise Lead.DoesNotExist("The lead was erased a moment ago.")
    if locked[lead.pk].owner_id != rep_id:
        raise NotTheirs(locked[lead.pk].owner)


def lock_around(lead: Lead, *, ledgers: Collection[int] = (), reps: Collection[int | None] = ()) -> None:
    """What a change of the lead's owner touches, after the lead itself: person and company, account, ledgers, reps."""
    lock_people_of_leads([lead], {lead.account_id} if lead.account_id else set())
    lock_ledgers(ledgers)
    chosen = {rep for rep in reps if rep is not None}
    list(Rep.objects.filter(pk__in=chosen).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def assignment_of(lead: Lead) -> Assignment | None:
    """The one that has not ended."""
    return Assignment.objects.current().select_related("rep", "posting", "lead").filter(lead=lead).first()


def owned_by(lead: Lead, rep: Rep, attempt: int | None = None) -> Assignment:
    """The rep's assignment. Raises NotTheirs if somebody else has the lead, or it is no longer that attempt."""
    assignment = assignment_of(lead)
    if assignment is None or assignment.rep_id != rep.pk or attempt not in (None, assignment.attempt):
        raise NotTheirs(lead.owner)
    return assignment


def terms_of(assignment: Assignment) -> SlaTerms:
    """The SLA policy that the lead was assigned under."""
    return load_policies([assignment], start=assignment.assigned_at, hours=False).terms(assignment)


def is_in_review(lead: Lead) -> bool:
    """In review, or on its way there since the person asked to be erased: nothing but a release helps it out."""
    return lead.status == Lead.Status.QUARANTINED or (lead.status == Lead.Status.PENDING and not to_tell([lead]))


def refuse_states(lead: Lead, *refused: str) -> None:
    """Raises WrongState with what to do instead if the lead is in one of these states."""
    state = Lead.Status.QUARANTINED if is_in_review(lead) else Lead.Status(lead.status)
    if state not in refused:
        return
    instead = {
        Lead.Status.CLOSED: "The lead is closed. Change its outcome first.",
        Lead.Status.QUARANTINED: "The lead is in review. Restore it first.",
        Lead.Status.DUPLICATE: "The lead is a duplicate. Restore it first.",
    }
    raise WrongState(instead.get(state, f"The lead is {state.label.lower()}."))


def turn_to_give_back(assignment: Assignment | None, reason: str) -> Posting | None:
    """The turn that the lead cost, if its pool gives it back for this reason. A correction is always given back."""
    if assignment is None or assignment.posting is None:
        return None
    if reason == CORRECTION:
        return assignment.posting
    published = current_rulebook()
    creditable = published is not None and reason in published.terms_of(assignment.pool_id).creditable_reasons
    return assignment.posting if creditable else None


def end_assignment(
    assignment: Assignment,
    reason: EndReason,
    *,
    now: datetime,
    note: str = "",
    decline_reason: str = "",
    give_back: Posting | None = None,
    credit_reason: str = "",
) -> None:
    """The rep no longer owns the lead. Its ledger and the rep are locked by now; leads that wait may have room."""
    assignment.ended_at = max(now, assignment.assigned_at)
    assignment.end_reason, assignment.decline_reason = reason, decline_reason
    assignment.note = note[:500] or assignment.note
    assignment.save(update_fields=["ended_at", "end_reason", "decline_reason", "note"])
    if give_back is not None:
        reverse_posting(posting=give_back, reason=credit_reason, now=now)
    look_again_once_freed(assignment=assignment, now=now)


def end_ownership(
    lead: Lead, reason: EndReason, *, now: datetime, credit_reason: str = "", note: str = "", actor: str = ""
) -> None:
    """Whoever owns the lead loses it, offers are withdrawn, and what is creditable is given back. Locks in order.

    The owner is told, unless it was their own act.
    """
    assignment = assignment_of(lead)
    give_back = turn_to_give_back(assignment, credit_reason)
    lock_around(lead, ledgers={give_back.ledger_id} if give_back else (), reps={lead.owner_id})
    withdraw_offers(lead, now=now)
    if assignment is not None:
        end_assignment(assignment, reason, now=now, note=note, give_back=give_back, credit_reason=credit_reason)
        tell_former_owner(assignment, why(reason, actor, note), actor=actor, now=now)


def why(reason: EndReason, actor: str, note: str) -> str:
    """Went to review, by Bo Ossa: sells pills."""
    return reason.label + (f", by {actor}" if actor else "") + (f": {note}" if note else "")


def tell_former_owner(assignment: Assignment, why: str, *, actor: str, now: datetime) -> None:
    """Who loses a lead is told why; what they did themselves they know, and what they never heard of is nothing new."""
    if assignment.clock_started_at is not None and not is_own_act(assignment.rep, actor):
        outbox.publish([taken_away(assignment, why, now=now)])


def is_own_act(rep: Rep, actor: str) -> bool:
    """Whether the rep did it: in the inbox, by a link, or with a key of theirs."""
    return actor in (rep.name, rep.email)


def withdraw_offers(lead: Lead, *, now: datetime) -> None:
    """Nobody can take the lead up any more."""
    withdraw_all([lead], now=now)


def set_state(lead: Lead, status: Lead.Status, **values: object) -> None:
    """Save the lead in a state without owner; whatever is not among `values` is as in a lead that is new.

    Since when it waited stays known, and a deadline that runs goes on, while the lead is undecided; when it first
    reached which rule stays known for ever.
    """
    undecided = status in (Lead.Status.PENDING, Lead.Status.HELD)
    _, first_reached = read_progress(lead.resume)
    fresh: dict[str, object] = {
        "status": status, "owner": None, "method": "", "route_after": None, "route_tries": 0,
        "resume": write_progress(None, first_reached), "screen_reason": "", "held_reason": "",
        "held_since": lead.held_since if undecided else None,
        "hold_deadline_at": lead.hold_deadline_at if undecided else None, "duplicate_of": None, "park_reason": "",
        "review_date": None,
    }  # fmt: skip
    for name, value in (fresh | values).items():
        setattr(lead, name, value)
    lead.save(update_fields=STATE)


def send_to_routing(lead: Lead, *, now: datetime, screen_reason: str = "") -> None:
    """The lead is decided next, from the start."""
    set_state(lead, Lead.Status.PENDING, route_after=now, screen_reason=screen_reason)
    ring_after_commit("routing")


def note_event(lead: Lead, kind: LeadEvent.Kind, text: str, *, actor: str, now: datetime) -> None:
    """What happened, and who did it."""
    LeadEvent.objects.create(lead=lead, kind=kind, text=text[:LONGEST_EVENT], actor=actor[:150], happened_at=now)
