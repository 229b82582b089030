"""Whose turn is next in each pool of a ledger, for a lead of which nothing is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.engine.batch import Batch
from routing.engine.gates import Way
from routing.engine.round import Round
from routing.engine.types import Lead, LedgerId, LedgerKey, People, PoolId, RepId
from routing.engine.types import Pool as PoolTerms
from routing.services.dry_run import everybody_available
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.rulebook import Published, current_rulebook


@dataclass(frozen=True, slots=True)
class NextTurn:
    """`rep` is next in turn in a pool. `now`: of those who may take a lead now; else nobody may, and of everybody."""

    pool: PoolId
    name: str
    rep: RepId
    now: bool


def next_turns(keys: Collection[LedgerKey], *, now: datetime) -> Mapping[LedgerKey, list[NextTurn]]:
    """Of every published pool that counts in these ledgers, by its name; of one without members nothing.

    Asked are the gates that do not depend on the lead. It is the turn alone: by another method than by turn somebody
    else may get the next lead.
    """
    published = current_rulebook()
    if published is None:
        return {}
    pools = _pools_of({key.ledger for key in keys}, published)
    people = _people(pools, published, now=now)
    present, everybody = Batch(people, now), Batch(everybody_available(people), now)
    return {key: _of_ledger(key, pools.values(), present, everybody) for key in keys}


def _pools_of(ledgers: Collection[LedgerId], published: Published) -> dict[PoolId, PoolTerms]:
    found = [terms for terms in published.rulebook.pools.values() if terms.ledger in ledgers]
    return {terms.id: terms for terms in sorted(found, key=lambda terms: (terms.name, terms.id))}


def _people(pools: Mapping[PoolId, PoolTerms], published: Published, *, now: datetime) -> People:
    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    return load_people(pools=pools, rep_ids=(), now=now, settings=hours, pace=False)


def _of_ledger(key: LedgerKey, pools: Collection[PoolTerms], present: Batch, everybody: Batch) -> list[NextTurn]:
    found = []
    for terms in pools:
        if terms.ledger == key.ledger:
            rep, now = _next(key, terms, present), True
            if rep is None:
                rep, now = _next(key, terms, everybody), False
            if rep is not None:
                found.append(NextTurn(terms.id, terms.name, rep, now))
    return found


def _next(key: LedgerKey, terms: PoolTerms, batch: Batch) -> RepId | None:
    if batch.people.paused or terms.id in batch.people.paused_pools:
        return None
    unknown = Lead(id=0, key="", label="", submitted_at=batch.now, facts={})
    turn = Round(terms, unknown, lambda field: None, batch, batch.contest(terms, Way()), key).order().turn()
    return turn.winner if turn else None
