"""How long a replay takes: a month of routed leads, by two versions."""

from __future__ import annotations

import resource
from datetime import timedelta
from time import perf_counter

from django.db import connection

from routing.clock import current_time
from routing.management.benchmark.company import make_company, store_leads
from routing.management.benchmark.report import Row
from routing.models import Lead, Work
from routing.models.bulk import update_rows
from routing.services.route_pending import route_all
from routing.services.work import run_now

REPS, RULES, POOLS = 100, 50, 5
DAYS = 28


def measure(*, quick: bool) -> list[Row]:
    """Seconds for so many leads, spread evenly over four weeks, and the most memory that the process ever took."""
    count = 500 if quick else 20_000
    now = current_time()
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=now - timedelta(days=DAYS + 1))
    store_leads(count, start=0, now=now)
    route_all(now=now)
    first, step = now - timedelta(days=DAYS), timedelta(days=DAYS) / count
    keys = Lead.objects.order_by("pk").values_list("pk", flat=True)
    update_rows(Lead, ("submitted_at",), [(pk, first + place * step) for place, pk in enumerate(keys)])
    began = perf_counter()
    work = run_now(kind=Work.Kind.REPLAY, params={"days": DAYS}, clock=current_time)
    seconds = perf_counter() - began
    if work.report is None or work.report["leads"] < count * 0.99:
        raise AssertionError(f"The replay failed: {work.error}")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB
    return [
        Row(f"replay of {count:,} leads by two versions", connection.vendor, seconds, "s"),
        Row("most memory of the process that replays", connection.vendor, megabytes, "MiB"),
    ]
