"""Half an hour of leads at a steady rate through everything, from POST to mail; then more than can be served."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from statistics import mean

from aiosmtpd.controller import Controller
from django.db import connection

from routing.clock import current_time
from routing.management.benchmark.company import make_company
from routing.management.benchmark.live import Sink
from routing.management.benchmark.load import Answer, Clients
from routing.management.benchmark.overload import overload
from routing.management.benchmark.posting import JSON, UNLIMITED, bodies
from routing.management.benchmark.report import Row, percentile
from routing.management.benchmark.running import free_port, product
from routing.management.benchmark.watching import Sample, Watch
from routing.models import Assignment, Lead, LedgerAccount, OutboxMessage
from routing.services.api_keys import create_api_key

REPS, RULES, POOLS = 1_000, 50, 10
"""So many that nobody gets so many mails a minute that they are put together in one."""
RATE = 50.0
SECONDS, QUICK_SECONDS = 1_800.0, 12.0
WINDOWS, QUICK_WINDOWS = 15, 3
SAMPLES = 60
SENDERS = 16
PATIENCE = 60.0
MIB = 1024 * 1024


def measure(*, quick: bool) -> list[Row]:
    """Percentiles and memory over time at the steady rate, and what comes of overload. Nothing accepted may be lost."""
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=current_time())
    _, token = create_api_key(name="benchmark", scopes=["leads:write"])
    connection.close()
    sink, seconds, windows = Sink(), QUICK_SECONDS if quick else SECONDS, QUICK_WINDOWS if quick else WINDOWS
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    headers = JSON | {"Authorization": f"Bearer {token}"}
    try:
        with product(smtp_port=controller.port, API_PER_MINUTE=UNLIMITED) as (port, process):
            clients = Clients(port, "/api/v1/leads", headers, bodies(30_000_000), SENDERS)
            clients.post_for(2.0)  # to warm up
            _settle()
            clients.answers.clear()
            begun = time.perf_counter()
            with Watch(process, seconds / SAMPLES) as watch:
                clients.post_at(RATE, seconds)
            _settle()
            _check(clients.answers)
            rows = [*_over_time(clients.answers, sink, begun, seconds, windows), *_taken(watch.samples, windows)]
            return rows + overload(port, headers, quick=quick, settle=_settle)
    finally:
        controller.stop()


def _settle() -> float:
    """Wait until every lead has an owner and every message is sent; the seconds that it took."""
    begun = time.perf_counter()
    waiting = Lead.objects.filter(status=Lead.Status.PENDING), OutboxMessage.objects.waiting()
    while any(rows.exists() for rows in waiting):
        if time.perf_counter() - begun > PATIENCE:
            raise AssertionError(f"{' and '.join(str(rows.count()) for rows in waiting)} wait after {PATIENCE} s.")
        time.sleep(0.05)
    return time.perf_counter() - begun


def _check(answers: Sequence[Answer]) -> None:
    """Every answer was a lead, each has one owner, and turns add up."""
    if wrong := [answer for answer in answers if answer.status != 202]:
        raise AssertionError(f"{len(wrong)} of {len(answers)} posts failed: {wrong[0].status} {wrong[0].body!r}")
    leads = Lead.objects.count()
    owned, open_now = Lead.objects.exclude(owner=None).count(), Assignment.objects.current().count()
    balance = sum(LedgerAccount.objects.values_list("balance", flat=True))
    if not leads == owned == open_now or balance:
        raise AssertionError(f"{leads} leads, {owned} owned, {open_now} assignments, ledger sum {balance}")


def _over_time(answers: Sequence[Answer], sink: Sink, begun: float, seconds: float, windows: int) -> list[Row]:
    posts: list[list[float]] = [[] for _ in range(windows)]
    mails: list[list[float]] = [[] for _ in range(windows)]
    for answer in answers:
        window = min(int((answer.due - begun) / seconds * windows), windows - 1)
        posts[window].append(answer.seconds)
        arrived = sink.arrived.get(json.loads(answer.sent)["email"])
        if arrived is not None:
            mails[window].append(arrived - answer.due)
    lost = sum(map(len, posts)) - sum(map(len, mails))
    rows = [Row("leads without a mail of their own", connection.vendor, lost, "leads")]
    for name, found in (("POST → 202", posts), ("POST → mail at the SMTP server", mails)):
        for number, values in enumerate(found):
            rows.append(_window(f"{name}, {RATE:g} leads/s, part {number + 1} of {windows}", values))
        rows.append(_window(f"{name}, {RATE:g} leads/s, all", [value for values in found for value in values]))
    return rows


def _window(part: str, seconds: list[float]) -> Row:
    p50, p99 = percentile(seconds, 0.5) * 1e3, percentile(seconds, 0.99) * 1e3
    return Row(part, connection.vendor, p50, "ms", p50=p50, p99=p99)


def _taken(samples: Sequence[Sample], windows: int) -> list[Row]:
    """Means over each part of the time; processes grow from the first part to the last, if they do."""
    size = max(len(samples) // windows, 1)
    parts = [samples[size * number : size * (number + 1)] for number in range(windows)]
    first, last = parts[0], parts[-1]
    rows = [
        _row(
            "memory of all processes", [mean(sum(one.memory.values()) for one in part) / MIB for part in parts], "MiB"
        ),
        _row("write-ahead log", [mean(one.wal for one in part) / MIB for part in parts], "MiB"),
        _row("Redis", [mean(one.redis for one in part) / MIB for part in parts], "MiB"),
        _row("keys in Redis", [mean(one.keys for one in part) for part in parts], "keys"),
        _row("leads that wait", [mean(one.leads_waiting for one in part) for part in parts], "leads"),
        _row("messages that wait", [mean(one.messages_waiting for one in part) for part in parts], "messages"),
    ]
    grown = max(_of(pid, last) - _of(pid, first) for pid in last[-1].memory) / MIB
    used = (samples[-1].processor - samples[0].processor) / (samples[-1].at - samples[0].at)
    return [
        *rows,
        Row("most that one process grew", connection.vendor, grown, "MiB"),
        Row("processor, of one core", connection.vendor, used * 100, "%"),
    ]


def _row(part: str, values: Sequence[float], unit: str) -> Row:
    name = f"{part}, first part"
    ratio = values[-1] / values[0] if values[0] else None
    return Row(f"{part}, last part", connection.vendor, values[-1], unit, ratio_to=name, ratio=ratio)


def _of(pid: int, part: Sequence[Sample]) -> float:
    return mean(one.memory.get(pid, 0) for one in part)
