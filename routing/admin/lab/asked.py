"""Which pool the lab shows, of how many days, and by how much kinds of lead are told apart: said in its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from routing.engine.types import Strategy
from routing.models import Pool

PERIODS = {30: "30 days", 90: "90 days", 180: "180 days", 365: "a year"}
USUAL_DAYS = 90


@dataclass(frozen=True, slots=True)
class Asked:
    """`depth`: by so many of the pool's dimensions kinds of lead are told apart."""

    pool: Pool | None
    pools: Sequence[Pool]
    days: int
    depth: int

    @property
    def period(self) -> str:
        return PERIODS[self.days]

    def url(self, *, depth: int) -> str:
        """The same page with kinds told apart more or less finely."""
        return "?" + urlencode({"pool": self.pool.pk if self.pool else "", "days": self.days, "by": depth})


def asked_of(given: Mapping[str, str]) -> Asked:
    """What there is not is not asked: a pool that goes by results is shown first. One query."""
    pools = list(Pool.objects.current().order_by("name"))
    named = {str(pool.pk): pool for pool in pools}
    by_results = (pool for pool in pools if pool.strategy == Strategy.PERFORMANCE)
    usual = next(by_results, pools[0] if pools else None)
    days = {str(days): days for days in PERIODS}
    depth = given.get("by", "")
    return Asked(
        pool=named.get(given.get("pool", ""), usual),
        pools=pools,
        days=days.get(given.get("days", ""), USUAL_DAYS),
        depth=int(depth) if depth in {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"} else 1,
    )
