"""How many stored leads one router gives an owner in a second, with trace, posting and message committed."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from django.db import connection

from routing.clock import current_time
from routing.management.benchmark.company import make_company, store_leads
from routing.management.benchmark.report import Row, percentile
from routing.models import Assignment, Decision, DecisionSnapshot, Lead, LedgerAccount, OutboxMessage, Posting
from routing.models.reading import values_in_batches
from routing.services.route_pending import route_pending

REPS, RULES, POOLS = 100, 50, 1
TRACES_AT_ONCE = 2_000
TABLES = (Lead, Assignment, Decision, DecisionSnapshot, Posting, OutboxMessage)


def measure(*, quick: bool) -> list[Row]:
    """Routing rate of 10,000 leads, of ten times as many after them, and what a lead takes on disk."""
    first, more = (1_000, 0) if quick else (10_000, 90_000)
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=current_time())
    rows = [_rate(first, start=0)]
    rows += _size(first)
    if more:
        grown = _rate(more, start=first)
        rows.append(replace(grown, ratio_to=rows[0].part, ratio=grown.value / rows[0].value))
    return rows


def _rate(count: int, *, start: int) -> Row:
    store_leads(count, start=start, now=current_time())
    batches, begun = [], perf_counter()
    while True:
        batch_begun = perf_counter()
        if not route_pending(now=current_time()).worked:
            break
        batches.append(perf_counter() - batch_begun)
    seconds = perf_counter() - begun
    _check(start + count)
    return Row(
        f"routing, {count:,} leads, {REPS} reps, {RULES} rules", connection.vendor, count / seconds, "leads/s",
        p50=percentile(batches, 0.5) * 1e3, p99=percentile(batches, 0.99) * 1e3,
    )  # fmt: skip


def _check(count: int) -> None:
    """A rate counts only if every lead has one owner and the ledger sums to 0."""
    owned = Lead.objects.exclude(owner=None).count()
    total = sum(LedgerAccount.objects.values_list("balance", flat=True))
    if owned != count or Assignment.objects.current().count() != count or total != 0:
        raise AssertionError(f"{owned} of {count} leads owned, ledger sum {total}")


def _size(leads: int) -> list[Row]:
    rows = [
        Row("rows a lead", connection.vendor, sum(model.objects.count() for model in TABLES) / leads, "rows"),
        Row("trace of a decision", connection.vendor, _trace_bytes() / leads, "bytes"),
    ]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            tables = ", ".join(f"pg_total_relation_size('{model._meta.db_table}')" for model in TABLES)
            cursor.execute(f"SELECT {tables}")
            sizes = cursor.fetchone()
        rows.append(Row("bytes a lead, indexes included", connection.vendor, sum(sizes) / leads, "bytes"))
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            (size,) = cursor.fetchone()
        rows.append(Row("bytes a lead, whole file", connection.vendor, size / leads, "bytes"))
    return rows


def _trace_bytes() -> int:
    return sum(map(len, values_in_batches(Decision.objects.all(), "trace", TRACES_AT_ONCE)))
