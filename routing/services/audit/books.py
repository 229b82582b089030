"""Whether the ledgers add up: balances to 0 in each, each posting to 0, and accounts to their postings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Sum

from routing.engine.ledger import unpack
from routing.models import Incident, Ledger, LedgerAccount, Posting
from routing.services.audit.findings import Finding

NEWEST = 500
"""So many postings are added up each time."""
MOST_READ = 2_000
"""A ledger with more postings is not added up from them."""


def ledgers(now: datetime) -> Iterator[Finding]:
    """All balances; the newest postings; and one ledger after the other, a minute each, from its first posting on."""
    sums = LedgerAccount.objects.order_by().values("ledger__name", "turns_by", "control").annotate(total=Sum("balance"))
    for row in sums.exclude(total=0):
        name = " ".join(filter(None, (row["ledger__name"], row["turns_by"], "control" if row["control"] else "")))
        yield _finding(name, f"the balances of “{name}” add up to {row['total']:,} billionths of a lead")
    for pk, name, entries in _newest():
        if total := sum(amount for _, amount in unpack(bytes(entries))):
            yield _finding(f"posting {pk}", f"posting {pk} of “{name}” adds up to {total:,} billionths of a lead")
    yield from _one_from_the_start(now)


def _newest() -> list[tuple[int, str, bytes | memoryview]]:
    return list(Posting.objects.order_by("-pk").values_list("pk", "ledger__name", "entries")[:NEWEST])


def _one_from_the_start(now: datetime) -> Iterator[Finding]:
    keys = list(Ledger.objects.order_by("pk").values_list("pk", "name"))
    if not keys:
        return
    pk, name = keys[int(now.timestamp() // 60) % len(keys)]
    before = _balances(pk)
    postings = Posting.objects.filter(ledger=pk).order_by("pk").values_list("turns_by", "control", "entries")
    rows = list(postings[: MOST_READ + 1])
    if len(rows) > MOST_READ or _balances(pk) != before:  # too many, or somebody posted meanwhile
        return
    posted: Counter[tuple[str, bool, int]] = Counter()
    for turns_by, control, entries in rows:
        for rep, amount in unpack(bytes(entries)):
            posted[turns_by, control, rep] += amount
    wrong = {key for key in before.keys() | posted.keys() if before.get(key, 0) != posted[key]}
    if wrong:
        yield _finding(f"{name} accounts", f"{len(wrong)} balances of “{name}” are not what its postings say")


def _balances(ledger: int) -> dict[tuple[str, bool, int], int]:
    accounts = LedgerAccount.objects.filter(ledger=ledger).values_list("turns_by", "control", "rep", "balance")
    return {(turns_by, control, rep): balance for turns_by, control, rep, balance in accounts}


def _finding(subject: str, what: str) -> Finding:
    return Finding(Incident.Kind.LEDGER, f"Turns are no longer exactly fair: {what}."[:500], subject[:200])
