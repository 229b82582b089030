"""A pool's past deals as an evaluation reads them: who had which lead, when it came, and what became of it.

What is an outcome, when it is known, and whose leads are left out, is as in `outcomes`: leads of the pool's members,
whoever shared them out. Nothing of a lead is kept but its kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from routing.engine.folding import fold
from routing.engine.performance import segment_of
from routing.engine.types import RepId
from routing.evaluation.deals import LEAST_ROWS, NOTHING, Columns, Deals, read_deals, visible
from routing.evaluation.doubts import Words
from routing.evaluation.refusals import CannotEvaluate, TooFewDeals
from routing.insights.outcomes import (
    LOST_UNCLOSED,
    NOT_COUNTED,
    became_final,
    can_be_counted_by,
    facts_of,
    tells_of_results,
)
from routing.models import Assignment, EndReason, Lead, Pool, PoolMember

LOOK_BACK = timedelta(days=3 * 365)
MOST_DEALS = 40_000
"""The newest: more would take minutes, and say little more."""
AT_ONCE = 2_000
WON, LOST = "won", "lost"
COLUMNS = Columns(
    rep="had it",
    outcome="became of it",
    won=WON,
    date="came",
    words=Words(
        rep="Who has a lead",
        rep_instead="Such deals say nothing of how well others would have done.",
        segments="the pool's kinds of lead",
        empty_is_usual=True,
    ),
)

Alive: TypeAlias = Callable[[], object]


@dataclass(frozen=True, slots=True)
class PastDeals:
    """`open`: leads of these people that have no outcome yet, and are left out."""

    deals: Deals
    open: int


class _Ended(NamedTuple):
    """One lead that somebody brought to an end."""

    rep: RepId
    came: datetime
    known: datetime
    won: bool
    facts: tuple[Any, ...]


def past_deals_of(pool: Pool, dimensions: Sequence[str], *, now: datetime, zone: ZoneInfo, alive: Alive) -> PastDeals:
    """Of leads that came in the last three years, the newest 40,000. Raises CannotEvaluate. Five queries."""
    names = _names(pool)
    usable = tuple(dict.fromkeys(filter(can_be_counted_by, dimensions)))
    since = now - LOOK_BACK
    rows = [*_of_owners(list(names), usable, since, now, alive), *_handed_over(list(names), usable, since, now, alive)]
    rows = sorted(rows, key=lambda row: row.came)[-MOST_DEALS:]
    _enough(rows)
    table = [_cells(row, names, usable, zone) for row in rows]
    header = (COLUMNS.rep, COLUMNS.outcome, COLUMNS.date, *usable)
    deals = read_deals(header, enumerate(table), replace(COLUMNS, segments=usable))
    known = [
        deal._replace(known=max(rows[deal.row].known.astimezone(zone).toordinal(), deal.day)) for deal in deals.deals
    ]
    waiting = tells_of_results().filter(owner__in=names, submitted_at__gte=since).exclude(became_final(since, now))
    return PastDeals(replace(deals, deals=known), waiting.count())


def _names(pool: Pool) -> dict[RepId, str]:
    """By member; names that several have, or that stand for nothing, with a number."""
    members = PoolMember.objects.filter(pool=pool).order_by("rep_id").values_list("rep_id", "rep__name")
    shown = {rep: visible(name) for rep, name in members}
    times = Counter(shown.values())
    return {
        rep: name if times[name] == 1 and fold(name) not in NOTHING else f"{name} ({rep})"
        for rep, name in shown.items()
    }


def _enough(rows: Sequence[_Ended]) -> None:
    wins = sum(row.won for row in rows)
    if len(rows) < LEAST_ROWS:
        raise TooFewDeals(f"It takes {LEAST_ROWS} leads with an outcome, and there are {len(rows)}.", len(rows))
    if not 0 < wins < len(rows):
        one = "won" if wins else "lost"
        raise CannotEvaluate(f"All {len(rows):,} leads were {one}: nothing tells who does better.")


def _cells(row: _Ended, names: Mapping[RepId, str], dimensions: Sequence[str], zone: ZoneInfo) -> Mapping[str, str]:
    """A row of the table, as a file of past deals would have it."""
    facts = [name for dimension in dimensions for name in facts_of(dimension, "")]
    kind = segment_of(dimensions, dict(zip(facts, row.facts, strict=True)).get)
    return {
        COLUMNS.rep: names[row.rep],
        COLUMNS.outcome: WON if row.won else LOST,
        COLUMNS.date: row.came.astimezone(zone).date().isoformat(),
        **dict(zip(dimensions, kind, strict=True)),
    }


def _of_owners(
    reps: Sequence[RepId], dimensions: Sequence[str], since: datetime, until: datetime, alive: Alive
) -> Iterator[_Ended]:
    final = tells_of_results().filter(became_final(since, until), owner__in=reps)
    leads = final.filter(submitted_at__gte=since).order_by("-submitted_at", "-pk")
    wait = dict(LOST_UNCLOSED)
    for rep, came, outcome, closed, owned, *facts in _read(
        leads, ("owner_id", "submitted_at", "outcome", "outcome_at", "owned_at"), dimensions, "", alive
    ):
        known = owned + wait[outcome] if outcome in wait else closed
        yield _Ended(rep, came, known, outcome == Lead.Outcome.WON, tuple(facts))


def _handed_over(
    reps: Sequence[RepId], dimensions: Sequence[str], since: datetime, until: datetime, alive: Alive
) -> Iterator[_Ended]:
    ended = Assignment.objects.filter(
        rep__in=reps,
        end_reason=EndReason.HANDED_OVER,
        ended_at__gte=since,
        ended_at__lt=until,
        lead__submitted_at__gte=since,
        lead__test=False,
    ).exclude(method__in=NOT_COUNTED)
    columns = ("rep_id", "lead__submitted_at", "ended_at")
    for rep, came, known, *facts in _read(ended.order_by("-ended_at", "-pk"), columns, dimensions, "lead__", alive):
        yield _Ended(rep, came, known, True, tuple(facts))


def _read(
    rows: QuerySet[Any], columns: Sequence[str], dimensions: Sequence[str], path: str, alive: Alive
) -> Iterator[tuple[Any, ...]]:
    facts = [fact for dimension in dimensions for fact in facts_of(dimension, path).values()]
    named = {f"fact_{number}": fact for number, fact in enumerate(facts)}
    newest = rows.annotate(**named).values_list(*columns, *named)[:MOST_DEALS]
    for number, row in enumerate(newest):  # all are read first: being alive writes, which no open cursor suffers
        if number % AT_ONCE == 0:
            alive()
        yield row
