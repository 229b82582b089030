"""Postings and ledger accounts of the engine ↔ rows: lines packed, savings beside them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from routing.engine import ledger
from routing.engine.types import LedgerAccount, LedgerKey, Posting, RepId
from routing.models import Decision
from routing.models import LedgerAccount as AccountRow
from routing.models import Posting as PostingRow
from routing.models.fresh import fresh_row
from routing.models.inserting import store_rows

BUSY = timedelta(hours=1)
"""No batch and no request takes longer from its instant to its last row."""


def posting_row(posting: Posting, *, now: datetime, **columns: Any) -> PostingRow:
    """The row of a posting, not saved yet."""
    return fresh_row(
        PostingRow,
        ledger_id=posting.ledger.ledger,
        turns_by=posting.ledger.turns_by,
        control=posting.ledger.control,
        winner_id=posting.winner,
        entries=ledger.pack(posting.lines),
        saved=ledger.pack(posting.saved) if posting.saved else b"",
        paid_out=ledger.pack(posting.paid_out) if posting.paid_out else b"",
        paid=posting.paid,
        posted_at=now,
        **columns,
    )


def read_posting(row: PostingRow) -> Posting:
    """The inverse of posting_row."""
    return Posting(
        ledger=ledger_of(row),
        winner=row.winner_id,
        lines=ledger.unpack(bytes(row.entries)),
        paid=row.paid,
        saved=ledger.unpack(bytes(row.saved)) if row.saved else (),
        paid_out=ledger.unpack(bytes(row.paid_out)) if row.paid_out else (),
    )


def first_posting_from(instant: datetime) -> int:
    """The key of the first posting from an instant on: keys rise with time, but for those of the same moment.

    Decisions are found by time, so that only the postings of an hour have to be looked at.
    """
    earlier = Decision.objects.filter(decided_at__lt=instant - BUSY, posting__isnull=False)
    known = earlier.order_by("-decided_at").values_list("posting_id", flat=True).first() or 0
    later = PostingRow.objects.filter(pk__gt=known).order_by("pk")
    found = later.filter(posted_at__gte=instant).values_list("pk", flat=True).first()
    return found if found is not None else _after_all()


def _after_all() -> int:
    newest = PostingRow.objects.order_by("-pk").values_list("pk", flat=True).first()
    return (newest or 0) + 1


def ledger_of(row: PostingRow) -> LedgerKey:
    return LedgerKey(row.ledger_id, row.turns_by, row.control)


def store_accounts(accounts: Iterable[tuple[LedgerKey, RepId, LedgerAccount]]) -> None:
    """Each as it stands now, in one statement; whoever had none gets one. The ledgers are locked."""
    store_rows(
        [
            fresh_row(
                AccountRow,
                ledger_id=key.ledger, turns_by=key.turns_by, control=key.control, rep_id=rep,
                balance=account.balance, last_at=account.last_at, saved=account.saved,
            )
            for key, rep, account in accounts
        ],
        unique=("rep", "ledger", "turns_by", "control"),
        changed=("balance", "last_at", "saved"),
    )  # fmt: skip
