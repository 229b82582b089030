"""Five times as many leads as can be taken in: what is accepted, what is told to come again, and when it is over."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from routing.management.benchmark.load import LOST, Clients
from routing.management.benchmark.posting import CLIENTS, bodies
from routing.management.benchmark.report import Row, percentile
from routing.models import Lead

TIMES = 5
SECONDS, QUICK_SECONDS = 30.0, 4.0
CALM = 0.2
"""Seconds within which a POST is answered once it is over."""
PATIENCE = 60.0
ACCEPTED, COME_AGAIN = 202, (429, 503)
LOOK = 1_000


@dataclass
class Storm:
    """What senders saw, each on a line of its own."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    accepted: list[UUID] = field(default_factory=list)
    without_a_time: int = 0


def overload(port: int, headers: Mapping[str, str], *, quick: bool, settle: Callable[[], float]) -> list[Row]:
    """Raises AssertionError if an accepted lead is not there, or somebody was told to come again but not when."""
    seconds = QUICK_SECONDS if quick else SECONDS
    capacity = Clients(port, "/api/v1/leads", headers, bodies(40_000_000), CLIENTS).post_for(seconds / 4)
    settle()
    storm = asyncio.run(_storm(port, headers, capacity * TIMES, seconds))
    ended = time.perf_counter()
    calm = _until_calm(port, headers) - ended
    routed = settle() + calm
    _check(storm)
    told = sum(storm.statuses[status] for status in COME_AGAIN)
    values = {
        "accepted": (storm.statuses[ACCEPTED] / seconds, "leads/s"),
        "told to come again": (told / seconds, "requests/s"),
        "not answered": (storm.statuses[LOST] / seconds, "requests/s"),
        f"POST again answered within {CALM:g} s after": (calm, "s"),
        "every accepted lead has an owner after": (routed, "s"),
    }
    p50, p99 = percentile(storm.seconds, 0.5) * 1e3, percentile(storm.seconds, 0.99) * 1e3
    name = f"overload, {TIMES} × capacity"
    return [
        Row("capacity, eight clients", connection.vendor, capacity, "requests/s"),
        Row(f"{name}: answered", connection.vendor, p50, "ms", p50=p50, p99=p99),
        *[Row(f"{name}: {part}", connection.vendor, *value) for part, value in values.items()],
    ]


async def _storm(port: int, headers: Mapping[str, str], rate: float, seconds: float) -> Storm:
    storm, next_body, begun = Storm(), bodies(50_000_000), time.perf_counter()
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    senders = []
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        senders.append(asyncio.create_task(_send(storm, port, head, next_body())))
    await asyncio.gather(*senders)
    return storm


async def _send(storm: Storm, port: int, head: str, body: bytes) -> None:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await _exchange(port, head, body)
    except (OSError, TimeoutError):
        answer = b""
    status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else LOST
    storm.statuses[status] += 1
    storm.seconds.append(time.perf_counter() - begun)
    if status == ACCEPTED:
        found = answer.partition(b'"id":"')[2] or answer.partition(b'"id": "')[2]
        storm.accepted.append(UUID(found[:36].decode()))
    elif status in COME_AGAIN and b"\r\nretry-after:" not in answer.lower():
        storm.without_a_time += 1


async def _exchange(port: int, head: str, body: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        line = "POST /api/v1/leads HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        writer.write(f"{line}{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return await reader.read(-1)
    finally:
        writer.close()


def _until_calm(port: int, headers: Mapping[str, str]) -> float:
    """The moment at which a POST is answered quickly again."""
    one = Clients(port, "/api/v1/leads", headers, bodies(60_000_000), 1)
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until:
        one.post_at(1_000, 0.001)
        if one.answers[-1].status == ACCEPTED and one.answers[-1].seconds < CALM:
            return time.perf_counter()
    raise AssertionError(f"It was not over after {PATIENCE} s.")


def _check(storm: Storm) -> None:
    stored = 0
    for begin in range(0, len(storm.accepted), LOOK):
        stored += Lead.objects.filter(uuid__in=storm.accepted[begin : begin + LOOK]).exclude(owner=None).count()
    if stored != len(storm.accepted):
        raise AssertionError(f"{len(storm.accepted)} leads were accepted, {stored} have an owner")
    if storm.without_a_time:
        raise AssertionError(f"{storm.without_a_time} were told to come again, but not when")
