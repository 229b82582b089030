"""Leads as a careful sender sends them: the same key again until there is a 2xx, and a note of what was promised."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any

from tests.chaos.harness.processes import System

PATIENCE = 90.0
"""Seconds after which a sender gives up on one lead."""
TIMEOUT = 20.0
PAUSE = 0.1


@dataclass
class Batch:
    """Leads of one fault. `acked`: key → seconds until the 2xx; `answers`: statuses, 0 for none."""

    name: str
    campaign: str = ""
    acked: dict[str, float] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def pattern(self) -> str:
        """What its keys are like, in SQL."""
        return f"{self.name}-%"

    def address(self, key: str) -> str:
        """The address of the lead that was sent with this key."""
        return f"p@{key}.example"

    def facts(self, number: int) -> dict[str, Any]:
        return {
            "email": self.address(f"{self.name}-{number}"),
            "first_name": "Mia",
            "campaign": self.campaign or "website",
        }


def call(
    system: System, method: str, path: str, body: object = None, *, key: str = ""
) -> tuple[int, dict[str, str], Any]:
    """Status (0: nobody answered), headers and body of one call."""
    client = HTTPConnection("127.0.0.1", system.port, timeout=TIMEOUT)
    headers = {"Authorization": f"Bearer {system.token}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    try:
        client.request(method, f"/api/v1/{path}", json.dumps(body) if body is not None else None, headers)
        answer = client.getresponse()
        text = answer.read()
        kind = answer.headers.get("Content-Type", "")
        return answer.status, dict(answer.headers), json.loads(text) if "json" in kind and text else {}
    except (OSError, HTTPException, ValueError):
        return 0, {}, {}
    finally:
        client.close()


def post(system: System, batch: Batch, number: int) -> bool:
    """Send one lead once; whether it was taken."""
    key = f"{batch.name}-{number}"
    began = time.monotonic()
    status, _, _ = call(system, "POST", "leads", batch.facts(number), key=key)
    seconds = time.monotonic() - began
    batch.answers[status] += 1
    batch.seconds.append(seconds)
    if 200 <= status < 300:
        batch.acked.setdefault(key, seconds)
    return key in batch.acked


def post_until_taken(system: System, batch: Batch, number: int) -> bool:
    end = time.monotonic() + PATIENCE
    while not post(system, batch, number):
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE)
    return True


def send(system: System, batch: Batch, leads: int, *, senders: int = 4, again: bool = True) -> None:
    """So many leads, from several senders at once."""
    one = post_until_taken if again else post
    with ThreadPoolExecutor(senders) as pool:
        list(pool.map(lambda number: one(system, batch, number), [next(batch.numbers) for _ in range(leads)]))


@contextmanager
def sending(system: System, batch: Batch, *, a_second: float = 20, senders: int = 2) -> Iterator[None]:
    """Leads at a steady pace for as long as the block lasts; each is sent until it is taken."""
    over, turn = threading.Event(), threading.Lock()

    def sender() -> None:
        while not over.is_set():
            with turn:
                number = next(batch.numbers)
            post_until_taken(system, batch, number)
            over.wait(senders / a_second)

    with ThreadPoolExecutor(senders) as pool:
        for _ in range(senders):
            pool.submit(sender)
        try:
            yield
        finally:
            over.set()
