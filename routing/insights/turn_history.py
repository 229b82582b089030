"""How a ledger's turns went, day by day: what everybody got, beside what they were entitled to."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from reps.schedules import midnight
from routing.engine.ledger import unpack
from routing.engine.types import ONE_LEAD, LedgerId, LedgerKey, RepId
from routing.insights.arrivals import QUARTER, QuarterHours
from routing.models import Posting, PostingKind
from routing.snapshots.postings import first_posting_from

AT_ONCE = 2_000

Kept: TypeAlias = tuple[RepId, int, bytes]
"""What is the same of many postings: winner, what they paid, and the packed entries."""


@dataclass(frozen=True, slots=True)
class DayOfTurns:
    """Sums from the first day of the history to the end of this one.

    `leads` were shared out; `turns` of them everybody got; `entitled` is what they earned, in billionths of a lead.
    """

    start: datetime
    leads: int
    turns: Mapping[RepId, int]
    entitled: Mapping[RepId, int]

    def share(self, rep: RepId) -> float:
        """The part of the leads that somebody got; 0 as long as there is none."""
        return self.turns.get(rep, 0) / self.leads if self.leads else 0.0

    def entitled_share(self, rep: RepId) -> float:
        """The part of the leads that they entitled somebody to."""
        return self.entitled.get(rep, 0) / ONE_LEAD / self.leads if self.leads else 0.0


TurnHistory: TypeAlias = Mapping[LedgerKey, tuple[DayOfTurns, ...]]


def turn_history(ledger: LedgerId, *, now: datetime, zone: ZoneInfo, days: int = 30) -> TurnHistory:
    """The last days, today included, on the clocks of one zone, of every ledger that lies under this one.

    Turns by hand count; those that were given back do not. The number of queries is constant, and the postings are
    read once: 100,000 take a second.
    """
    today = now.astimezone(zone).date()
    edges = [midnight(today + timedelta(days=n + 1 - days), zone) for n in range(days + 1)]
    counted = _counted(ledger, edges)
    return {key: tuple(_added_up(counted[key], edges)) for key in sorted(counted)}


def _counted(ledger: LedgerId, edges: Sequence[datetime]) -> Mapping[LedgerKey, Mapping[int, Counter[Kept]]]:
    """How many postings are alike, of each ledger and day."""
    standing = Posting.objects.filter(ledger=ledger, pk__gte=first_posting_from(edges[0]), reversed_by=None)
    within = standing.filter(posted_at__gte=edges[0], posted_at__lt=edges[-1]).exclude(kind=PostingKind.REVERSAL)
    columns = ("turns_by", "control", "quarter", "winner_id", "paid", "entries")
    rows = within.annotate(quarter=QuarterHours("posted_at")).order_by("pk").values_list(*columns)
    quarters = [int(edge.timestamp()) // QUARTER for edge in edges]
    day_of = cache(lambda quarter: bisect_right(quarters, quarter) - 1)
    found: defaultdict[LedgerKey, defaultdict[int, Counter[Kept]]] = defaultdict(lambda: defaultdict(Counter))
    for turns_by, control, quarter, winner, paid, entries in rows.iterator(chunk_size=AT_ONCE):
        found[LedgerKey(ledger, turns_by, control)][day_of(quarter)][winner, paid, bytes(entries)] += 1
    return found


def _added_up(days: Mapping[int, Counter[Kept]], edges: Sequence[datetime]) -> Iterable[DayOfTurns]:
    lines_of = cache(unpack)
    leads, turns, entitled = 0, Counter[RepId](), Counter[RepId]()
    for number, start in enumerate(edges[:-1]):
        for (winner, paid, entries), count in days.get(number, {}).items():
            leads += count
            turns[winner] += count
            entitled[winner] += paid * count
            for rep, amount in lines_of(entries):
                entitled[rep] += amount * count
        yield DayOfTurns(start, leads, dict(turns), dict(entitled))
