"""Postings and ledger accounts of the engine ↔ rows: lines packed, savings beside them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from routing.engine import ledger
from routing.engine.types import LedgerAccount, LedgerKey, Posting, RepId
from routing.models import LedgerAccount as AccountRow
from routing.models import Posting as PostingRow


def posting_row(posting: Posting, *, now: datetime, **columns: Any) -> PostingRow:
    """The row of a posting, not saved yet."""
    return PostingRow(
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


def ledger_of(row: PostingRow) -> LedgerKey:
    return LedgerKey(row.ledger_id, row.turns_by, row.control)


def store_accounts(accounts: Iterable[tuple[LedgerKey, RepId, LedgerAccount]]) -> None:
    """Each as it stands now, in one statement; whoever had none gets one. The ledgers are locked."""
    AccountRow.objects.bulk_create(
        [
            AccountRow(
                ledger_id=key.ledger, turns_by=key.turns_by, control=key.control, rep_id=rep,
                balance=account.balance, last_at=account.last_at, saved=account.saved,
            )
            for key, rep, account in accounts
        ],
        update_conflicts=True,
        unique_fields=["ledger", "turns_by", "control", "rep"],
        update_fields=["balance", "last_at", "saved"],
    )  # fmt: skip
