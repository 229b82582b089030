"""`manage.py statement EMAIL [--days 30]`: what each lead entitled a rep to, what they got, and every credit."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError

from reps.models import Rep
from routing.clock import current_time
from routing.engine.types import ONE_LEAD
from routing.management.starting import CheckedCommand
from routing.management.tables import columns
from routing.services.statement import LedgerStatement, StatementLine, statement

LONGEST_DAYS = 3_650


class Command(CheckedCommand):
    help = "A rep's statement of turns, like a bank's. It adds up to the last billionth of a lead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--days", type=float, default=30, help="How many days back (30).")

    def handle(self, *, email: str, days: float, **options: Any) -> None:
        rep = Rep.objects.filter(email__iexact=email.strip()).first()
        if rep is None:
            raise CommandError(f"There is no rep with the address “{email}”.")
        if not 0 < days <= LONGEST_DAYS:
            raise CommandError(f"Give between 0 and {LONGEST_DAYS} days.")
        now = current_time()
        told = statement(rep=rep, since=now - timedelta(days=days), until=now)
        if not told.ledgers:
            self.stdout.write(f"{rep.name} has no account in any pool yet.")
        for ledger in told.ledgers:
            self.stdout.write(self.style.MIGRATE_HEADING(_title(ledger)))
            self.stdout.write(_table(ledger))


def _title(ledger: LedgerStatement) -> str:
    kind = "" if ledger.key == "all" else f", {ledger.key}"
    return f"{ledger.name}{kind}{', control group' if ledger.control else ''}"


def _table(ledger: LedgerStatement) -> str:
    rows: list[tuple[str, ...]] = [("", "Opening balance", "", "", "", _leads(ledger.opening))]
    rows += [_row(line) for line in ledger.lines]
    rows.append(("", "Closing balance", "", "", "", _leads(ledger.closing)))
    return columns(("Date", "Lead", "Earned", "Paid", "Saved", "Balance"), rows)


def _row(line: StatementLine) -> tuple[str, ...]:
    kind = "" if line.kind == "turn" else f" [{line.kind}{': ' + line.reason if line.reason else ''}]"
    label = f"{line.label or 'A lead that was erased'}{kind}"
    saved = _leads(line.saved - line.paid_out) if line.saved or line.paid_out else ""
    paid = _leads(-line.paid) if line.got else ""
    return f"{line.at:%Y-%m-%d %H:%M}", label, _leads(line.earned), paid, saved, _leads(line.balance)


def _leads(billionths: int) -> str:
    return f"{billionths / ONE_LEAD:+.9f}"
