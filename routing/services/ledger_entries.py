"""Postings outside a batch: turns given by hand or taken up, and reversals. Each sums to 0, and so does every ledger.

They lock the ledger themselves: call them once leads, identities and accounts are locked, and before people are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from routing.engine import ledger
from routing.engine.types import LedgerAccount, LedgerKey, Member, Posting, RepId
from routing.models import Lead, PostingKind
from routing.models import LedgerAccount as AccountRow
from routing.models import Posting as PostingRow
from routing.services.batches.lock import lock_ledgers
from routing.snapshots.postings import posting_row, read_posting, store_accounts


def post_manual_turn(
    *, key: LedgerKey, members: Iterable[Member], winner: RepId, lead: Lead, reason: str, now: datetime
) -> PostingRow:
    """A turn given by hand: the `winner`, one of the `members`, pays what all of them earn."""
    posting = ledger.pay(ledger.entitle(members), key, winner)
    return post_turn(posting=posting, kind=PostingKind.MANUAL, lead=lead, reason=reason, now=now)


def post_turn(
    *, posting: Posting, lead: Lead, now: datetime, kind: PostingKind = PostingKind.TURN, reason: str = ""
) -> PostingRow:
    """Store a posting and move the accounts by it; the winner had a lead just now."""
    lock_ledgers([posting.ledger.ledger])
    row = posting_row(posting, now=now, lead_id=lead.pk, kind=kind, reason=reason[:100])
    row.save(force_insert=True)
    _move(posting, won_at=now)
    return row


def reverse_posting(*, posting: PostingRow, reason: str, now: datetime) -> PostingRow | None:
    """Take back the whole of a posting, in its own ledger. None if that was done before, or it is itself a reversal."""
    lock_ledgers([posting.ledger_id])
    if posting.kind == PostingKind.REVERSAL or PostingRow.objects.filter(reverses=posting).exists():
        return None
    back = ledger.reverse(read_posting(posting))
    row = posting_row(
        back, now=now, lead_id=posting.lead_id, kind=PostingKind.REVERSAL, reverses_id=posting.pk, reason=reason[:100]
    )
    row.save(force_insert=True)
    _move(back)
    return row


def reverse_postings(*, postings: Iterable[PostingRow], reason: str, now: datetime) -> None:
    """The same for many that were not reversed before, with a handful of statements."""
    rows = sorted((row for row in postings if row.kind != PostingKind.REVERSAL), key=lambda row: row.pk)
    lock_ledgers({row.ledger_id for row in rows})
    done = set(PostingRow.objects.filter(reverses__in=rows).values_list("reverses_id", flat=True))
    backs = [(row, ledger.reverse(read_posting(row))) for row in rows if row.pk not in done]
    PostingRow.objects.bulk_create(
        posting_row(
            back, now=now, lead_id=row.lead_id, kind=PostingKind.REVERSAL, reverses_id=row.pk, reason=reason[:100]
        )
        for row, back in backs
    )
    _move_all([back for _, back in backs])


def _move_all(postings: Collection[Posting]) -> None:
    """Reversals win nobody a lead: when somebody last had one stays."""
    accounts = _Accounts(postings)
    for posting in postings:
        accounts.post(posting)
    store_accounts(accounts.changed())


class _Accounts:
    """The accounts that postings move, read at once and stored at once."""

    def __init__(self, postings: Collection[Posting]) -> None:
        self._rows: defaultdict[LedgerKey, dict[RepId, AccountRow]] = defaultdict(dict)
        for row in AccountRow.objects.filter(ledger__in={posting.ledger.ledger for posting in postings}):
            self._rows[LedgerKey(row.ledger_id, row.turns_by, row.control)][row.rep_id] = row
        self._balances: dict[LedgerKey, dict[RepId, int]] = {}
        self._saved: dict[LedgerKey, dict[RepId, int]] = {}

    def post(self, posting: Posting) -> None:
        key = posting.ledger
        rows = self._rows[key]
        balances = self._balances.setdefault(key, {rep: row.balance for rep, row in rows.items()})
        saved = self._saved.setdefault(key, {rep: row.saved for rep, row in rows.items()})
        ledger.post(posting, balances, saved)

    def changed(self) -> Iterator[tuple[LedgerKey, RepId, LedgerAccount]]:
        for key, balances in self._balances.items():
            for rep, balance in sorted(balances.items()):
                row = self._rows[key].get(rep)
                yield key, rep, LedgerAccount(balance, row.last_at if row else None, self._saved[key].get(rep, 0))


def _move(posting: Posting, *, won_at: datetime | None = None) -> None:
    """Add the lines to the accounts; whoever had none gets one."""
    key = posting.ledger
    reps = sorted({rep for rep, _ in posting.lines} | {rep for rep, _ in posting.paid_out})
    rows = AccountRow.objects.filter(ledger=key.ledger, turns_by=key.turns_by, control=key.control, rep__in=reps)
    accounts = {row.rep_id: row for row in rows}
    balances = {rep: account.balance for rep, account in accounts.items()}
    saved = {rep: account.saved for rep, account in accounts.items()}
    last_at = {rep: account.last_at for rep, account in accounts.items()}
    if won_at is not None:
        last_at[posting.winner] = won_at
    ledger.post(posting, balances, saved)
    store_accounts((key, rep, LedgerAccount(balances.get(rep, 0), last_at.get(rep), saved.get(rep, 0))) for rep in reps)
