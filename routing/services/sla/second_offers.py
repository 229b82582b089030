"""Offer a lead to a second rep before its owner is late. The owner keeps it until somebody takes it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from reps.models import Rep
from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.types import Held, OfferMode, Pool, Rule, ToPool
from routing.engine.types import Lead as LeadFacts
from routing.models import Assignment, Offer
from routing.services.sla.clock import UNTOLD
from routing.snapshots.frozen_decisions import write_posting
from routing.snapshots.leads import load_leads
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.rulebook import Published


def pools_of(rows: Sequence[Assignment], published: Published | None) -> dict[int, Pool]:
    """The published pools by which the leads of these assignments came."""
    pools = published.rulebook.pools if published else {}
    return {row.pool_id: pools[row.pool_id] for row in rows if row.pool_id in pools and row.pool_id is not None}


def second_offers(rows: Sequence[Assignment], published: Published, *, now: datetime) -> list[Offer]:
    """Offers to whom the pool would give each lead next, stored; none where there is nobody, or one stands already.

    Leads, ledgers and the members of the pools are locked. A constant number of queries. Agents are told of no offers,
    so none is made to them.
    """
    pools = pools_of(rows, published)
    able = _without_an_offer([row for row in rows if row.pool_id in pools and not row.lead.test])
    if not able:
        return []
    leads = load_leads([row.lead for row in able], published=published, matches={}, now=now)
    batch = _batch_of_humans(pools, published, now=now)
    rules = {rule.id: rule for rule in published.rulebook.rules}
    offers = (
        _offer(row, facts, pools[row.pool_id or 0], rules, published, batch, now=now)
        for row, (facts, _) in zip(able, leads, strict=True)
    )
    return Offer.objects.bulk_create([offer for offer in offers if offer is not None])


def _without_an_offer(rows: Sequence[Assignment]) -> list[Assignment]:
    leads = [row.lead_id for row in rows]
    offered = set(Offer.objects.standing().filter(lead__in=leads).values_list("lead", flat=True))
    return [row for row in rows if row.lead_id not in offered]


def _batch_of_humans(pools: Mapping[int, Pool], published: Published, *, now: datetime) -> Batch:
    """The members of these pools, without agents and without a last resort."""
    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    people = load_people(pools=pools, rep_ids=(), now=now, settings=hours)
    agents = set(Rep.objects.filter(pk__in=people.reps, kind=Rep.Kind.AGENT).values_list("pk", flat=True))
    members = {pool: tuple(one for one in those if one.rep not in agents) for pool, those in people.members.items()}
    return Batch(replace(people, members=members, last_resort=()), now)


def _offer(
    row: Assignment,
    lead: LeadFacts,
    pool: Pool,
    rules: Mapping[int, Rule],
    published: Published,
    batch: Batch,
    *,
    now: datetime,
) -> Offer | None:
    """To whom the pool alone, by the needs of the lead's rule, would offer it if it had to go from its owner."""
    rule = rules.get(row.rule_id or 0)
    only = Rule(
        rule.id if rule else 0, 1, rule.name if rule else "", (), ToPool(pool.id),
        needs=rule.needs if rule else (), units=row.units,
    )  # fmt: skip
    book = replace(published.rulebook, rules=(only,), pools={pool.id: replace(pool, offer=OfferMode.EXCLUSIVE)})
    facts = replace(
        lead, earlier=(), resume=None, moved=None, screen_reason="", undecidable=False, hold_deadline_at=None,
        owned_before=lead.owned_before | {row.rep_id},
    )  # fmt: skip
    decision = decide(facts, book, batch)
    selection = decision.trace.selection if isinstance(decision, Held) else None
    if not isinstance(decision, Held) or not decision.offers or selection is None or selection.posting is None:
        return None
    batch.record(facts, decision)
    [offered] = decision.offers
    return Offer(
        lead=row.lead, rep_id=offered.rep, kind=Offer.Kind.SECOND, pool_id=pool.id, rule_id=row.rule_id,
        units=row.units, turn=write_posting(selection.posting), offered_at=now,
        until=now + UNTOLD * (offered.until - now),
    )  # fmt: skip
