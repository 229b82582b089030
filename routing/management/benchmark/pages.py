"""How long the server takes for the dashboard, every list and every other page of the admin that needs no row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver

from routing.clock import current_time
from routing.management.benchmark.company import make_company, store_leads
from routing.management.benchmark.history import COPIED, copy_history, settle
from routing.management.benchmark.matching import make_accounts
from routing.management.benchmark.report import Row, percentile
from routing.management.starting import load_addresses
from routing.models import AuditEntry, LeadEvent
from routing.services.route_pending import route_all

HISTORY = timedelta(days=365)
REPEATS = 5
SHOWN = 200
NO_PAGES = ("add", "autocomplete", "export", "jsi18n", "login", "logout", "password_change", "password_change_done")
"""Ends of names: forms, files, and what only leads elsewhere."""
WAYS = {
    "of one status": "status=assigned",
    "of one owner": "owner__id__exact=7",
    "of a pool": "pool=3",
    "of a rule": "rule=3",
    "of a source": "source=website",
    "of a place": "place=US-CA",
    "of 30 days": "arrived=30d",
    "without test leads": "test=no",
    "late": "answer=late",
    "second page": "p=2",
    "for a whole address": "q=c7-lead77@company77.example",
    "for a text that one has": "q=company4177.example",
    "for a text that nobody has": "q=zweifelhaft",
}
"""How the list of leads is narrowed."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a company. `sample` leads are routed, and copied until there are `leads`."""

    leads: int
    sample: int
    reps: int = 200
    rules: int = 50
    pools: int = 20
    accounts: int = 0


USUAL, LARGE = Size(1_000_000, 5_000), Size(1_000_000, 5_000, 5_000, 1_000, 500, 1_000_000)
QUICK, QUICK_LARGE = Size(2_000, 500), Size(2_000, 500, 500, 100, 50, 1_000)


def measure(*, quick: bool) -> list[Row]:
    """Milliseconds of the server a page, with whoever may see all signed in, and the statements it takes."""
    return _measure(QUICK if quick else USUAL)


def measure_large(*, quick: bool) -> list[Row]:
    """The same in a company of 5,000 reps, 500 pools, 1,000 rules and 1,000,000 accounts."""
    return _measure(QUICK_LARGE if quick else LARGE)


def _measure(size: Size) -> list[Row]:
    now = current_time()
    make_company(reps=size.reps, rules=size.rules, pools=size.pools, now=now)
    make_accounts(0, size.accounts)
    store_leads(size.sample, start=0, now=now)
    route_all(now=now)
    settle(now)
    copy_history(size.leads // size.sample - 1, within=HISTORY, kinds=(*COPIED, LeadEvent, AuditEntry))
    load_addresses()  # the pages of the admin, too
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create_superuser("bench", "bench@bench.example", None))
    shown = [(name, path) for name, path in sorted(set(_found_all())) if client.get(path).status_code == SHOWN]
    rows = [_row(client, name, path) for name, path in (*shown, *_narrowed())]
    return sorted(rows, key=lambda row: -row.value)


def _row(client: Client, name: str, path: str) -> Row:
    """The median of some requests; the first one tells the statements."""
    with CaptureQueriesContext(connection) as asked:
        status = client.get(path).status_code
    if status != SHOWN:
        raise AssertionError(f"{path} answers {status}.")
    database = sum(float(query["time"]) for query in asked.captured_queries) * 1e3
    part = f"{name}, {len(asked)} statements: {database:.0f} ms"  # before the next request forgets them
    times = [_milliseconds(client, path) for _ in range(REPEATS)]
    return Row(part, connection.vendor, percentile(times, 0.5), "ms", p50=percentile(times, 0.5), p99=max(times))


def _milliseconds(client: Client, path: str) -> float:
    begun = perf_counter()
    client.get(path)
    return (perf_counter() - begun) * 1e3


def _found_all() -> Iterator[tuple[str, str]]:
    """Addresses without an argument; some only take a POST, or lead elsewhere."""
    yield from _found(admin.site.urls[0], "", "/admin/")


def _found(patterns: Iterable[URLPattern | URLResolver], before: str, path: str) -> Iterator[tuple[str, str]]:
    """Name and address of every pattern that takes no argument."""
    for pattern in patterns:
        route = str(pattern.pattern)
        if set(route) & set("<(^"):
            continue
        if isinstance(pattern, URLResolver):
            yield from _found(pattern.url_patterns, before, path + route)
        elif pattern.name and not pattern.name.endswith(NO_PAGES):
            yield pattern.name, path + route


def _narrowed() -> Iterator[tuple[str, str]]:
    for words, query in WAYS.items():
        yield f"routing_lead_changelist {words}", f"/admin/routing/lead/?{query}"
