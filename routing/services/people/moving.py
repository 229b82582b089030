"""Many leads of one owner go elsewhere at once: to a rep, through a pool by turn, or back to routing.

A handful of statements, however many leads. Everything is locked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import DateTimeField, Value
from django.db.models.functions import Greatest

from reps.models import Rep
from routing import outbox
from routing.doorbell import ring_after_commit
from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.types import Alert, Assigned, Method, OfferMode, Outcome, Pool, Rule, Rulebook, ToPool
from routing.engine.types import Posting as TurnOf
from routing.models import (
    Assignment,
    Decision,
    EndReason,
    Lead,
    LeadEvent,
    Offer,
    OutboxMessage,
    PoolMember,
    Posting,
    WebhookEvent,
)
from routing.models.bulk import update_rows
from routing.services.sla.messages import offer_gone
from routing.services.sla.withdrawing import withdraw_all
from routing.services.waiting import look_again_once_offers_end
from routing.services.webhooks.publish import publish_lead_events
from routing.snapshots.columns import pack_json
from routing.snapshots.leads import load_leads
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.postings import posting_row, store_accounts
from routing.snapshots.progress import read_progress, write_progress
from routing.snapshots.rulebook import Published

LONGEST_TEXT = 500
BULK = 1_000
OWNED = (
    "status", "owner", "owned_at", "method", "attempt", "route_after", "route_tries", "resume", "held_reason",
    "hold_deadline_at",
)  # fmt: skip
PUT_BACK = ("status", "owner", "method", "route_after", "route_tries", "resume", "held_reason", "held_since")
Owned = tuple[Lead, Assignment]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Why leads leave their owner. `end` is kept with the ended assignments, `text` with each lead."""

    rep: Rep
    text: str
    actor: str
    end: EndReason
    now: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """A lead, its assignment so far, and who gets it by which way. `posting`: the turn that it costs them."""

    lead: Lead
    before: Assignment
    rep: int
    method: Method = Method.MANUAL
    pool: int | None = None
    posting: TurnOf | None = None

    @property
    def answered(self) -> bool:
        """Then the new owner goes on with it: no alert, no clock."""
        return self.before.responded_at is not None


def to_rep(owned: Sequence[Owned], rep: Rep) -> list[Move]:
    """All of them to one rep. They count for a pool only where the rep is a member of it."""
    pools = set(PoolMember.objects.filter(rep=rep).values_list("pool_id", flat=True))
    return [
        Move(lead, before, rep.pk, pool=before.pool_id if before.pool_id in pools else None) for lead, before in owned
    ]


def by_turn(owned: Sequence[Owned], pool: Pool, leaving: Leaving, published: Published) -> tuple[list[Move], Batch]:
    """Those that a member of the pool can take now, each by turn, never back to its owner so far. Only reads."""
    now = leaving.now
    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    people = load_people(pools={pool.id: pool}, rep_ids=(), now=now, settings=hours)
    batch = Batch(replace(people, paused=False, last_resort=()), now)
    books: dict[int | None, Rulebook] = {}
    loaded = load_leads([lead for lead, _ in owned], published=published, matches={}, now=now)
    moves = []
    for (lead, before), (facts, _) in zip(owned, loaded, strict=True):
        book = books.setdefault(before.rule_id, _only(pool, before.rule_id, published))
        facts = replace(
            facts, earlier=(), resume=None, moved=None, screen_reason="", undecidable=False, hold_deadline_at=None,
            released=False, owned_before=facts.owned_before | {leaving.rep.pk},
        )  # fmt: skip
        decision = decide(facts, book, batch)
        if isinstance(decision, Assigned):
            batch.record(facts, decision)
            moves.append(Move(lead, before, decision.rep, decision.method, pool.id, decision.posting))
    return moves, batch


def _only(pool: Pool, rule_id: int | None, published: Published) -> Rulebook:
    """The rulebook with nothing but the pool, and the needs of the rule that the lead came by."""
    by = next((rule for rule in published.rulebook.rules if rule.id == rule_id), None)
    only = Rule(
        by.id if by else 0, 1, by.name if by else "", (), ToPool(pool.id),
        needs=by.needs if by else (), units=by.units if by else 1,
    )  # fmt: skip
    return replace(published.rulebook, rules=(only,), pools={pool.id: replace(pool, offer=OfferMode.ASSIGN)})


def store_moves(
    moves: Sequence[Move], leaving: Leaving, *, published: Published | None, batch: Batch | None = None
) -> None:
    """The new owners: assignments, decisions, events, and one message a lead that one mail sums up.

    Leads that were answered go over quietly. `batch` holds the accounts that turns moved.
    """
    if not moves:
        return
    now = leaving.now
    _end([(move.lead, move.before) for move in moves], leaving)
    postings = _store_postings(moves, batch, now=now)
    names = dict(Rep.objects.filter(pk__in={move.rep for move in moves}).values_list("pk", "name"))
    rows = [_assignment(move, published, postings.get(move.lead.pk), now=now) for move in moves]
    assignments = Assignment.objects.bulk_create(rows, batch_size=BULK)
    told = [(move, f"Given to {names[move.rep]} instead of {leaving.rep.name}: {leaving.text}") for move in moves]
    Decision.objects.bulk_create(
        (
            _decision(move, text, published, postings.get(move.lead.pk), now=now) for move, text in told
        ),
        batch_size=BULK,
    )  # fmt: skip
    _note(told, leaving)
    update_rows(Lead, OWNED, [_owned_values(move, now) for move in moves])
    outbox.publish([_message(row, leaving) for row in assignments if row.responded_at is None])
    publish_lead_events(WebhookEvent.LEAD_REASSIGNED, [move.lead.pk for move in moves], now=now)


def put_back(owned: Sequence[Owned], leaving: Leaving) -> None:
    """The rules decide about them next, as about new ones, and never for this owner."""
    if not owned:
        return
    _end(owned, leaving)
    update_rows(Lead, PUT_BACK, [_put_back_values(lead, leaving.now) for lead, _ in owned])
    text = f"Taken from {leaving.rep.name} to be routed anew: {leaving.text}"
    LeadEvent.objects.bulk_create(
        (_event(lead, LeadEvent.Kind.RELEASED, text, leaving) for lead, _ in owned), batch_size=BULK
    )
    ring_after_commit("routing")


def end_offers(offers: Iterable[Offer], leaving: Leaving) -> int:
    """What was offered to them is not any more, and they hear so. A lead that nobody else can take up is due.

    How many there were.
    """
    rows = list(offers)
    Offer.objects.filter(pk__in=[offer.pk for offer in rows]).update(ended_at=leaving.now, result=Offer.Result.EXPIRED)
    leads = Lead.objects.held().filter(pk__in={offer.lead_id for offer in rows})
    leads.exclude(pk__in=Offer.objects.standing().values("lead")).update(route_after=leaving.now)
    if leaving.end is not EndReason.LEFT:
        outbox.publish([offer_gone(offer, now=leaving.now) for offer in rows if offer.alerted_at])
    look_again_once_offers_end(offers=rows, now=leaving.now)
    if rows:
        ring_after_commit("routing")
    return len(rows)


def _end(owned: Sequence[Owned], leaving: Leaving) -> None:
    """Their clocks with them, and offers of these leads to a second rep."""
    Assignment.objects.filter(pk__in=[before.pk for _, before in owned]).update(
        ended_at=Greatest("assigned_at", Value(leaving.now, output_field=DateTimeField())),
        end_reason=leaving.end,
        note=leaving.text[:LONGEST_TEXT],
    )
    withdraw_all([lead for lead, _ in owned], now=leaving.now)


def _store_postings(moves: Sequence[Move], batch: Batch | None, *, now: datetime) -> dict[int, Posting]:
    if batch is None:
        return {}
    rows = Posting.objects.bulk_create(
        posting_row(move.posting, now=now, lead_id=move.lead.pk) for move in moves if move.posting
    )
    store_accounts(batch.changed_accounts())
    return {row.lead_id: row for row in rows if row.lead_id}


def _assignment(move: Move, published: Published | None, posting: Posting | None, *, now: datetime) -> Assignment:
    before, rules = move.before, published.rulebook.rules if published else ()
    rule = next((rule for rule in rules if rule.id == before.rule_id), None)
    pool = published.rulebook.pools.get(move.pool or 0) if published else None
    return Assignment(
        lead=move.lead, attempt=move.lead.attempt + 1, rep_id=move.rep, pool_id=move.pool, rule_id=before.rule_id,
        method=move.method.value, strategy=pool.strategy.value if pool else "", units=before.units, posting=posting,
        rulebook_version=published.number if published else None,
        sla=published.sla_of(rule).name if published else "",
        alert=(Alert.NONE if move.answered else Alert.NOW).value, assigned_at=now,
        accepted_at=before.accepted_at if move.answered else None, responded_at=before.responded_at,
        channel=before.channel if move.answered else "",
    )  # fmt: skip


def _decision(
    move: Move, text: str, published: Published | None, posting: Posting | None, *, now: datetime
) -> Decision:
    rules = published.rulebook.rules if published else ()
    rule = next((rule for rule in rules if rule.id == move.before.rule_id), None)
    return Decision(
        lead=move.lead, outcome=Outcome.ASSIGNED.value, method=move.method.value, rep_id=move.rep, pool_id=move.pool,
        rule_name=rule.name if rule else "", reason=text[:LONGEST_TEXT], posting=posting, decided_at=now,
        rulebook_version=published.number if published else None, trace=pack_json({"steps": [text]}),
    )  # fmt: skip


def _owned_values(move: Move, now: datetime) -> tuple[object, ...]:
    values: Mapping[str, object] = {
        "status": Lead.Status.ASSIGNED.value, "owner": move.rep, "owned_at": now, "method": move.method.value,
        "attempt": move.lead.attempt + 1, "route_after": None, "route_tries": 0, "resume": _kept(move.lead),
        "held_reason": "", "hold_deadline_at": None,
    }  # fmt: skip
    return (move.lead.pk, *(values[column] for column in OWNED))


def _put_back_values(lead: Lead, now: datetime) -> tuple[object, ...]:
    values: Mapping[str, object] = {
        "status": Lead.Status.PENDING.value, "owner": None, "method": "", "route_after": now, "route_tries": 0,
        "resume": _kept(lead), "held_reason": "", "held_since": lead.held_since,
    }  # fmt: skip
    return (lead.pk, *(values[column] for column in PUT_BACK))


def _kept(lead: Lead) -> object:
    """When it first reached which rule stays known: a wait that is over stays over."""
    _, first_reached = read_progress(lead.resume)
    return write_progress(None, first_reached)


def _note(told: Sequence[tuple[Move, str]], leaving: Leaving) -> None:
    LeadEvent.objects.bulk_create(
        (_event(move.lead, LeadEvent.Kind.HANDED_OVER, text, leaving) for move, text in told), batch_size=BULK
    )


def _event(lead: Lead, kind: LeadEvent.Kind, text: str, leaving: Leaving) -> LeadEvent:
    return LeadEvent(lead=lead, kind=kind, text=text[:LONGEST_TEXT], actor=leaving.actor[:150], happened_at=leaving.now)


def _message(assignment: Assignment, leaving: Leaving) -> OutboxMessage:
    kind = OutboxMessage.Kind.HANDED_OVER
    return OutboxMessage(
        key=f"{kind}:{assignment.lead.uuid}:{assignment.attempt}",
        kind=kind,
        lead=assignment.lead,
        assignment=assignment,
        rep_id=assignment.rep_id,
        payload={"from": leaving.rep.pk},
        priority=assignment.lead.priority,
        created_at=leaving.now,
        available_at=leaving.now,
    )
