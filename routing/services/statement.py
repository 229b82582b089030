"""Statements of turns, like a bank's: what each lead entitled a rep to, what they got, and every credit.

They add up to the last billionth: opening + lines = closing. What a lead earned and paid is read from its posting, so
a statement says what happened, not what the rules are today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from reps.models import Rep
from routing.engine.types import LedgerId, LedgerKey, RepId
from routing.models import DecisionSnapshot, Ledger, LedgerAccount, Pool, Posting
from routing.snapshots.columns import unpack_json
from routing.snapshots.frozen_people import thaw_accounts
from routing.snapshots.postings import first_posting_from, ledger_of, read_posting

EVERY_LEAD = "all"
"""What the key of a ledger is called that counts every kind of lead together."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one posting did to the rep's balance. All amounts are billionths of a lead.

    `amount` = `earned` − `paid`; of a reversal both are below 0. `saved` is the part that was earned on leave, for
    later; `paid_out` what moved from those savings to where it counts, which is no part of `amount`. `got`: it is the
    rep's own turn; `winner` is the name of whoever's it is. `kind` is turn, manual or reversal; `lead` the lead's id,
    None if it was deleted.
    """

    at: datetime
    kind: str
    lead: str | None
    label: str
    got: bool
    earned: int
    paid: int
    amount: int
    balance: int
    saved: int = 0
    paid_out: int = 0
    reason: str = ""
    winner: str = ""


@dataclass(frozen=True, slots=True)
class LedgerStatement:
    """One ledger of the rep: `name` is of its pool or fairness group, `key` the kind of lead that is counted there.

    opening + the lines' amounts = opening + earned − paid = closing, exactly.
    """

    name: str
    key: str
    control: bool
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int

    @property
    def earned(self) -> int:
        return sum(line.earned for line in self.lines)

    @property
    def paid(self) -> int:
        return sum(line.paid for line in self.lines)


@dataclass(frozen=True, slots=True)
class Statement:
    """A rep's ledgers in a period, from `since` up to, not including, `until`. The sums are of all ledgers."""

    rep: Rep
    since: datetime
    until: datetime
    ledgers: tuple[LedgerStatement, ...]

    @property
    def lines(self) -> list[StatementLine]:
        """Of all ledgers, oldest first; a line's balance is that of its own ledger."""
        return sorted((line for ledger in self.ledgers for line in ledger.lines), key=lambda line: line.at)

    @property
    def opening(self) -> int:
        return sum(ledger.opening for ledger in self.ledgers)

    @property
    def closing(self) -> int:
        return sum(ledger.closing for ledger in self.ledgers)


@dataclass(frozen=True, slots=True)
class _Book:
    """A rep's account as it stands, with the newest posting that it counts. Postings from `end` on come after the
    period; `anchor` is the first of those whose batch kept what everybody's balance was before it."""

    key: LedgerKey
    balance: int
    newest: int
    anchor: Posting | None

    @property
    def last(self) -> int:
        """The last posting that has to be read."""
        return self.anchor.pk if self.anchor else self.newest


def statement(*, rep: Rep, since: datetime, until: datetime, pool: Pool | None = None) -> Statement:
    """A rep's statement of a period, of all ledgers or of one pool's. Queries do not grow with ledgers or lines."""
    ledgers = {pool.ledger_id, pool.fairness_group_id} - {None} if pool else None
    start, end = first_posting_from(since), first_posting_from(until)
    books = _books(rep, ledgers, end, until)
    postings = _postings(books, start)
    before = _kept_balances(books, rep)
    names = _names({book.key.ledger for book in books})
    told = [
        _told(book, postings[book.key], rep.pk, end, before.get(book.key), names.get(book.key.ledger, ""))
        for book in books
    ]
    return Statement(rep, since, until, tuple(told))


def _books(rep: Rep, ledgers: Collection[LedgerId | None] | None, end: int, until: datetime) -> list[_Book]:
    """The accounts, each read together with the newest posting, so that a posting of this moment is in both."""
    accounts = LedgerAccount.objects.filter(rep=rep).order_by("ledger__name", "turns_by", "control")
    if ledgers is not None:
        accounts = accounts.filter(ledger__in=ledgers)
    under = Posting.objects.filter(ledger=OuterRef("ledger"))
    same = under.filter(turns_by=OuterRef("turns_by"), control=OuterRef("control"))
    kept = same.filter(pk__gte=end, posted_at__gte=until, snapshot__people__isnull=False)
    rows = accounts.annotate(
        newest=Subquery(under.order_by("-pk").values("pk")[:1]), anchor=Subquery(kept.order_by("pk").values("pk")[:1])
    ).values_list("ledger_id", "turns_by", "control", "balance", "newest", "anchor")
    found = list(rows)
    anchors = Posting.objects.in_bulk({row[-1] for row in found if row[-1] is not None})
    return [_Book(LedgerKey(*row[:3]), row[3], row[4] or 0, anchors.get(row[5])) for row in found]


def _postings(books: Iterable[_Book], start: int) -> defaultdict[LedgerKey, list[Posting]]:
    """What was posted in each ledger from the start on, in order, no further than is needed."""
    wanted = Q()
    for book in books:
        key = book.key
        wanted |= Q(ledger=key.ledger, turns_by=key.turns_by, control=key.control, pk__gte=start, pk__lte=book.last)
    found: defaultdict[LedgerKey, list[Posting]] = defaultdict(list)
    for row in Posting.objects.filter(wanted).select_related("lead", "winner").order_by("pk") if wanted else ():
        found[ledger_of(row)].append(row)
    return found


def _kept_balances(books: Iterable[_Book], rep: Rep) -> dict[LedgerKey, int]:
    """The rep's balance before the anchor of each ledger, as its batch kept it."""
    anchors = {book.key: book.anchor.snapshot_id for book in books if book.anchor}
    rows = DecisionSnapshot.objects.filter(pk__in=set(anchors.values())) if anchors else ()
    kept = {row.pk: thaw_accounts(unpack_json(row.content)) for row in rows}
    accounts = {key: kept[snapshot].get(key, {}).get(rep.pk) for key, snapshot in anchors.items() if snapshot in kept}
    return {key: account.balance if account else 0 for key, account in accounts.items()}


def _told(
    book: _Book, rows: Sequence[Posting], rep: RepId, end: int, before_anchor: int | None, name: str
) -> LedgerStatement:
    """Backwards from a balance that is known: first what came after the period, then the period itself."""
    anchor = book.anchor.pk if book.anchor else None
    lines = [(row.pk, line) for row in rows if row.pk != anchor and (line := _line(row, rep))]
    afterwards = sum(line.amount for pk, line in lines if pk >= end)
    closing = (book.balance if before_anchor is None else before_anchor) - afterwards
    within = [line for pk, line in lines if pk < end]
    opening = balance = closing - sum(line.amount for line in within)
    running = []
    for line in within:
        balance += line.amount
        running.append(replace(line, balance=balance))
    key = book.key
    return LedgerStatement(name, key.turns_by or EVERY_LEAD, key.control, opening, tuple(running), closing)


def _line(row: Posting, rep: RepId) -> StatementLine | None:
    """What a posting did to a rep; None if nothing."""
    posting = read_posting(row)
    amounts, paid_out = dict(posting.lines), dict(posting.paid_out).get(rep, 0)
    if rep not in amounts and not paid_out:
        return None
    amount, got = amounts.get(rep, 0), posting.winner == rep
    paid = posting.paid if got else 0
    return StatementLine(
        at=row.posted_at,
        kind=row.kind,
        lead=str(row.lead.uuid) if row.lead else None,
        label=row.lead.label if row.lead else "",
        got=got,
        earned=amount + paid,
        paid=paid,
        amount=amount,
        balance=0,
        saved=dict(posting.saved).get(rep, 0),
        paid_out=paid_out,
        reason=row.reason,
        winner=row.winner.name,
    )


def _names(ledgers: Collection[LedgerId]) -> dict[LedgerId, str]:
    """What people call each ledger: the group, or the pool."""
    rows = Ledger.objects.filter(pk__in=ledgers).prefetch_related("pools")
    return {row.pk: row.name if row.shared else ", ".join(pool.name for pool in row.pools.all()) for row in rows}
