"""Leads that are offered: the rows of new offers, and those whose time ran out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reps.models import Rep
from routing.engine.types import Held, HeldReason
from routing.models import Decision, Lead, Offer
from routing.services.batches.decide import Decided
from routing.services.sla.clock import UNTOLD
from routing.services.waiting import look_again_once_offers_end
from routing.snapshots.rulebook import Published


def store_offers(
    told: Sequence[Decided], decisions: Sequence[Decision], published: Published, *, now: datetime
) -> list[Offer]:
    """One row for everybody whom a lead is offered to. `decisions` are the rows of what was told, in order.

    An offer's time runs once its rep was told; until then it stands longer, so that nobody loses it unasked. Agents are
    told of no offers, so theirs runs at once.
    """
    agents = _agents(told)
    units = {rule.id: rule.units for rule in published.rulebook.rules}
    rows = [
        Offer(
            lead=decided.row,
            rep_id=offer.rep,
            kind=offer.kind.value,
            pool_id=decision.pool_id,
            rule_id=decided.decision.rule,
            decision=decision,
            units=units.get(decided.decision.rule or 0, 1),
            offered_at=now,
            until=offer.until if offer.rep in agents else now + UNTOLD * (offer.until - now),
        )
        for decided, decision in zip(told, decisions, strict=True)
        if isinstance(decided.decision, Held) and decision.pool_id is not None
        for offer in decided.decision.offers
    ]
    return Offer.objects.bulk_create(rows)


def _agents(told: Sequence[Decided]) -> set[int]:
    """Those of whom something is offered who are agents."""
    reps = {offer.rep for one in told if isinstance(one.decision, Held) for offer in one.decision.offers}
    return set(Rep.objects.filter(pk__in=reps, kind=Rep.Kind.AGENT).values_list("pk", flat=True)) if reps else set()


def expire_offers(leads: Sequence[Lead], *, now: datetime) -> dict[int, datetime]:
    """End the offers of these locked leads whose time ran out; lead → when the last that still stands ends."""
    offered = [lead.pk for lead in leads if lead.held_reason == HeldReason.OFFERED]
    if not offered:
        return {}
    standing = Offer.objects.standing().filter(lead__in=offered)
    over = list(standing.filter(until__lte=now).select_related("lead"))
    if over:
        Offer.objects.filter(pk__in=[offer.pk for offer in over]).update(ended_at=now, result=Offer.Result.EXPIRED)
        look_again_once_offers_end(offers=over, now=now)
    return dict(standing.order_by("until").values_list("lead_id", "until"))
