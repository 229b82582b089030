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
from routing.models import Lead
from routing.snapshots.leads import load_leads
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.rulebook import Published


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
    pool = published.rulebook.pools.get(pool_id or 0)
    rule = _rule(rule_id, published)
    people = _people(rep, pool, published, now=now)
    members = people.members.get(pool.id, ()) if pool else ()
    is_member = any(member.rep == rep.pk for member in members)
    asked = pool or Pool(0, "", 0)
    if not is_member:
        members = (*members, Member(rep.pk))
    selection = _selection(lead, asked, rule, replace(people, members={asked.id: members}), published, now=now)
    refusal, detail = (selection.refusals.get(rep.pk) if selection else None) or (None, "")
    if selection is None or not is_member:
        strange = f"not a member of {pool.name}" if pool else ""
        return Standing(refusal, ", ".join(text for text in (strange, detail) if text))
    able = tuple(one for one in selection.members if one.rep == rep.pk or one.rep not in selection.refusals)
    return Standing(refusal, detail, selection.ledger, able)


def why_no_claim(rep: Rep, *, pool: Pool, rule_id: int | None, units: int, published: Published, now: datetime) -> str:
    """Why the rep cannot take up an offer of the pool: inactive, or a cap is reached, whatever else; "" if they can."""
    rule = _rule(rule_id, published)
    overflowed = rule is not None and rule.when_nobody == OverflowTo(pool.id) and rule.destination != ToPool(pool.id)
    state = _people(rep, pool, published, now=now).reps[rep.pk]
    found = refusals(state, Way(exempt=overflowed, units=units), given=Given(), had_before=frozenset(), pool=pool.id)
    return next((detail for refusal, detail in found if refusal in (Refusal.INACTIVE, Refusal.CAP)), "")


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
