"""Which way leads go by a version, counted by way: from source to rule to pool to rep, or to where they end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.engine.types import LedgerAccount, LedgerKey, Member, Outcome, Pool, PoolId, RepId, RuleId
from routing.models import Lead
from routing.services.replay.world import Fate
from routing.snapshots.rulebook import Published

MOST_SOURCES = 20
"""The most frequent sources are named; a form may write anything there."""
MOST_WAYS = 2_000
OTHERS = "Others"
NO_POOL = Pool(0, "", 0)


@dataclass(frozen=True, slots=True)
class Lived:
    """A version after the replay: what became of each lead, and its ledgers in the end."""

    published: Published
    fates: Mapping[int, Fate]
    balances: Mapping[LedgerKey, Mapping[RepId, LedgerAccount]]
    members: Mapping[PoolId, Sequence[Member]]

    def rule_name(self, rule: RuleId | None) -> str:
        return next((one.name for one in self.published.rulebook.rules if one.id == rule), "")


def flow_of(rows: Sequence[Lead], lived: Lived, names: Mapping[RepId, tuple[str, str]]) -> list[dict[str, Any]]:
    """The ways, the most frequent first. Empty texts: no source, no rule, no pool, nobody; then `outcome` tells."""
    sources = {name for name, _ in Counter(row.source for row in rows).most_common(MOST_SOURCES)}
    rules = {rule.id: rule.name for rule in lived.published.rulebook.rules}
    pools = lived.published.rulebook.pools
    counts: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        fate = lived.fates[row.pk]
        owned = fate.outcome is Outcome.ASSIGNED
        counts[
            row.source if row.source in sources else OTHERS,
            rules.get(fate.rule or 0, "") if owned else "",
            pools.get(fate.pool or 0, NO_POOL).name if owned else "",
            names.get(fate.rep, ("", ""))[0] if owned and fate.rep else "",
            fate.outcome.value,
        ] += 1
    columns = ("source", "rule", "pool", "rep", "outcome")
    ways = sorted(counts.items(), key=lambda way: (-way[1], way[0]))[:MOST_WAYS]
    return [dict(zip(columns, way, strict=True)) | {"leads": count} for way, count in ways]
