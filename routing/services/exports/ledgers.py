"""Balances and statements of turns as rows of a table, in leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from routing.engine.types import ONE_LEAD
from routing.models import Ledger, LedgerAccount
from routing.models.reading import rows_as_listed
from routing.services.exports.leads import utc, words
from routing.services.statement import EVERY_LEAD, LedgerStatement, Statement, StatementLine

LEDGER_HEADER = (
    "Ledger", "Pools", "Counted", "Control group", "Rep", "Rep's e-mail", "Balance (leads)", "Saved on leave (leads)",
    "Last lead (UTC)",
)  # fmt: skip
STATEMENT_HEADER = (
    "Instant (UTC)", "Ledger", "Counted", "Control group", "What", "Lead", "Lead's id", "Got it", "Earned (leads)",
    "Paid (leads)", "Saved (leads)", "Change (leads)", "Balance (leads)",
)  # fmt: skip
AT_ONCE = 500


def ledger_rows(ledgers: QuerySet[Ledger]) -> Iterator[list[Any]]:
    """Everybody's balance in each of these ledgers."""
    names = {
        ledger.pk: (
            ledger,
            ", ".join(pool.name for pool in (ledger.group_pools if ledger.shared else ledger.pools).all()),
        )
        for ledger in Ledger.objects.filter(pk__in=ledgers.order_by().values("pk")).prefetch_related(
            "pools", "group_pools"
        )
    }
    accounts = LedgerAccount.objects.filter(ledger__in=names)
    listed = accounts.order_by("ledger__name", "turns_by", "control", "rep__name", "pk")
    for row in rows_as_listed(listed, LedgerAccount.objects.select_related("rep"), AT_ONCE):
        ledger, pools = names[row.ledger_id]
        yield [
            ledger.name if ledger.shared else pools,
            pools,
            row.turns_by or "every lead",
            row.control,
            row.rep.name,
            row.rep.email,
            leads(row.balance),
            leads(row.saved),
            utc(row.last_at),
        ]


def statement_rows(told: Statement) -> Iterator[list[Any]]:
    """Of each ledger: the opening balance, every line, and the closing balance. They add up."""
    for ledger in told.ledgers:
        yield _edge(ledger, "Opening balance", told.since, ledger.opening)
        for line in ledger.lines:
            yield _line(ledger, line)
        yield _edge(ledger, "Closing balance", told.until, ledger.closing)


def _edge(ledger: LedgerStatement, what: str, when: Any, balance: int) -> list[Any]:
    return [utc(when), *_book(ledger), what, "", "", None, None, None, None, None, leads(balance)]


def _line(ledger: LedgerStatement, line: StatementLine) -> list[Any]:
    what = ", ".join(filter(None, ["Got it" if line.got and line.kind == "turn" else words(line.kind), line.reason]))
    return [
        utc(line.at),
        *_book(ledger),
        what,
        line.label,
        line.lead or "",
        line.got,
        leads(line.earned),
        leads(line.paid),
        leads(line.saved - line.paid_out),
        leads(line.amount),
        leads(line.balance),
    ]


def _book(ledger: LedgerStatement) -> list[Any]:
    return [ledger.name, "every lead" if ledger.key == EVERY_LEAD else ledger.key, ledger.control]


def leads(billionths: int) -> float:
    return billionths / ONE_LEAD
