"""How long one decision takes, in memory: rules, gates, ledger and trace, no database."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.types import (
    Condition,
    Deferred,
    Lead,
    LedgerAccount,
    Member,
    People,
    Pool,
    RepState,
    Rule,
    Rulebook,
    Settings,
    ToPool,
)
from routing.management.benchmark.report import Row, percentile

NOW = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
SIZES = ((50, 100), (1_000, 1_000))


def measure(*, quick: bool) -> list[Row]:
    """Microseconds a decision, each recorded so that the next one sees it."""
    return [_row(rules, reps, leads=500 if quick else 3_000) for rules, reps in SIZES]


def _row(rules: int, reps: int, *, leads: int) -> Row:
    rulebook = _rulebook(rules)
    batch = Batch(_people(reps), NOW)
    times = [_seconds(lead, rulebook, batch) for lead in _leads(leads)]
    micro = percentile(times, 0.5) * 1e6
    part = f"engine.decide with trace, {rules:,} rules × {reps:,} reps"
    return Row(part, "", micro, "µs", p50=percentile(times, 0.5) * 1e3, p99=percentile(times, 0.99) * 1e3)


def _seconds(lead: Lead, rulebook: Rulebook, batch: Batch) -> float:
    """How long one decision took; it is recorded, so that the next one sees it."""
    start = perf_counter()
    decision = decide(lead, rulebook, batch)
    seconds = perf_counter() - start
    if isinstance(decision, Deferred):
        raise AssertionError(f"Lead {lead.id} was put back.")
    batch.record(lead, decision)
    return seconds


def _rulebook(rules: int) -> Rulebook:
    """The last rule but one matches on average halfway: each looks at a region and a size."""
    body = tuple(
        Rule(
            id=n,
            position=n,
            name=f"Rule {n}",
            conditions=((Condition("region", "is", f"R{n}"), Condition("employees", "gte", 0)),),
            destination=ToPool(1),
        )
        for n in range(1, rules)
    )
    catch_all = Rule(id=rules, position=rules, name="Catch-all", conditions=(), destination=ToPool(1))
    return Rulebook(1, Settings(), (*body, catch_all), {1: Pool(1, "Pool", ledger=1)}, {})


def _people(reps: int) -> People:
    people = {n: RepState(n, f"Rep {n}") for n in range(1, reps + 1)}
    return People(
        reps=people,
        members={1: tuple(Member(n) for n in people)},
        ledgers={1: {n: LedgerAccount() for n in people}},
    )


def _leads(count: int) -> list[Lead]:
    return [
        Lead(
            id=n,
            key=str(n),
            label=f"Lead {n}",
            submitted_at=NOW,
            facts={"region": f"R{n % 97}", "employees": n % 500, "email": f"a{n}@b{n}.example"},
            email=f"a{n}@b{n}.example",
        )
        for n in range(1, count + 1)
    ]
