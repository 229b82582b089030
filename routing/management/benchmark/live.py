"""Everything running, as `up` starts it: how long after a POST a lead has its owner, and the rep the mail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

from aiosmtpd.controller import Controller
from django.db import connection

from routing.clock import current_time
from routing.management.benchmark.company import make_company, submissions
from routing.management.benchmark.loopback import connect
from routing.management.benchmark.report import Row, percentile
from routing.management.benchmark.running import free_port, product
from routing.models import Lead
from routing.services.api_keys import create_api_key

REPS, RULES, POOLS = 100, 50, 5
PATIENCE = 20.0


class Sink:
    """An SMTP server that notes when each message for a lead came in."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        moment = time.perf_counter()
        for line in envelope.content.decode("utf-8", "replace").splitlines():
            if line.lower().startswith("reply-to:"):
                self.arrived[line.split(":", 1)[1].strip().strip("<>")] = moment
        return "250 OK"


def measure(*, quick: bool) -> list[Row]:
    """One lead after the other on an idle system."""
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=current_time())
    key, token = create_api_key(name="benchmark", scopes=["leads:write", "leads:read"])
    connection.close()
    sink, count = Sink(), 20 if quick else 200
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with product(smtp_port=controller.port) as (port, _):
            times = [_one(port, token, lead, sink) for lead in islice(submissions(start=10_000_000), count + 3)][3:]
    finally:
        controller.stop()
    names = ("POST → 202", "POST → owner committed", "POST → mail at the SMTP server")
    return [_row(name, [lead[n] for lead in times]) for n, name in enumerate(names)]


def _row(part: str, seconds: list[float]) -> Row:
    p50, p99 = percentile(seconds, 0.5) * 1e3, percentile(seconds, 0.99) * 1e3
    return Row(f"{part}, idle", connection.vendor, p50, "ms", p50=p50, p99=p99)


def _one(port: int, token: str, lead: dict[str, Any], sink: Sink) -> tuple[float, float, float]:
    """Seconds from the POST to its answer, to the owner, and to the mail."""
    begun = time.perf_counter()
    client = connect(port, patience=PATIENCE)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    client.request("POST", "/api/v1/leads", json.dumps(lead), headers)
    answer = client.getresponse()
    body = json.loads(answer.read())
    answered = time.perf_counter() - begun
    if answer.status != 202:
        raise AssertionError(f"{answer.status}: {body}")
    owned = _until(lambda: Lead.objects.filter(uuid=body["id"]).exclude(owner=None).exists()) - begun
    _until(lambda: lead["email"] in sink.arrived)
    return answered, owned, sink.arrived[lead["email"]] - begun


def _until(true: Callable[[], bool]) -> float:
    deadline = time.perf_counter() + PATIENCE
    while not true():
        if time.perf_counter() > deadline:
            raise AssertionError(f"Nothing happened for {PATIENCE} s.")
        time.sleep(0.001)
    return time.perf_counter()
