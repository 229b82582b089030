"""One batch, from locked leads to decisions in memory: match, lock, read everything once, decide one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.engine.batch import Batch
from routing.engine.decide import Reach, decide, reach
from routing.engine.types import (
    Assigned,
    Decision,
    Deferred,
    Duplicate,
    EarlierLead,
    Held,
    MatchedAccount,
    Outcome,
    Parked,
    People,
    PoolId,
    Quarantined,
    RepId,
    Territory,
)
from routing.engine.types import Lead as LeadFacts
from routing.matching import Matching, Suggestion, match_leads
from routing.models import Lead
from routing.services.batches.lock import lock_ledgers, lock_people_of_leads, lock_reps
from routing.snapshots.earlier import in_flight
from routing.snapshots.leads import load_leads
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.progress import read_moved, write_progress
from routing.snapshots.rulebook import Published, current_rulebook

IN_FLIGHT = timedelta(seconds=1)
"""A lead waits so long before it asks again whether another router has decided about the one before it."""
OUTCOMES: Mapping[type, Outcome] = {
    Assigned: Outcome.ASSIGNED,
    Held: Outcome.HELD,
    Parked: Outcome.PARKED,
    Duplicate: Outcome.DUPLICATE,
    Quarantined: Outcome.QUARANTINED,
}
NOBODYS = (Duplicate, Quarantined)
"""Decisions that do not depend on anybody."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A lead with what was decided, and everything that storing it needs.

    `earlier` are the leads of the same person or company as the batch had changed them by then.
    """

    row: Lead
    facts: LeadFacts
    territory: Territory | None
    decision: Decision
    earlier: tuple[EarlierLead, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a batch came to: decisions in the order in which they were taken, and leads that the next batch resumes."""

    published: Published
    people: People
    batch: Batch
    suggestions: Mapping[int, tuple[Suggestion, ...]] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    put_back: list[tuple[Lead, Deferred]] = field(default_factory=list)
    behind: list[tuple[Lead, datetime]] = field(default_factory=list)


class NoProgress(Exception):
    """What a lead reaches and what was locked for it do not agree."""


class Superseded(Exception):
    """Another version was published while the batch waited for its locks, or a lead it must change is in use."""


def decide_batch(rows: Sequence[Lead], *, published: Published, now: datetime) -> Outcomes:
    """Decide about leads that are locked, live ones before imports. Locks what they reach first; writes nothing.

    Raises Superseded if the version is no longer the published one once everything is locked.
    """
    rows = sorted(rows, key=lambda row: (row.priority, row.pk))
    matchings = _lock_and_match(rows, published)
    matches = {pk: matching.account for pk, matching in matchings.items()}
    leads = load_leads(rows, published=published, matches=matches, now=now)
    people = _lock_and_load_people([facts for facts, _ in leads], published=published, now=now)
    if (current := current_rulebook()) is None or current.number != published.number:
        raise Superseded
    suggestions = {pk: matching.suggestions for pk, matching in matchings.items()}
    outcomes = Outcomes(published, people, Batch(people, now), suggestions)
    _decide_in_turn(rows, leads, outcomes, now=now)
    return outcomes


def _lock_and_match(rows: Sequence[Lead], published: Published) -> dict[int, Matching]:
    """The account of each lead, as it is once the account is locked: its owner may change meanwhile."""
    settings = published.rulebook.settings
    readable = [row for row in rows if not row.undecidable]
    matchings = match_leads(readable, settings)
    accounts = {matching.account.id for matching in matchings.values() if matching.account}
    lock_people_of_leads(rows, accounts)
    if not accounts:
        return matchings
    again = match_leads(readable, settings)
    # whoever has come to another account by now is unmatched rather than matched without its lock
    return {
        pk: Matching(None) if matching.account and matching.account.id not in accounts else matching
        for pk, matching in again.items()
    }


def _decide_in_turn(
    rows: Sequence[Lead], leads: Sequence[tuple[LeadFacts, Territory | None]], outcomes: Outcomes, *, now: datetime
) -> None:
    """Each with the turns and open leads that those before it leave."""
    behind_others = in_flight(rows)
    waiting: set[tuple[str, int]] = set()
    for row, (facts, territory) in zip(rows, leads, strict=True):
        kin = _kin(row, facts.match)
        if row.pk in behind_others or not waiting.isdisjoint(kin):
            # an earlier lead of this person or company is pending: this one waits behind it
            waiting |= kin
            outcomes.behind.append((row, now + IN_FLIGHT if row.pk in behind_others else now))
            continue
        decision = decide(facts, outcomes.published.rulebook, outcomes.batch)
        if isinstance(decision, Deferred):
            _check_progress(row, decision)
            waiting |= kin
            outcomes.put_back.append((row, decision))
        else:
            earlier = outcomes.batch.earlier_than(facts)
            outcomes.batch.record(facts, decision)
            outcomes.decided.append(Decided(row, facts, territory, decision, earlier))


def _check_progress(row: Lead, deferred: Deferred) -> None:
    """A lead that is put back where it was put back before would go round for ever."""
    if row.resume and row.resume == write_progress(deferred.resume, deferred.first_reached, read_moved(row.resume)):
        raise NoProgress(f"Lead {row.uuid} was put back twice at the same place: {row.resume}")


def _lock_and_load_people(leads: Sequence[LeadFacts], *, published: Published, now: datetime) -> People:
    first = reach_first(leads, published=published, now=now)
    pools = {pool: published.rulebook.pools[pool] for pool in first.pools}
    lock_ledgers({pool.ledger for pool in pools.values()})
    locked = lock_reps(pool_ids=first.pools, rep_ids=first.reps, last_resort=first.last_resort)
    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    pace = any(lead.released for lead in leads)
    return load_people(pools=pools, rep_ids=locked, now=now, settings=hours, pace=pace)


def reach_first(leads: Iterable[LeadFacts], *, published: Published, now: datetime) -> Reach:
    """All that these leads reach first."""
    reached = [reach(facts, published.rulebook, now) for facts in leads]
    pools: set[PoolId] = set().union(*(first.pools for first in reached))
    reps: set[RepId] = set().union(*(first.reps for first in reached))
    known = pools & published.rulebook.pools.keys()
    return Reach(frozenset(known), frozenset(reps), any(first.last_resort for first in reached))


def _kin(row: Lead, match: MatchedAccount | None) -> set[tuple[str, int]]:
    """Keys that two leads share if they may be of the same person or company."""
    kin = {
        ("identity", identity)
        for identity in (row.email_identity_id, row.phone_identity_id, row.company_identity_id)
        if identity
    }
    return kin | {("account", match.id)} if match else kin
