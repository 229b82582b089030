"""How long one decision takes, in memory: rules, gates, ledger and trace, no database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import perf_counter

from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.types import (
    Condition,
    Deferred,
    Lead,
    LedgerAccount,
    LedgerKey,
    Member,
    People,
    PerformanceTable,
    Pool,
    Record,
    RepState,
    Rule,
    Rulebook,
    Segment,
    Settings,
    Strategy,
    TopicTag,
    ToPool,
)
from routing.management.benchmark.report import Row, percentile

NOW = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
SIZES = ((50, 100), (1_000, 1_000))


def measure(*, quick: bool) -> list[Row]:
    """Microseconds a decision, each recorded so that the next one sees it."""
    leads = 200 if quick else 3_000
    others = [strategy for strategy in Strategy if strategy is not Strategy.ROUND_ROBIN]
    return [_row(rules, reps, Strategy.ROUND_ROBIN, leads=leads) for rules, reps in SIZES] + [
        _row(*SIZES[0], strategy, leads=leads) for strategy in others
    ]


def _row(rules: int, reps: int, strategy: Strategy, *, leads: int) -> Row:
    rulebook = _rulebook(rules, strategy)
    batch = Batch(_people(reps), NOW)
    times = [_seconds(lead, rulebook, batch) for lead in _leads(leads)]
    micro = percentile(times, 0.5) * 1e6
    part = f"engine.decide with trace, {rules:,} rules × {reps:,} reps"
    if strategy is not Strategy.ROUND_ROBIN:
        part += f", {strategy}"
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


def _rulebook(rules: int, strategy: Strategy) -> Rulebook:
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
    return Rulebook(1, Settings(), (*body, catch_all), {1: Pool(1, "Pool", ledger=1, strategy=strategy)}, {})


def _people(reps: int) -> People:
    people = {n: RepState(n, f"Rep {n}", expertise={"kubernetes": 1 + n % 3}) for n in range(1, reps + 1)}
    return People(
        reps=people,
        members={1: tuple(Member(n) for n in people)},
        ledgers={LedgerKey(1): {n: LedgerAccount() for n in people}},
        performance={1: _results(reps)},
    )


def _results(reps: int) -> PerformanceTable:
    """A hundred leads of every rep, all of one source."""
    known: tuple[Segment, ...] = ((), ("web",))
    records = {n: {segment: Record(float(n % 40), 100.0) for segment in known} for n in range(1, reps + 1)}
    segments = {segment: Record(20.0 * reps, 100.0 * reps) for segment in known}
    return PerformanceTable(date(2026, 3, 2), ("source", "size"), segments, records)


def _leads(count: int) -> list[Lead]:
    return [
        Lead(
            id=n,
            key=str(n),
            label=f"Lead {n}",
            submitted_at=NOW,
            facts={"region": f"R{n % 97}", "employees": n % 500, "source": "web", "email": f"a{n}@b{n}.example"},
            email=f"a{n}@b{n}.example",
            topics=(TopicTag("kubernetes", 0.9, "we run it on kubernetes", "message"),),
        )
        for n in range(1, count + 1)
    ]
