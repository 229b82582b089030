"""Statements of turns, like a bank's: what each lead entitled a rep to, what they got, and every credit.

They add up to the last billionth: opening + lines = closing. What a lead earned and paid is read from its posting, so
a statement says what happened, not what the rules are today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from reps.models import Rep
from routing.engine.ledger import earned, turn_balances
from routing.engine.types import LedgerId, LedgerKey, Member, PoolId, RepId
from routing.engine.types import Posting as Lines
from routing.models import Decision, Ledger, LedgerAccount, Pool, PoolMember, PostingKind
from routing.models import Posting as PostingRow
from routing.snapshots.frozen_people import thaw_people
from routing.snapshots.columns import unpack_json
from routing.snapshots.postings import ledger_of as key_of
from routing.snapshots.postings import read_posting

BUSY = timedelta(hours=1)
"""No batch or request takes longer from its instant to its last row."""
AT_ONCE = 2_000
WHOLE_POOL = "all leads"
"""What a ledger is called that counts every kind of lead together."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one posting did to the rep's balance. All amounts are billionths of a lead.

    `amount` = `earned` − `paid`, but of a reversal, which takes back what the posting had moved. `saved` is the part
    that was earned on leave, for later; `paid_out` what moved from those savings to where it counts (no part of
    `amount`). `got`: the lead went to this rep. `lead` is its id, None if it was deleted.
    """

    at: datetime
    kind: str
    lead: str | None
    label: str
    earned: int
    paid: int
    amount: int
    balance: int
    got: bool = False
    saved: int = 0
    paid_out: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LedgerStatement:
    """One ledger of the rep: `name` is of the pool or fairness group, `key` the kind of lead counted there.

    opening + the lines' amounts = closing, exactly.
    """

    name: str
    key: str
    control: bool
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A rep's ledgers in a period, from `since` up to, not including, `until`."""

    rep: Rep
    since: datetime
    until: datetime
    ledgers: tuple[LedgerStatement, ...]

    @property
    def lines(self) -> list[StatementLine]:
        """Of all ledgers, oldest first; each line's balance is that of its own ledger."""
        return sorted((line for ledger in self.ledgers for line in ledger.lines), key=lambda line: line.at)

    @property
    def opening(self) -> int:
        return sum(ledger.opening for ledger in self.ledgers)

    @property
    def closing(self) -> int:
        return sum(ledger.closing for ledger in self.ledgers)
