"""What routing would read in a message, and which expert would get it. Writes nothing; the text is kept nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.engine.expertise import known_of
from routing.engine.folding import fold
from routing.engine.strategies import fit_of, learned_of
from routing.engine.types import Lead as LeadFacts
from routing.engine.types import Learned, Pool, PoolId, RepState, Rule, Strategy, TopicTag, ToPool
from routing.intake.facts import READERS
from routing.intent import FALLBACK
from routing.models import Lead
from routing.services.dry_run import DryRun, dry_run
from routing.services.reading import read_aside
from routing.services.simulate import TYPED_IN, told
from routing.services.which_version import PUBLISHED, which_version
from routing.snapshots.rulebook import Published
from routing.snapshots.signals import FROM_THE_LEAD, by_keywords, strongest

STRAIGHT_THERE = "Straight to the pool"
"""The one rule of a rulebook in which every message goes to one pool."""


@dataclass(frozen=True, slots=True)
class Expert:
    """A member of the pool. `refusal` says why they may not take it now.

    `levels` are of the message's topics: topic, level declared, level learned. `balance` is in billionths of a lead:
    who has had too many in advance is not chosen, however well they fit.
    """

    rep: int
    name: str
    fit: float
    levels: tuple[tuple[str, float, float], ...]
    takes_part: bool
    refusal: str
    available_at: datetime | None
    balance: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom the pool's method chooses: those who fit first, the best before others; `reason` in one sentence."""

    pool: Pool
    experts: tuple[Expert, ...]
    reason: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """`note` says why keywords found the topics where something else should have; empty: they did as they should.

    `by_rules` is what GET /leads/{id}/decisions would show of such a lead if nothing else were known of it.
    """

    topics: tuple[TopicTag, ...]
    note: str
    choice: Choice | None
    by_rules: dict[str, Any]


def expert_pools() -> list[Pool]:
    """The published pools that go by intent, by name. Raises NoSuchVersion before the first publication."""
    pools = which_version(PUBLISHED).rulebook.pools.values()
    return sorted((pool for pool in pools if pool.strategy is Strategy.INTENT), key=lambda pool: pool.name)


def try_message(*, text: str, domain: str, pool: PoolId | None, now: datetime) -> Tried:
    """A message of a stranger, from a company whose signals count if its `domain` is given, as if it came now.

    With `pool` also whom that one would choose, whatever the rules say. Raises NoSuchVersion if nothing is published.
    """
    published = which_version(PUBLISHED)
    row = Lead(pk=TYPED_IN, submitted_at=now, route_after=now, message=READERS["message"](text), domain=domain)
    known_as = _read(row, published, now)
    (run,) = dry_run([row], published=published, now=now, known_as=known_as)
    chosen = _choice(row, published, published.rulebook.pools.get(pool or 0), known_as, now)
    return Tried(run.facts.topics, run.facts.topics_note, chosen, told(run, published, now))


def _read(row: Lead, published: Published, now: datetime) -> Callable[[LeadFacts], LeadFacts]:
    """A stranger whose message was read as a worker would read it, whoever waits here."""
    rulebook = published.rulebook
    if rulebook.settings.extractor == FALLBACK or not (row.message and rulebook.topics):
        return _a_stranger
    result = read_aside(row.message, rulebook, now=now)
    if isinstance(result, str):
        return lambda lead: replace(_a_stranger(lead), topics_note=by_keywords(result))
    said = [TopicTag(tag.topic, tag.confidence, tag.quote, FROM_THE_LEAD) for tag in result]

    def known(lead: LeadFacts) -> LeadFacts:
        heard = (tag for tag in lead.topics if tag.origin != FROM_THE_LEAD)
        return replace(_a_stranger(lead), topics=strongest([*said, *heard]), topics_note="")

    return known


def _a_stranger(lead: LeadFacts) -> LeadFacts:
    """Nobody has such a lead already: what it says decides, not who is known there."""
    return replace(lead, earlier=())


def _choice(
    row: Lead,
    published: Published,
    pool: Pool | None,
    known_as: Callable[[LeadFacts], LeadFacts],
    now: datetime,
) -> Choice | None:
    if pool is None:
        return None
    straight = Rule(0, 1, STRAIGHT_THERE, (), ToPool(pool.id))
    rulebook = replace(published.rulebook, rules=(straight,))
    (run,) = dry_run([row], published=replace(published, rulebook=rulebook), now=now, known_as=known_as)
    selection = run.decision.trace.selection
    notes = selection.notes if selection else ()
    return Choice(pool, tuple(_experts(run, pool)), run.decision.reason, notes)


def _experts(run: DryRun, pool: Pool) -> list[Expert]:
    selection = run.decision.trace.selection
    experts = []
    for one in selection.candidates() if selection else ():
        state = run.people.reps[one.rep]
        learned = learned_of(run.people, pool, one.rep)
        fit = fit_of(state, run.facts.topics, learned)
        expert = Expert(
            rep=one.rep,
            name=state.name,
            fit=fit,
            levels=tuple(_levels(run.facts, state, learned)),
            takes_part=fit >= pool.minimum_fit,
            refusal=one.detail,
            available_at=state.available_at if one.refusal else None,
            balance=one.balance,
            chosen=selection is not None and one.rep == selection.winner,
        )
        experts.append(expert)
    return sorted(experts, key=lambda one: (not one.chosen, not one.takes_part, bool(one.refusal), -one.fit, one.name))


def _levels(lead: LeadFacts, state: RepState, learned: Mapping[str, Learned]) -> Iterator[tuple[str, float, float]]:
    for topic in dict.fromkeys(tag.topic for tag in lead.topics):
        declared, more = known_of(state, fold(topic), learned)
        if declared or more:
            yield topic, declared, more
