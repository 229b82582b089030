"""What a lead takes on disk, table by table, and whether routing is as fast on top of many leads, closed or open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from django.db import connection, models

from routing.clock import current_time
from routing.engine.types import Strategy
from routing.management.benchmark.batches import route_timed, settle_down
from routing.management.benchmark.company import make_company, store_leads
from routing.management.benchmark.history import COPIED, copy_history, settle
from routing.management.benchmark.report import Row
from routing.models import Assignment, Lead, OutboxMessage
from routing.services.route_pending import route_pending

REPS, RULES, POOLS = 100, 50, 5
HISTORY = timedelta(days=730)
"""Each copy lies further back, all of them within so long."""
LATELY = timedelta(days=4)
"""The same of leads that are still open."""


def measure(*, quick: bool) -> list[Row]:
    """The routing rate without history and on top of it, and rows and bytes a lead of that history."""
    leads, sample = (5_000, 1_000) if quick else (_whole_size(), 5_000)
    now = current_time()
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=now)
    before = _rate(sample, start=0, name="routing, no history")
    settle(now)
    copy_history(leads // sample - 1, within=HISTORY)
    rows = [before, *_sizes(leads)]
    after = _rate(sample, start=10 * leads, name=f"routing on top of {leads:,} leads")
    return [*rows, replace(after, ratio_to=before.part, ratio=after.value / before.value)]


def measure_open(*, quick: bool) -> list[Row]:
    """The routing rate where the fewest open leads decide, and on top of many that are open and not answered."""
    leads, sample = (5_000, 1_000) if quick else (100_000, 5_000)
    now = current_time()
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=now, strategy=Strategy.LOAD_BALANCED)
    before = _rate(sample, start=0, name="routing by load, nothing open")
    OutboxMessage.objects.update(done_at=now, result=OutboxMessage.Result.SENT)
    Assignment.objects.update(alerted_at=now)
    copy_history(leads // sample - 1, within=LATELY)
    after = _rate(sample, start=10 * leads, name=f"routing by load on top of {leads:,} open leads")
    return [before, replace(after, ratio_to=before.part, ratio=after.value / before.value)]


def _whole_size() -> int:
    return 1_000_000 if connection.vendor == "postgresql" else 200_000


def _rate(count: int, *, start: int, name: str) -> Row:
    """Leads a second; the first batch warms up and is not counted."""
    store_leads(count, start=start, now=current_time())
    settle_down()
    route_pending(now=current_time())
    timed = route_timed()
    if Lead.objects.filter(status=Lead.Status.PENDING).exists():
        raise AssertionError("Leads were left over.")
    return timed.row(name)


# --- sizes --------------------------------------------------------------------------------------------------------


def _sizes(leads: int) -> Iterator[Row]:
    """Rows, bytes of the table and bytes of its indexes, all a lead."""
    for model in COPIED:
        name = model._meta.verbose_name_plural
        yield Row(f"{name} a lead", connection.vendor, model._default_manager.count() / leads, "rows")
        if connection.vendor == "postgresql":
            table, indexes = _bytes(model)
            yield Row(f"{name} a lead, table", connection.vendor, table / leads, "bytes")
            yield Row(f"{name} a lead, indexes", connection.vendor, indexes / leads, "bytes")
    yield Row("whole database a lead", connection.vendor, _whole_bytes() / leads, "bytes")


def _bytes(model: type[models.Model]) -> tuple[int, int]:
    with connection.cursor() as cursor:
        table = model._meta.db_table
        cursor.execute(f"SELECT pg_table_size('{table}'), pg_indexes_size('{table}')")
        return cursor.fetchone()


def _whole_bytes() -> int:
    sql = "SELECT pg_database_size(current_database())"
    if connection.vendor != "postgresql":
        sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
