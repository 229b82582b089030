"""How the members of a pool stand to a lead just now, as every gate sees them: for leads that people hand out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from reps.models import Rep
from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.gates import Given, Way, refusals
from routing.engine.types import (
    Deferred,
    LedgerKey,
    Member,
    OfferMode,
    OverflowTo,
    People,
    Pool,
    PoolId,
    Refusal,
    Rule,
    Selection,
    ToPool,
)
from routing.models import Lead, Offer
from routing.snapshots.leads import load_leads
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.released import unanswered_released
from routing.snapshots.rulebook import Published

NO_CLAIM = frozenset({Refusal.INACTIVE, Refusal.CAP, Refusal.PACE})
"""Whoever is offered a lead can take it up while away or off shift, but not for one of these."""


NO_POOL = Pool(0, "", 0)
"""In the place of the lead's pool where it came by none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the first gate that refuses the rep says, `warning` in words; and those who pass every gate, and the rep.

    There are no members, and no ledger, where the rep is no member of the lead's pool.
    """

    refusal: Refusal | None = None
    warning: str = ""
    key: LedgerKey | None = None
    members: tuple[Member, ...] = ()


def standing_of(
    rep: Rep, lead: Lead, *, pool_id: PoolId | None, rule_id: int | None, published: Published, now: datetime
) -> Standing:
    """How the rep and the members of the lead's pool stand. Only reads: the ledger and the people are locked."""
    pool, rule = published.rulebook.pools.get(pool_id or 0), _rule(rule_id, published)
    people = _people(rep, pool, published, now=now)
    if pool is not None and any(member.rep == rep.pk for member in people.members.get(pool.id, ())):
        return _of_member(rep, _selection(lead, pool, rule, people, published, now=now))
    asked = pool or NO_POOL
    joined = replace(people, members={asked.id: (*people.members.get(asked.id, ()), Member(rep.pk))})
    refusal, detail = _refusal(rep, _selection(lead, asked, rule, joined, published, now=now))
    strange = f"not a member of {pool.name}" if pool else ""
    return Standing(refusal, ", ".join(text for text in (strange, detail) if text))


def _of_member(rep: Rep, selection: Selection | None) -> Standing:
    refusal, detail = _refusal(rep, selection)
    if selection is None:
        return Standing()
    able = tuple(one for one in selection.members if one.rep == rep.pk or one.rep not in selection.refusals)
    return Standing(refusal, detail, selection.ledger, able)


def _refusal(rep: Rep, selection: Selection | None) -> tuple[Refusal | None, str]:
    """What the first gate that refuses the rep says, if one does."""
    return (selection.refusals.get(rep.pk) if selection else None) or (None, "")


def why_no_claim(rep: Rep, offer: Offer, *, waited: bool, published: Published, now: datetime) -> str:
    """Why the rep cannot take up an offer, whatever else they are: inactive, at a cap, too fast; "" if they can.

    `waited`: the lead had waited before it was offered, so that the pace counts.
    """
    rule, pool = _rule(offer.rule_id, published), offer.pool_id or 0
    overflowed = rule is not None and rule.when_nobody == OverflowTo(pool) and rule.destination != ToPool(pool)
    state = _people(rep, published.rulebook.pools.get(pool), published, now=now).reps[rep.pk]
    state = replace(state, released=unanswered_released([rep.pk]).get(rep.pk, 0) if waited else 0)
    burst = published.rulebook.settings.release_burst if waited else None
    way = Way(exempt=overflowed, units=offer.units, burst=burst)
    found = refusals(state, way, given=Given(), had_before=frozenset(), pool=pool)
    return next((detail for refusal, detail in found if refusal in NO_CLAIM), "")


def _rule(rule_id: int | None, published: Published) -> Rule | None:
    return next((rule for rule in published.rulebook.rules if rule.id == rule_id), None)


def _people(rep: Rep, pool: Pool | None, published: Published, *, now: datetime) -> People:
    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    people = load_people(pools={pool.id: pool} if pool else {}, rep_ids={rep.pk}, now=now, settings=hours)
    return replace(people, paused=False, paused_pools=frozenset(), last_resort=())


def _selection(
    lead: Lead, pool: Pool, rule: Rule | None, people: People, published: Published, *, now: datetime
) -> Selection | None:
    """What the pool alone, by the needs of the rule that led there, would decide about the lead."""
    [(facts, _)] = load_leads([lead], published=published, matches={}, now=now)
    facts = replace(
        facts, earlier=(), resume=None, screen_reason="", undecidable=False, test=False, hold_deadline_at=None
    )
    only = Rule(
        rule.id if rule else 0, 1, rule.name if rule else "", (), ToPool(pool.id),
        needs=rule.needs if rule else (), units=rule.units if rule else 1,
    )  # fmt: skip
    book = replace(published.rulebook, rules=(only,), pools={pool.id: replace(pool, offer=OfferMode.ASSIGN)})
    decision = decide(facts, book, Batch(people, now))
    return None if isinstance(decision, Deferred) else decision.trace.selection
