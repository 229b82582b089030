"""How many leads everybody won in the last days, for pools that share totals.

Days that are over are counted once (LedgerDay); only what was posted since is counted anew, by key of the posting. So
a month of postings is never read, however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta

from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, Value, When

from routing.engine.types import LedgerId, LedgerKey, Pool, RepId
from routing.models import Ledger, LedgerDay, Posting, PostingKind

WON = Sum(
    Case(When(kind=PostingKind.REVERSAL, then=Value(-1)), default=Value(1), output_field=IntegerField()),
)
"""Each posting is a lead won by its winner; a reversal takes one back."""


def load_totals(pools: Iterable[Pool], *, now: datetime) -> dict[LedgerKey, dict[RepId, int]]:
    """Leads won in each ledger of these pools, less those whose turn was given back. Three queries.

    The first day counts as a whole: from midnight (UTC) on.
    """
    since: dict[LedgerId, datetime] = {}
    for pool in pools:
        day = (now - timedelta(days=pool.totals_days)).astimezone(UTC).date()
        start = datetime.combine(day, time(), tzinfo=UTC)
        since[pool.ledger] = min(since.get(pool.ledger, start), start)
    totals: defaultdict[LedgerKey, dict[RepId, int]] = defaultdict(dict)
    for rows in (_days(since), _uncounted(since)) if since else ():
        for ledger, turns_by, control, rep, won in rows:
            wins = totals[LedgerKey(ledger, turns_by, control)]
            wins[rep] = wins.get(rep, 0) + won
    return dict(totals)


def _days(since: Mapping[LedgerId, datetime]) -> QuerySet[LedgerDay, tuple[int, str, bool, int, int]]:
    wanted = Q()
    for ledger, start in since.items():
        wanted |= Q(ledger=ledger, day__gte=start.date())
    rows = LedgerDay.objects.filter(wanted).order_by().values("ledger_id", "turns_by", "control", "rep_id")
    return rows.annotate(sum=Sum("won")).values_list("ledger_id", "turns_by", "control", "rep_id", "sum")


def _uncounted(since: Mapping[LedgerId, datetime]) -> QuerySet[Posting, tuple[int, str, bool, int, int]]:
    counted = dict(Ledger.objects.filter(pk__in=since).values_list("pk", "counted_posting"))
    wanted = Q()
    for ledger, start in since.items():
        won = ~Q(kind=PostingKind.REVERSAL) & Q(posted_at__gte=start)
        given_back = Q(kind=PostingKind.REVERSAL, reverses__posted_at__gte=start)
        wanted |= Q(ledger=ledger, pk__gt=counted.get(ledger, 0)) & (won | given_back)
    rows = Posting.objects.filter(wanted).order_by().annotate(rep=F("winner_id"))
    grouped = rows.values("ledger_id", "turns_by", "control", "rep").annotate(sum=WON)
    return grouped.values_list("ledger_id", "turns_by", "control", "rep", "sum")
