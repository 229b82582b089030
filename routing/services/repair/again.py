"""Decide leads again that somebody owns, by another version: which of them would go elsewhere, and to whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from reps.models import Rep
from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.ledger import post, reverse
from routing.engine.types import (
    Assigned,
    Decision,
    LedgerAccount,
    LedgerId,
    LedgerKey,
    People,
    Pool,
    PoolId,
    Posting,
    RepId,
    Territory,
)
from routing.engine.types import Lead as LeadFacts
from routing.engine.ways import up_to, way_of
from routing.matching import match_accounts
from routing.models import Assignment, Lead
from routing.services.batches.decide import Decided, Outcomes
from routing.services.repair.candidates import submitted_before
from routing.services.repair.concern import is_concerned
from routing.snapshots.leads import load_leads
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.postings import read_posting
from routing.snapshots.rulebook import Published

Owned = tuple[Lead, Assignment]
Known = Mapping[int, tuple[LeadFacts, Territory | None]]


class Verdict(StrEnum):
    """What becomes of a lead that is decided again."""

    MOVES = "moves"
    STAYS = "stays"
    WOULD_WAIT = "would_wait"


@dataclass(frozen=True, slots=True)
class Again:
    """Some leads decided again. `outcomes` hold those that move, `reversed` the postings that this takes back."""

    outcomes: Outcomes
    verdicts: Mapping[int, Verdict]
    reversed: Sequence[Posting]


def decide_again(owned: Sequence[Owned], wrong: Published, right: Published, *, now: datetime) -> Again:
    """Only reads; whoever stores it has locked leads, ledgers and people before.

    Only leads that the change between the two versions concerns may move (concern.py); the others stay whatever the
    turns have come to meanwhile. Of those it concerns, a lead stays with an owner to whom the right version could
    have given it, too: it moves to another pool, or to whoever is named, not within a pool. One that nobody could
    take now stays. First each is looked at by itself; then those that would move are decided one after the other, as
    if their old owners had never had them.
    """
    facts, before = _load(owned, right, now), _load(owned, wrong, now)
    posted_in = {owner.posting.ledger_id for _, owner in owned if owner.posting}
    people = _everybody((wrong, right), posted_in, now)
    alone = Batch(people, now)
    verdicts = {
        lead.pk: _verdict(facts[lead.pk][0], owner, alone, right)[0]
        if is_concerned(owner, before[lead.pk][0], facts[lead.pk][0], wrong.rulebook, right.rulebook, people)
        else Verdict.STAYS
        for lead, owner in owned
    }
    while True:
        moving = [(lead, owner) for lead, owner in owned if verdicts[lead.pk] is Verdict.MOVES]
        taken_back = [read_posting(owner.posting) for _, owner in moving if owner.posting]
        outcomes = _in_turn(moving, facts, _without(people, taken_back), right, now)
        kept = {lead.pk for lead, _ in moving} - {decided.row.pk for decided in outcomes.decided}
        if not kept:
            return Again(outcomes, verdicts, taken_back)
        # with the others moved these would stay after all; each round leaves fewer
        verdicts |= dict.fromkeys(kept, Verdict.STAYS)


def _load(owned: Sequence[Owned], published: Published, now: datetime) -> Known:
    rows = [lead for lead, _ in owned]
    matches = match_accounts(rows, published.rulebook.settings)
    loaded = load_leads(rows, published=published, matches=matches, now=now)
    return {
        lead.pk: (_undecided(facts, lead, owner.rep_id), territory)
        for (lead, owner), (facts, territory) in zip(owned, loaded, strict=True)
    }


def _undecided(facts: LeadFacts, lead: Lead, owner: RepId) -> LeadFacts:
    """As if nobody had had the lead yet, and later ones were not there. Waits that were over stay over."""
    return replace(
        facts,
        owned_before=facts.owned_before - {owner},
        earlier=tuple(other for other in facts.earlier if submitted_before(lead, other.submitted_at, other.id)),
        resume=None,
        hold_deadline_at=None,
        released=False,
    )


def _everybody(versions: Iterable[Published], posted_in: Collection[LedgerId], now: datetime) -> People:
    """Everybody whom any lead can reach, so that none is put back; and the ledgers that turns may go back to."""
    pools: dict[PoolId, Pool] = {}
    for published in versions:
        pools |= published.rulebook.pools
        hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    reps = list(Rep.objects.values_list("pk", flat=True))
    people = load_people(pools=pools, rep_ids=reps, now=now, settings=hours, ledgers=posted_in)
    return replace(people, members={pool: people.members.get(pool, ()) for pool in pools})


def _verdict(lead: LeadFacts, owner: Assignment, batch: Batch, right: Published) -> tuple[Verdict, Decision | None]:
    """Of a lead that the change concerns."""
    decision = decide(lead, right.rulebook, batch)
    if not isinstance(decision, Assigned):
        return Verdict.WOULD_WAIT, None
    if decision.rep == owner.rep_id or _could_have_it(lead, owner, decision, batch, right):
        return Verdict.STAYS, decision
    return Verdict.MOVES, decision


def _could_have_it(lead: LeadFacts, owner: Assignment, decision: Assigned, batch: Batch, right: Published) -> bool:
    """Whether the lead is in the pool where it belongs, with somebody who meets every need that is still asked for."""
    if decision.pool is None or decision.pool != owner.pool_id:
        return False
    way = up_to(way_of(lead, right.rulebook, batch), decision.rule)
    return bool(way) and way[-1].admits(owner.rep_id, decision.pool)


def _in_turn(moving: Sequence[Owned], facts: Known, people: People, right: Published, now: datetime) -> Outcomes:
    outcomes = Outcomes(right, people, Batch(people, now))
    for lead, owner in moving:
        known, territory = facts[lead.pk]
        verdict, decision = _verdict(known, owner, outcomes.batch, right)
        if verdict is Verdict.MOVES and decision is not None:
            earlier = outcomes.batch.earlier_than(known)
            outcomes.batch.record(known, decision)
            outcomes.decided.append(Decided(lead, known, territory, decision, earlier))
    return outcomes


def _without(people: People, postings: Iterable[Posting]) -> People:
    """The ledgers as if these had never been posted."""
    ledgers: dict[LedgerKey, Mapping[RepId, LedgerAccount]] = dict(people.ledgers)
    for posting in postings:
        accounts = dict(ledgers.get(posting.ledger, {}))
        balances = {rep: account.balance for rep, account in accounts.items()}
        saved = {rep: account.saved for rep, account in accounts.items()}
        post(reverse(posting), balances, saved)
        ledgers[posting.ledger] = {
            rep: LedgerAccount(balance, accounts[rep].last_at if rep in accounts else None, saved.get(rep, 0))
            for rep, balance in balances.items()
        }
    return replace(people, ledgers=ledgers)
