"""Eight clients that post leads as fast as they are answered, beside an endpoint that only stores a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from aiosmtpd.controller import Controller
from django.db import connection

from routing.clock import current_time
from routing.management.benchmark.company import make_company, submissions
from routing.management.benchmark.live import POOLS, REPS, RULES, Sink
from routing.management.benchmark.load import Answer, Clients
from routing.management.benchmark.report import Row, percentile
from routing.management.benchmark.running import free_port, product, program
from routing.models import Lead
from routing.services.api_keys import create_api_key

CLIENTS = 8
ROUNDS, SECONDS = 5, 8.0
QUICK_ROUNDS, QUICK_SECONDS = 1, 2.0
BARE = "bare endpoint, one INSERT"
POSTS = "POST → 202"
UNLIMITED = "1000000"
"""Requests a minute and key: counted as always, but never refused."""
JSON = {"Content-Type": "application/json"}
SERIAL = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "bigserial PRIMARY KEY"}


def measure(*, quick: bool) -> list[Row]:
    """Requests a second and how long each took, in rounds by turns, the product's workers running in both."""
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=current_time())
    _, token = create_api_key(name="benchmark", scopes=["leads:write"])
    make_bare_table()
    connection.close()
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with product(smtp_port=controller.port, API_PER_MINUTE=UNLIMITED) as (port, _), bare_endpoint() as bare_port:
            headers = JSON | {"Authorization": f"Bearer {token}"}
            ours = Clients(port, "/api/v1/leads", headers, bodies(), CLIENTS)
            bare = Clients(bare_port, "/leads", JSON, bodies(), CLIENTS)
            rates = _by_turns(ours, bare, rounds, seconds)
    finally:
        controller.stop()
    _check(ours.answers)
    return _rows(ours, bare, rates)


def bodies(start: int = 20_000_000) -> Callable[[], bytes]:
    """Ever new leads, ready to be posted."""
    leads = submissions(start)
    return lambda: json.dumps(next(leads)).encode()


def make_bare_table() -> None:
    """Where the bare endpoint stores its rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare_leads (id {SERIAL[connection.vendor]}, email text, company text)")


@contextmanager
def bare_endpoint() -> Iterator[int]:
    """gunicorn with as many processes as the product's, of the kind that answers most requests; its port."""
    port = free_port()
    command = ["-m", "gunicorn", "routing.management.benchmark.bare:make_application()", "--worker-class", "sync"]
    with program([*command, "--workers", "2", "--bind", f"127.0.0.1:{port}"], port, "/leads"):
        yield port


def _by_turns(ours: Clients, bare: Clients, rounds: int, seconds: float) -> list[tuple[float, float]]:
    """Answers a second of either, by round; the first, in which everything is warmed up, does not count."""
    for clients in (ours, bare):
        clients.post_for(seconds / 2)
        clients.answers.clear()
    return [(ours.post_for(seconds), bare.post_for(seconds)) for _ in range(rounds)]


def _check(answers: list[Answer]) -> None:
    """Every answer must be a lead that is stored."""
    refused = [answer for answer in answers if answer.status != 202]
    if refused:
        raise AssertionError(f"{len(refused)} of {len(answers)} posts failed: {refused[0].status} {refused[0].body!r}")
    stored = Lead.objects.count()
    if stored < len(answers):
        raise AssertionError(f"{len(answers)} leads were accepted, {stored} are stored")


def _rows(ours: Clients, bare: Clients, rates: list[tuple[float, float]]) -> list[Row]:
    product_rate, bare_rate = (median(side) for side in zip(*rates, strict=True))
    ratio = median(mine / theirs for mine, theirs in rates)
    return [
        _row(f"{BARE}, {CLIENTS} clients", bare_rate, bare),
        _row(f"{POSTS}, {CLIENTS} clients", product_rate, ours, ratio_to=f"{BARE}, {CLIENTS} clients", ratio=ratio),
    ]


def _row(part: str, rate: float, clients: Clients, **more: Any) -> Row:
    seconds = [answer.seconds for answer in clients.answers]
    p50, p99 = percentile(seconds, 0.5) * 1e3, percentile(seconds, 0.99) * 1e3
    return Row(part, connection.vendor, rate, "requests/s", p50=p50, p99=p99, **more)
