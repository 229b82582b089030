"""Rows → how many leads a pool offers to one member at a time, and nobody took yet."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count

from routing.engine.types import OfferMode, Pool, PoolId, RepId
from routing.models import Offer


def load_standing_offers(pools: Mapping[PoolId, Pool]) -> dict[tuple[PoolId, RepId], int]:
    """Standing exclusive offers by pool and rep. One query, none without such a pool."""
    exclusive = [pool for pool, terms in pools.items() if terms.offer is OfferMode.EXCLUSIVE]
    if not exclusive:
        return {}
    rows = Offer.objects.standing().filter(kind=Offer.Kind.EXCLUSIVE, pool__in=exclusive).order_by()
    counted = rows.values("pool_id", "rep_id").annotate(leads=Count("pk"))
    return {(row["pool_id"], row["rep_id"]): row["leads"] for row in counted}
