"""What a lead takes on disk, table by table, and whether routing is as fast on top of many leads, closed or open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.db import connection, models
from django.db.models import F

from routing.clock import current_time
from routing.engine.types import Strategy
from routing.management.benchmark.company import make_company, store_leads
from routing.management.benchmark.report import Row, percentile
from routing.models import Assignment, Decision, DecisionSnapshot, Identity, Lead, OutboxMessage, Posting
from routing.services.route_pending import route_pending

REPS, RULES, POOLS = 100, 50, 5
COPIED: tuple[type[models.Model], ...] = (
    Identity, Lead, DecisionSnapshot, Posting, Decision, Assignment, OutboxMessage,
)  # fmt: skip
"""In the order in which they refer to each other."""
TOLD_APART = {(Identity, "key"), (Lead, "email"), (Lead, "domain"), (OutboxMessage, "key")}
"""Text that differs from copy to copy: every one is of other people and companies."""
HISTORY = timedelta(days=730)
"""Each copy lies further back, all of them within so long."""
LATELY = timedelta(days=4)
"""The same of leads that are still open."""


def measure(*, quick: bool) -> list[Row]:
    """The routing rate without history and on top of it, and rows and bytes a lead of that history."""
    leads, sample = (5_000, 500) if quick else (_whole_size(), 5_000)
    now = current_time()
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=now)
    before = _rate(sample, start=0, name="routing, no history")
    _settle(now)
    _copy_history(leads // sample - 1, within=HISTORY)
    rows = [before, *_sizes(leads)]
    after = _rate(sample, start=10 * leads, name=f"routing on top of {leads:,} leads")
    return [*rows, replace(after, ratio_to=before.part, ratio=after.value / before.value)]


def measure_open(*, quick: bool) -> list[Row]:
    """The routing rate where the fewest open leads decide, and on top of many that are open and not answered."""
    leads, sample = (5_000, 500) if quick else (100_000, 5_000)
    now = current_time()
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=now, strategy=Strategy.LOAD_BALANCED)
    before = _rate(sample, start=0, name="routing by load, nothing open")
    OutboxMessage.objects.update(done_at=now, result=OutboxMessage.Result.SENT)
    Assignment.objects.update(alerted_at=now)
    _copy_history(leads // sample - 1, within=LATELY)
    after = _rate(sample, start=10 * leads, name=f"routing by load on top of {leads:,} open leads")
    return [before, replace(after, ratio_to=before.part, ratio=after.value / before.value)]


def _whole_size() -> int:
    return 1_000_000 if connection.vendor == "postgresql" else 200_000


def _rate(count: int, *, start: int, name: str) -> Row:
    """Leads a second; the first batch warms up and is not counted."""
    store_leads(count, start=start, now=current_time())
    first = route_pending(now=current_time()).decided
    batches, begun = [], perf_counter()
    while True:
        batch_begun = perf_counter()
        if not route_pending(now=current_time()).worked:
            break
        batches.append((perf_counter() - batch_begun) * 1e3)
    rate = (count - first) / (perf_counter() - begun)
    if Lead.objects.filter(status=Lead.Status.PENDING).exists():
        raise AssertionError("Leads were left over.")
    return Row(name, connection.vendor, rate, "leads/s", p50=percentile(batches, 0.5), p99=percentile(batches, 0.99))


def _settle(now: datetime) -> None:
    """What became of them: told, answered, and all but one in ten closed."""
    OutboxMessage.objects.update(done_at=now, result=OutboxMessage.Result.SENT)
    Assignment.objects.update(alerted_at=now, due_at=now, accepted_at=now, responded_at=now, channel="call")
    closed = Lead.objects.annotate(tenth=F("id") % 10).exclude(tenth=0)
    closed.update(status=Lead.Status.CLOSED, outcome=Lead.Outcome.LOST, outcome_at=now, closed_at=now)


# --- history ------------------------------------------------------------------------------------------------------


def _copy_history(copies: int, *, within: timedelta) -> None:
    """Every row again and again, each copy further back and of other people, by the database itself."""
    with connection.cursor() as cursor:
        spans = {model: _span(cursor, model) for model in COPIED}
        for copy in range(1, copies + 1):
            for model in COPIED:
                cursor.execute(_copying(model, copy, spans, back=within * copy / copies))
        if connection.vendor == "postgresql":
            for model in COPIED:
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")  # or what was copied is still being written while routing is measured
        else:
            cursor.execute("ANALYZE")


def _span(cursor: Any, model: type[models.Model]) -> int:
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {model._meta.db_table}")
    return int(cursor.fetchone()[0])


def _copying(model: type[models.Model], copy: int, spans: dict[type[models.Model], int], *, back: timedelta) -> str:
    fields, table = model._meta.concrete_fields, model._meta.db_table
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(_value(field, copy, spans, back) for field in fields)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE id <= {spans[model]}"


def _value(field: Any, copy: int, spans: dict[type[models.Model], int], back: timedelta) -> str:
    column, whose = f'"{field.column}"', field.related_model if field.is_relation else field.model
    if (field.primary_key or field.is_relation) and whose in spans:
        return f"{column} + {copy * spans[whose]}"
    if isinstance(field, models.UUIDField):
        return "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    if (field.model, field.name) in TOLD_APART:
        return f"'c{copy}-' || {column}"
    if isinstance(field, models.DateTimeField):
        seconds = int(back.total_seconds())
        if connection.vendor == "postgresql":
            return f"{column} - interval '{seconds} seconds'"
        return f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{seconds} seconds')"
    return column


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
