"""How many stored leads routers give an owner in a second, with trace, posting and message committed."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.clock import current_time
from routing.management.benchmark.batches import route_timed, settle_down
from routing.management.benchmark.company import make_company, make_more_rules, store_leads
from routing.management.benchmark.report import Row
from routing.management.benchmark.side_by_side import route_side_by_side
from routing.models import Assignment, Decision, DecisionSnapshot, Lead, LedgerAccount, OutboxMessage, Posting
from routing.models.reading import values_in_batches
from routing.services.route_pending import BATCH, route_pending

REPS, RULES, POOLS = 100, 50, 1
MANY_RULES = 1_000
WORKERS = 2
FEW = 100
TRACES_AT_ONCE = 2_000
TABLES = (Lead, Assignment, Decision, DecisionSnapshot, Posting, OutboxMessage)


def measure(*, quick: bool) -> list[Row]:
    """Routing rate of 10,000 leads, of ten times as many after them, and what a lead takes on disk."""
    first, more = (1_000, 0) if quick else (10_000, 90_000)
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=current_time())
    store_leads(BATCH, start=0, now=current_time())
    route_pending(now=current_time())  # warms up
    rows = [_rate(first, start=BATCH)]
    rows += _size(first + BATCH)
    if more:
        grown = _rate(more, start=first + BATCH)
        rows.append(replace(grown, ratio_to=rows[0].part, ratio=grown.value / rows[0].value))
    return rows + _statements(start=first + more + BATCH)


def _statements(*, start: int) -> list[Row]:
    """How many statements a batch takes, and with many times as many rules."""
    rows = [_counted(RULES, start=start)]
    make_more_rules(rules=MANY_RULES, now=current_time())
    more = _counted(MANY_RULES, start=start + FEW)
    return [*rows, replace(more, ratio_to=rows[0].part, ratio=more.value / rows[0].value)]


def _counted(rules: int, *, start: int) -> Row:
    store_leads(FEW, start=start, now=current_time())
    with CaptureQueriesContext(connection) as queries:
        route_pending(now=current_time())
    return Row(f"statements of a batch, {rules:,} rules", connection.vendor, len(queries), "statements")


def measure_together(*, quick: bool) -> list[Row]:
    """The rate of two routers at once, each with a pool and a ledger of its own, beside that of one of them."""
    count = 500 if quick else 10_000
    make_company(reps=REPS, rules=RULES, pools=WORKERS, now=current_time())
    store_leads(BATCH, start=0, now=current_time())
    route_pending(now=current_time())
    alone = _rate(count, start=BATCH)
    store_leads(WORKERS * count, start=BATCH + count, now=current_time())
    settle_down()
    together = route_side_by_side(WORKERS)
    _check(BATCH + (WORKERS + 1) * count)
    part = f"routing, {WORKERS} workers, a pool each"
    return [
        alone,
        replace(together.row(part), ratio_to=alone.part, ratio=together.leads / together.seconds / alone.value),
    ]


def _rate(count: int, *, start: int) -> Row:
    store_leads(count, start=start, now=current_time())
    settle_down()
    timed = route_timed()
    _check(start + count)
    return timed.row(f"routing, {count:,} leads, {REPS} reps, {RULES} rules")


def _check(count: int) -> None:
    """A rate counts only if every lead has one owner and the ledgers sum to 0."""
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
