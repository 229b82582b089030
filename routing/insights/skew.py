"""Pools in which somebody gets far more than a fair share of the leads that are shared out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from routing.engine.ledger import unpack
from routing.engine.types import ONE_LEAD, PoolId, RepId
from routing.insights.periods import Period
from routing.models import Assignment

FEWEST_LEADS = 25
"""Below this, chance alone makes somebody look favoured."""
FAR_MORE = 1.5
"""Times the fair share."""
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Skew:
    """Somebody who got `leads` of the `of` leads that a pool shared out; `fair` is what those entitled them to."""

    pool: PoolId
    rep: RepId
    leads: int
    of: int
    fair: float


Shared: TypeAlias = Mapping[PoolId, Counter[RepId]]
"""Of each pool, how much everybody has."""


def skewed(period: Period) -> list[Skew]:
    """Everybody above 1.5 × their fair share in a pool that shared out 25 leads or more, by pool and rep."""
    return skewed_among(*shared_out(period))


def skewed_among(got: Shared, fair: Shared) -> list[Skew]:
    """The same of what is counted already."""
    return [
        Skew(pool, rep, leads, got[pool].total(), fair[pool][rep] / ONE_LEAD)
        for pool in sorted(got)
        for rep, leads in sorted(got[pool].items())
        if got[pool].total() >= FEWEST_LEADS and leads * ONE_LEAD > FAR_MORE * fair[pool][rep]
    ]


def shared_out(period: Period) -> tuple[Shared, Shared]:
    """What everybody got of each pool, in leads, and what those leads entitled everybody to, in billionths.

    Only leads that went by turn count: not those of owners, nor test leads, nor those whose turn was given back.
    """
    shared = Assignment.objects.filter(
        assigned_at__gte=period.start, assigned_at__lt=period.end, pool__isnull=False, lead__test=False
    ).filter(posting__isnull=False, posting__reversed_by=None)
    got: defaultdict[PoolId, Counter[RepId]] = defaultdict(Counter)
    fair: defaultdict[PoolId, Counter[RepId]] = defaultdict(Counter)
    columns = ("pool_id", "posting__winner_id", "posting__paid", "posting__entries")
    for pool, winner, paid, entries in shared.order_by("pk").values_list(*columns).iterator(chunk_size=AT_ONCE):
        got[pool or 0][winner] += 1
        fair[pool or 0].update(dict(unpack(bytes(entries))))
        fair[pool or 0][winner] += paid
    return got, fair
