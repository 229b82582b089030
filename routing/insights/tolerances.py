"""What a turn tolerance costs in fairness and buys in results: the pool's last leads, chosen anew by the engine.

Every lead goes to whom the method *performance* chooses among those who could take it then, by the results of today.
Who could take it, and what it entitled them to, stands in its posting. Nothing else is lived through anew: what depends
on who got which lead, such as caps and answers, a replay of the draft shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef

from routing.engine.batch import Batch, Contest
from routing.engine.ledger import earned, entitle, pay, post
from routing.engine.performance import has_statistics
from routing.engine.round import Round
from routing.engine.skill import nothing_shows_a_difference
from routing.engine.strategies import expected_results, performance
from routing.engine.types import (
    ONE_LEAD,
    FactValue,
    Lead,
    LedgerKey,
    Member,
    People,
    PerformanceTable,
    RepId,
)
from routing.engine.types import Pool as Terms
from routing.insights.outcomes import facts_of
from routing.insights.periods import Period
from routing.models import Assignment, Pool, Posting
from routing.snapshots.postings import read_posting

MOST_LEADS = 1_000
"""The newest of the period: enough to see what a tolerance does."""
MOST_SHARES = 15_000
"""Of all these leads together: where 100 people could take each there are 150 leads."""
TOLERANCES = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
"""In turns."""
NOWHEN = datetime.min.replace(tzinfo=UTC)
NO_LEAD = Lead(0, "", "", NOWHEN, {})
"""Results are told by the facts of a turn alone."""


class Turn(NamedTuple):
    """A lead that was shared out: what is known of it, in which ledger it counted, and what it entitled whom to."""

    facts: Mapping[str, FactValue]
    ledger: LedgerKey
    shares: tuple[tuple[RepId, int], ...]


@dataclass(frozen=True, slots=True)
class Tolerated:
    """With a tolerance of so many turns `wins` are expected; nobody was ever further `behind` (in leads)."""

    turns: float
    wins: float
    behind: float


@dataclass(frozen=True, slots=True)
class Tolerances:
    """`leads` of the last ones were chosen anew, from the instant of the first."""

    leads: int
    since: datetime | None
    rows: tuple[Tolerated, ...]


def tolerances_of(pool: Pool, period: Period, *, table: PerformanceTable, now_at: float | None) -> Tolerances:
    """Each tolerance, with the one that the pool has now (`now_at`, in turns). One query, none where
    nothing shows that results differ."""
    known = has_statistics(table) and not nothing_shows_a_difference(table)
    rows = _shared_out(pool, period, table.dimensions) if known else []
    turns = [_turn(row) for row in rows]
    first = _first(turns)
    rows, turns = rows[first:], turns[first:]
    asked = sorted({*TOLERANCES, *([] if now_at is None else [now_at])})
    lived = tuple(_live(tolerance, pool, turns, table) for tolerance in asked) if turns else ()
    return Tolerances(len(turns), rows[0].assigned_at if rows else None, lived)


def _shared_out(pool: Pool, period: Period, dimensions: Sequence[str]) -> list[Any]:
    """The newest assignments of the pool that took a turn outside the control group, the oldest of them first."""
    turns = Assignment.objects.filter(
        pool=pool,
        posting__control=False,
        assigned_at__gte=period.start,
        assigned_at__lt=period.end,
    ).without_tests()
    # said so that a database knows that nearly all are left: it goes back in time, and stops when it has enough
    turns = turns.exclude(Exists(Posting.objects.filter(reverses=OuterRef("posting"))))
    facts = {name: fact for dimension in dimensions for name, fact in facts_of(dimension, "lead__").items()}
    named = {f"fact_{number}": fact for number, fact in enumerate(facts.values())}
    newest = turns.select_related("posting").annotate(**named).order_by("-assigned_at", "-pk")[:MOST_LEADS]
    rows: list[Any] = list(newest)[::-1]
    for row in rows:
        row.facts = {name: getattr(row, place) for name, place in zip(facts, named, strict=True)}
    return rows


def _first(turns: Sequence[Turn]) -> int:
    """Where the newest begin that can be chosen anew in a moment, however many people there are."""
    shares = 0
    for number in range(len(turns) - 1, -1, -1):
        shares += len(turns[number].shares)
        if shares > MOST_SHARES:
            return number + 1
    return 0


def _turn(row: Any) -> Turn:
    """Savings of those on leave are left aside: they could not take the lead."""
    posting = read_posting(row.posting)
    saved = {rep for rep, _ in posting.saved}
    shares = sorted((rep, share) for rep, share in earned(posting).items() if share > 0 and rep not in saved)
    return Turn(row.facts, posting.ledger, tuple(shares))


def _live(tolerance: float, pool: Pool, turns: Iterable[Turn], table: PerformanceTable) -> Tolerated:
    """All leads one after the other, everybody level at the beginning."""
    terms = Terms(pool.pk, pool.name, pool.ledger_id, band=round(tolerance * ONE_LEAD))
    people = People(reps={}, members={}, ledgers={}, performance={pool.pk: table})
    batch = Batch(people, NOWHEN)
    contest_of = cache(_contest)
    wins, behind = 0.0, 0
    for turn in turns:
        asked = Round(terms, NO_LEAD, turn.facts.get, batch, contest_of(turn.shares), turn.ledger)
        choice = performance(asked)
        if choice is None:
            continue
        accounts, winner = batch.accounts(turn.ledger), choice.turn.winner
        post(pay(choice.order.entitlement, turn.ledger, winner), accounts.balances, accounts.saved)
        wins += expected_results(asked, table, (winner,))[winner]
        behind = max(behind, *accounts.balances.values())
    return Tolerated(tolerance, wins, behind / ONE_LEAD)


def _contest(shares: tuple[tuple[RepId, int], ...]) -> Contest:
    """Those who could take a lead, weighed by what it entitled them to."""
    members = {rep: Member(rep, share) for rep, share in shares}
    return Contest(members, {}, {}, entitle(members.values()))
