"""The ledgers as they stood when the replay begins: today's balances, less what was posted since."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from routing.engine.types import LedgerAccount, LedgerId, LedgerKey, Pool, RepId
from routing.models import Posting
from routing.models.pools import PostingKind
from routing.snapshots.postings import read_posting


def opening_accounts(
    today: Mapping[LedgerKey, Mapping[RepId, LedgerAccount]], *, since: datetime
) -> dict[LedgerKey, dict[RepId, LedgerAccount]]:
    """Balances and savings at `since`. A ledger without postings before is one of zeros. One query."""
    moved: defaultdict[LedgerKey, Counter[RepId]] = defaultdict(Counter)
    saved: defaultdict[LedgerKey, Counter[RepId]] = defaultdict(Counter)
    later = Posting.objects.filter(ledger__in={key.ledger for key in today}, posted_at__gte=since).order_by()
    for row in later.iterator(chunk_size=5_000):
        posting = read_posting(row)
        for rep, amount in posting.lines:
            moved[posting.ledger][rep] += amount
        for rep, amount in posting.saved:
            saved[posting.ledger][rep] += amount
        for rep, amount in posting.paid_out:
            saved[posting.ledger][rep] -= amount
    return {
        key: {rep: _opening(account, moved[key][rep], saved[key][rep], since) for rep, account in accounts.items()}
        for key, accounts in today.items()
    }


def _opening(account: LedgerAccount, moved: int, saved: int, since: datetime) -> LedgerAccount:
    last_at = account.last_at if account.last_at and account.last_at < since else None
    return LedgerAccount(account.balance - moved, last_at, max(0, account.saved - saved))


class Totals:
    """Leads won in the last days, for pools that share totals: they come and grow old as the replay goes on."""

    def __init__(self, pools: Iterable[Pool], *, since: datetime) -> None:
        self._days: dict[LedgerId, float] = {}
        for pool in pools:
            self._days[pool.ledger] = max(self._days.get(pool.ledger, 0.0), pool.totals_days)
        self._wins: defaultdict[LedgerKey, deque[tuple[datetime, RepId]]] = defaultdict(deque)
        for ledger, days in self._days.items():
            self._load(ledger, since - timedelta(days=days), since)

    def _load(self, ledger: LedgerId, start: datetime, end: datetime) -> None:
        turns = Posting.objects.filter(ledger=ledger, posted_at__gt=start, posted_at__lt=end, reversed_by=None)
        rows = turns.exclude(kind=PostingKind.REVERSAL).order_by("posted_at")
        for turns_by, control, rep, at in rows.values_list("turns_by", "control", "winner_id", "posted_at"):
            self._wins[LedgerKey(ledger, turns_by, control)].append((at, rep))

    def won(self, ledger: LedgerKey, rep: RepId, now: datetime) -> None:
        if ledger.ledger in self._days:
            self._wins[ledger].append((now, rep))

    def at(self, now: datetime) -> dict[LedgerKey, Mapping[RepId, int]]:
        """Who won how many leads by now."""
        for ledger, wins in self._wins.items():
            oldest = now - timedelta(days=self._days[ledger.ledger])
            while wins and wins[0][0] <= oldest:
                wins.popleft()
        return {ledger: Counter(rep for _, rep in wins) for ledger, wins in self._wins.items()}
