"""Do what steps ask for: remind, tell a manager, offer, take away, pause. A constant number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from routing import outbox
from routing.engine.sla import DueStep, StepKind
from routing.models import Assignment, EndReason, LeadEvent
from routing.services.batches.lock import lock_ledgers, lock_people_of_leads, lock_reps
from routing.services.sla.managers import managers_of
from routing.services.sla.messages import late, offered, reminder
from routing.services.sla.moving import Move, move_all
from routing.services.sla.pausing import pause_reps
from routing.services.sla.policies import Policies, timezone_of
from routing.services.sla.second_offers import pools_of, second_offers
from routing.snapshots.rulebook import current_rulebook


@dataclass(frozen=True, slots=True)
class Doing:
    """A step of an assignment that is taken now; its lead is locked. `does`: what it comes to for this lead."""

    row: Assignment
    due: DueStep
    does: StepKind
    paced: bool = False


def do_steps(doings: Sequence[Doing], policies: Policies, *, now: datetime) -> set[int]:
    """Take the steps; the assignments that ended by them."""
    by_kind = {kind: [doing for doing in doings if doing.does is kind] for kind in StepKind}
    _lock(by_kind[StepKind.OFFER], by_kind[StepKind.REASSIGN], by_kind[StepKind.PAUSE_REP])
    _remind(by_kind[StepKind.REMIND], now=now)
    _alert_managers(by_kind[StepKind.ALERT_MANAGER], now=now)
    _offer(by_kind[StepKind.OFFER], now=now)
    _pause(by_kind[StepKind.PAUSE_REP], policies, now=now)
    moves = [
        Move(doing.row.lead, doing.row, EndReason.TOO_SLOW, _why(doing, policies), doing.paced)
        for doing in by_kind[StepKind.REASSIGN]
    ]
    move_all(moves, now=now)
    return {move.assignment.pk for move in moves}


def _lock(offers: Sequence[Doing], reassigns: Sequence[Doing], pauses: Sequence[Doing]) -> None:
    """Everything that the steps touch, in the order of all of routing, after the leads."""
    leads = [doing.row.lead for doing in (*offers, *reassigns)]
    if leads:
        lock_people_of_leads(leads, {lead.account_id for lead in leads if lead.account_id})
    pools = pools_of([doing.row for doing in offers], current_rulebook()) if offers else {}
    if pools:
        lock_ledgers({pool.ledger for pool in pools.values()})
    owners = {doing.row.rep_id for doing in (*offers, *reassigns, *pauses)}
    if owners:
        lock_reps(pool_ids=pools, rep_ids=owners)


def _remind(doings: Sequence[Doing], *, now: datetime) -> None:
    outbox.publish([reminder(doing.row, doing.due.number, now=now) for doing in doings])
    _note(doings, LeadEvent.Kind.REMINDED, [f"{doing.row.rep.name} was reminded" for doing in doings], now=now)


def _alert_managers(doings: Sequence[Doing], *, now: datetime) -> None:
    managers = managers_of({doing.row.rep_id for doing in doings})
    messages, texts = [], []
    for doing in doings:
        above = managers.get(doing.row.rep_id, ())
        messages += [late(doing.row, above[0], doing.due.number, now=now)] if above else []
        told = f"{above[0].name} was told" if above else "There is no manager to tell"
        texts.append(f"{told} that {doing.row.rep.name} has not answered")
    outbox.publish(messages)
    _note(doings, LeadEvent.Kind.ESCALATED, texts, now=now)


def _offer(doings: Sequence[Doing], *, now: datetime) -> None:
    published = current_rulebook() if doings else None
    offers = second_offers([doing.row for doing in doings], published, now=now) if published else []
    found = {offer.lead_id: offer for offer in offers}
    outbox.publish([offered(offer, now=now) for offer in offers])
    texts = []
    for doing in doings:
        offer = found.get(doing.row.lead_id)
        whom = f"Offered to {offer.rep.name} too" if offer else "Nobody else was there to offer it to"
        texts.append(f"{whom}, as {doing.row.rep.name} has not answered")
    _note(doings, LeadEvent.Kind.OFFERED, texts, now=now)


def _pause(doings: Sequence[Doing], policies: Policies, *, now: datetime) -> None:
    reps = {doing.row.rep_id for doing in doings if not doing.row.lead.test}
    paused = pause_reps(reps, timezone=timezone_of(policies.versions), now=now)
    those = [doing for doing in doings if doing.row.rep_id in paused]
    texts = [f"{doing.row.rep.name} was paused, as they have not answered" for doing in those]
    _note(those, LeadEvent.Kind.REP_PAUSED, texts, now=now)


def _why(doing: Doing, policies: Policies) -> str:
    """You did not answer within 5 minutes, as the SLA policy Five minutes asks."""
    name = policies.terms(doing.row).name
    policy = f", as the SLA policy {name} asks" if name else ""
    minutes = doing.due.step.after_minutes
    accepted = " You had accepted it." if doing.row.accepted_at else ""
    return f"It was not answered within {minutes:g} {'minute' if minutes == 1 else 'minutes'}{policy}.{accepted}"


def _note(doings: Sequence[Doing], kind: LeadEvent.Kind, texts: Sequence[str], *, now: datetime) -> None:
    LeadEvent.objects.bulk_create(
        LeadEvent(lead=doing.row.lead, kind=kind, text=text, happened_at=now)
        for doing, text in zip(doings, texts, strict=True)
    )
