"""What a replay found, side by side: history, the published version, and the one that was asked about.

Leads are named by their ids only, so that erasing a lead erases it here, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from reps.models import Rep
from routing.engine.types import ONE_LEAD, Outcome, PoolId, RepId, RuleId
from routing.models import Lead
from routing.services.replay.flow import Lived, flow_of
from routing.services.replay.ground import Past
from routing.services.replay.world import Fate

MOST_CHANGES = 1_000
UNSERVED = frozenset({Outcome.HELD})


def compare(rows: Sequence[Lead], past: Mapping[int, Past], published: Lived, asked: Lived) -> dict[str, Any]:
    """The three columns, who gains and loses, and which leads change hands."""
    columns = {
        "history": _history(rows, past),
        "published": _column(rows, published),
        "draft": _column(rows, asked),
    }
    names = _names()
    return {
        "leads": len(rows),
        "columns": columns,
        "reps": _by_rep(rows, past, published, asked, names),
        "changes": _changes(rows, past, published, asked, names),
        "fairness": _fairness(published, asked),
        "flow": {"published": flow_of(rows, published, names), "draft": flow_of(rows, asked, names)},
    }


def _history(rows: Sequence[Lead], past: Mapping[int, Past]) -> dict[str, Any]:
    statuses = Counter(row.status for row in rows)
    known = [past[row.pk] for row in rows if row.pk in past]
    return {
        "assigned": len(known),
        "unserved": sum(row.pk not in past and row.status in (Lead.Status.HELD, Lead.Status.PENDING) for row in rows),
        "parked": statuses[Lead.Status.PARKED],
        "duplicates": statuses[Lead.Status.DUPLICATE],
        "review": statuses[Lead.Status.QUARANTINED],
        "breaches": sum(one.late for one in known),
        "waits": _waits(one.waited for one in known),
        "by_rule": _counted(one.rule for one in known),
        "by_method": _counted(one.method for one in known),
    }


def _column(rows: Sequence[Lead], lived: Lived) -> dict[str, Any]:
    fates = [lived.fates[row.pk] for row in rows]
    outcomes = Counter(fate.outcome for fate in fates)
    assigned = [fate for fate in fates if fate.outcome is Outcome.ASSIGNED]
    names = {rule.id: rule.name for rule in lived.published.rulebook.rules}
    return {
        "assigned": len(assigned),
        "unserved": outcomes[Outcome.HELD],
        "parked": outcomes[Outcome.PARKED],
        "duplicates": outcomes[Outcome.DUPLICATE],
        "review": outcomes[Outcome.QUARANTINED],
        "breaches": sum(fate.late for fate in assigned),
        "waits": _waits(fate.waited for fate in fates),
        "by_rule": _counted(names.get(fate.rule or 0, "") for fate in assigned),
        "by_method": _counted(fate.method for fate in assigned),
    }


def _waits(waited: Iterable[timedelta | None]) -> dict[str, Any]:
    """How long leads waited for somebody, of those that did."""
    minutes = sorted(one / timedelta(minutes=1) for one in waited if one is not None)
    return {"leads": len(minutes), "p50_minutes": _quantile(minutes, 0.5), "p90_minutes": _quantile(minutes, 0.9)}


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1) if ordered else None


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(name for name in names if name).items(), key=lambda one: (-one[1], one[0])))


def _by_rep(
    rows: Sequence[Lead],
    past: Mapping[int, Past],
    published: Lived,
    asked: Lived,
    names: Mapping[RepId, tuple[str, str]],
) -> list[dict[str, Any]]:
    """Everybody who has leads in any column, who gains most first."""
    history = Counter(past[row.pk].rep for row in rows if row.pk in past)
    before = Counter(rep for row in rows if (rep := published.fates[row.pk].rep))
    after = Counter(rep for row in rows if (rep := asked.fates[row.pk].rep))
    lines = [
        {
            "rep": names.get(rep, ("", ""))[0],
            "name": names.get(rep, ("", ""))[1],
            "history": history[rep],
            "published": before[rep],
            "draft": after[rep],
            "change": after[rep] - before[rep],
        }
        for rep in history.keys() | before.keys() | after.keys()
    ]
    return sorted(lines, key=lambda line: (-line["change"], line["rep"]))


def _changes(
    rows: Sequence[Lead],
    past: Mapping[int, Past],
    published: Lived,
    asked: Lived,
    names: Mapping[RepId, tuple[str, str]],
) -> dict[str, Any]:
    """Leads that change hands from the published version to the other; the newest of them by name."""
    changed = [row for row in rows if _hands(published.fates[row.pk]) != _hands(asked.fates[row.pk])]
    rules = [{rule.id: rule.name for rule in lived.published.rulebook.rules} for lived in (published, asked)]
    return {
        "count": len(changed),
        "listed": [
            {
                "lead": str(row.uuid),
                "submitted_at": row.submitted_at.isoformat(),
                "history": _email(past[row.pk].rep, names) if row.pk in past else None,
                "published": _end(published.fates[row.pk], rules[0], names),
                "draft": _end(asked.fates[row.pk], rules[1], names),
            }
            for row in reversed(changed[-MOST_CHANGES:])
        ],
    }


def _hands(fate: Fate) -> tuple[Outcome, RepId | None]:
    return fate.outcome, fate.rep


def _end(fate: Fate, rules: Mapping[RuleId, str], names: Mapping[RepId, tuple[str, str]]) -> dict[str, Any]:
    return {
        "outcome": fate.outcome.value,
        "rep": _email(fate.rep, names),
        "method": fate.method or None,
        "rule": rules.get(fate.rule or 0),
    }


def _email(rep: RepId | None, names: Mapping[RepId, tuple[str, str]]) -> str | None:
    return names.get(rep, ("", ""))[0] or None if rep else None


def _names() -> dict[RepId, tuple[str, str]]:
    return {pk: (email, name) for pk, email, name in Rep.objects.values_list("pk", "email", "name")}


def _fairness(published: Lived, asked: Lived) -> list[dict[str, Any]]:
    """By pool: how far apart its members' balances are in the end, in leads, in the ledger where they lie widest."""
    pools = {**published.published.rulebook.pools, **asked.published.rulebook.pools}
    lines = [
        {"pool": pool.name, "published": _spread(published, pool.id), "draft": _spread(asked, pool.id)}
        for pool in sorted(pools.values(), key=lambda pool: pool.name)
    ]
    return [line for line in lines if line["published"] is not None or line["draft"] is not None]


def _spread(lived: Lived, pool_id: PoolId) -> float | None:
    pool = lived.published.rulebook.pools.get(pool_id)
    reps = {member.rep for member in lived.members.get(pool_id, ())}
    if pool is None or len(reps) < 2:
        return None
    spreads = [
        max(balances) - min(balances)
        for key, accounts in lived.balances.items()
        if key.ledger == pool.ledger and not key.control
        for balances in [[accounts[rep].balance if rep in accounts else 0 for rep in reps]]
    ]
    return round(max(spreads, default=0) / ONE_LEAD, 3)
