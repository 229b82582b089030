"""Decide about leads without writing or locking anything: for examples, simulations and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routing.engine.batch import Batch
from routing.engine.decide import Reach, decide
from routing.engine.types import Decision, Deferred, MatchedAccount, People, PoolId, Refusal, RepId, RepState, Territory
from routing.engine.types import Lead as LeadFacts
from routing.matching import match_accounts
from routing.models import Lead
from routing.services.batches.decide import reach_first
from routing.snapshots.leads import load_leads
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.rulebook import Published


@dataclass(frozen=True, slots=True)
class DryRun:
    """A lead with what would be decided, and everything that telling it needs."""

    row: Lead
    facts: LeadFacts
    match: MatchedAccount | None
    territory: Territory | None
    people: People
    decision: Decision


def dry_run(
    rows: Sequence[Lead],
    *,
    published: Published,
    now: datetime,
    seen_as: Callable[[People], People] = lambda people: people,
    known_as: Callable[[LeadFacts], LeadFacts] = lambda lead: lead,
) -> list[DryRun]:
    """What `published` decides about each lead by itself at `now`, as if the others were not there.

    The rows need not be saved, but need keys that differ. `seen_as` changes the people before they are looked at,
    `known_as` the leads.
    The number of queries grows with the pools that one lead falls through, not with the leads.
    """
    matches = match_accounts([row for row in rows if not row.undecidable], published.rulebook.settings)
    loaded = [
        (known_as(facts), territory)
        for facts, territory in load_leads(rows, published=published, matches=matches, now=now)
    ]
    leads = [facts for facts, _ in loaded]
    people, decisions = _decide_all(leads, published=published, now=now, seen_as=seen_as)
    return [
        DryRun(row, facts, matches.get(row.pk), territory, people, decision)
        for row, (facts, territory), decision in zip(rows, loaded, decisions, strict=True)
    ]


def in_turn(
    leads: Iterable[LeadFacts], *, published: Published, now: datetime, alive: Callable[[], None]
) -> Iterator[tuple[LeadFacts, Decision, People]]:
    """What `published` decides at `now` about one after the other, each with the turns that those before it leave."""
    pools, reps = set[PoolId](), set[RepId]()
    batch = Batch(_people(pools, reps, published=published, now=now), now)
    for facts in leads:
        alive()
        if _widened_to(reach_first([facts], published=published, now=now), pools, reps):
            batch = batch.otherwise(_people(pools, reps, published=published, now=now), now)
        going = facts
        while isinstance(result := decide(going, published.rulebook, batch), Deferred):
            if _widened(result, pools, reps):
                batch = batch.otherwise(_people(pools, reps, published=published, now=now), now)
            else:
                going = replace(going, resume=result.resume)
        batch.record(facts, result)
        yield facts, result, batch.people


def _widened_to(reached: Reach, pools: set[PoolId], reps: set[RepId]) -> bool:
    if reached.pools <= pools and reached.reps <= reps:
        return False
    pools |= reached.pools
    reps |= reached.reps
    return True


def everybody_available(people: People) -> People:
    """As if every active person could take leads: no hours, leave, holidays, pauses and caps."""
    return replace(
        people,
        reps={rep: _available(state) for rep, state in people.reps.items()},
        paused=False,
        paused_pools=frozenset(),
    )


def with_nothing_used(people: People) -> People:
    """As they stand, with nothing used of any cap, and nothing paused but people."""
    fresh = {
        rep: replace(state, caps=tuple(replace(cap, used=0) for cap in state.caps), released=0)
        for rep, state in people.reps.items()
    }
    return replace(people, reps=fresh, paused=False, paused_pools=frozenset())


def _available(state: RepState) -> RepState:
    if state.standing is Refusal.INACTIVE:
        return state
    return replace(state, standing=None, standing_detail="", available_at=None, caps=(), released=0)


def _decide_all(
    leads: Sequence[LeadFacts], *, published: Published, now: datetime, seen_as: Callable[[People], People]
) -> tuple[People, list[Decision]]:
    """Load what the leads reach, decide, and load more until none of them meets anybody unknown."""
    going = list(leads)
    first = reach_first(leads, published=published, now=now)
    pools, reps = set(first.pools), set(first.reps)
    while True:
        people = seen_as(_people(pools, reps, published=published, now=now))
        results = [decide(lead, published.rulebook, Batch(people, now)) for lead in going]
        decided = [result for result in results if not isinstance(result, Deferred)]
        if len(decided) == len(results):
            return people, decided
        for place, result in enumerate(results):
            if isinstance(result, Deferred) and not _widened(result, pools, reps):
                # whoever it asks for is gone: it goes on from there, as the next batch would
                going[place] = replace(going[place], resume=result.resume)


def _widened(deferred: Deferred, pools: set[PoolId], reps: set[RepId]) -> bool:
    """Add what a lead was missing; False if that was asked for already."""
    before = len(pools) + len(reps)
    if deferred.pool is not None:
        pools.add(deferred.pool)
    if deferred.rep is not None:
        reps.add(deferred.rep)
    return len(pools) + len(reps) > before


def _people(pools: set[PoolId], reps: set[RepId], *, published: Published, now: datetime) -> People:
    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    reached = {pool: published.rulebook.pools[pool] for pool in pools}
    return load_people(pools=reached, rep_ids=reps, now=now, settings=hours)
