"""One batch, from locked leads to decisions in memory: match, lock, read everything once, decide one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from routing.engine.batch import Batch
from routing.engine.decide import decide, reach
from routing.engine.types import Decision, Deferred, MatchedAccount, People, PoolId, RepId, Territory
from routing.engine.types import Lead as LeadFacts
from routing.matching import match_accounts
from routing.models import Lead
from routing.services.batches.lock import lock_ledgers, lock_people_of_leads, lock_reps
from routing.snapshots.earlier import in_flight
from routing.snapshots.leads import load_leads
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.progress import write_progress
from routing.snapshots.rulebook import Published, current_rulebook

IN_FLIGHT = timedelta(seconds=1)
"""A lead waits so long before it asks again whether another router has decided about the one before it."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A lead with what was decided, and everything that storing it needs."""

    row: Lead
    facts: LeadFacts
    territory: Territory | None
    decision: Decision


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a batch came to: decisions in the order in which they were taken, and leads that the next batch resumes."""

    published: Published
    people: People
    batch: Batch
    decided: list[Decided] = field(default_factory=list)
    put_back: list[tuple[Lead, Deferred]] = field(default_factory=list)
    behind: list[tuple[Lead, datetime]] = field(default_factory=list)


class NoProgress(Exception):
    """What a lead reaches and what was locked for it do not agree."""


class Superseded(Exception):
    """Another version was published while the batch waited for its locks."""


def decide_batch(rows: Sequence[Lead], *, published: Published, now: datetime) -> Outcomes:
    """Decide about leads that are locked, live ones before imports. Locks what they reach first; writes nothing.

    Raises Superseded if the version is no longer the published one once everything is locked.
    """
    rows = sorted(rows, key=lambda row: (row.priority, row.pk))
    matches = _lock_and_match(rows, published)
    leads = load_leads(rows, published=published, matches=matches, now=now)
    people = _lock_and_load_people((facts for facts, _ in leads), published=published, now=now)
    if (current := current_rulebook()) is None or current.number != published.number:
        raise Superseded
    outcomes = Outcomes(published, people, Batch(people, now))
    behind_others = in_flight(rows)
    waiting: set[tuple[str, int]] = set()
    for row, (facts, territory) in zip(rows, leads, strict=True):
        kin = _kin(row, facts.match)
        if row.pk in behind_others or not waiting.isdisjoint(kin):
            # an earlier lead of this person or company is pending: this one waits behind it
            waiting |= kin
            outcomes.behind.append((row, now + IN_FLIGHT if row.pk in behind_others else now))
            continue
        decision = decide(facts, published.rulebook, outcomes.batch)
        if isinstance(decision, Deferred):
            _check_progress(row, decision)
            waiting |= kin
            outcomes.put_back.append((row, decision))
        else:
            outcomes.batch.record(facts, decision)
            outcomes.decided.append(Decided(row, facts, territory, decision))
    return outcomes


def _lock_and_match(rows: Sequence[Lead], published: Published) -> dict[int, MatchedAccount | None]:
    """The account of each lead, as it is once the account is locked: its owner may change meanwhile."""
    settings = published.rulebook.settings
    readable = [row for row in rows if not row.undecidable]
    matches = match_accounts(readable, settings)
    accounts = {match.id for match in matches.values() if match}
    lock_people_of_leads(rows, accounts)
    if not accounts:
        return matches
    again = match_accounts(readable, settings)
    # whoever has come to another account by now is unmatched rather than matched without its lock
    return {pk: match if match and match.id in accounts else None for pk, match in again.items()}


def _check_progress(row: Lead, deferred: Deferred) -> None:
    """A lead that is put back where it was put back before would go round for ever."""
    if row.resume and row.resume == write_progress(deferred.resume, deferred.first_reached):
        raise NoProgress(f"Lead {row.uuid} was put back twice at the same place: {row.resume}")


def _lock_and_load_people(leads: Iterable[LeadFacts], *, published: Published, now: datetime) -> People:
    pools, reps = _reached(leads, published=published, now=now)
    lock_ledgers({published.rulebook.pools[pool].ledger for pool in pools})
    locked = lock_reps(pool_ids=pools, rep_ids=reps)
    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    people = load_people(pool_ids=pools, rep_ids=locked, now=now, settings=hours)
    # a published pool whose row is gone is one without members
    return replace(people, members={pool: people.members.get(pool, ()) for pool in pools})


def _reached(leads: Iterable[LeadFacts], *, published: Published, now: datetime) -> tuple[set[PoolId], set[RepId]]:
    """The pools and people that these leads reach first."""
    pools: set[PoolId] = set()
    reps: set[RepId] = set()
    for facts in leads:
        first = reach(facts, published.rulebook, now)
        pools |= first.pools & published.rulebook.pools.keys()
        reps |= first.reps
    return pools, reps


def _kin(row: Lead, match: MatchedAccount | None) -> set[tuple[str, int]]:
    """Keys that two leads share if they may be of the same person or company."""
    kin = {
        ("identity", identity)
        for identity in (row.email_identity_id, row.phone_identity_id, row.company_identity_id)
        if identity
    }
    return kin | {("account", match.id)} if match else kin
