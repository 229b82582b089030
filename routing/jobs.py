"""What the doorbell makes a worker do: no arguments, one service, until nothing is due. Running twice does no harm."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from routing import crash, doorbell
from routing.clock import current_time
from routing.services.calls import Switchboard
from routing.services.deliver_alerts import deliver_alerts
from routing.services.heartbeats import beat
from routing.services.route_pending import route_pending
from routing.services.work import run_next

CALLS = Switchboard(current_time)
"""The calls of this worker that are under way."""
TURN_SECONDS = 1.0
"""After this long a job ends and has the next one called, so that a worker can stop between the two."""


def route() -> None:
    """Route all leads that are due."""
    crash.crash_point("after_dequeue_before_job")
    doorbell.answer("routing")
    _work_off("routing", lambda: route_pending(now=current_time()).worked)


def deliver() -> None:
    """Send all messages that are due."""
    crash.crash_point("after_dequeue_before_job")
    doorbell.answer("alerts")
    _work_off("alerts", lambda: deliver_alerts(now=current_time()) > 0)


def call() -> None:
    """Begin all calls to machines outside that are due and have a place; each goes on in a thread of its own."""
    doorbell.answer("calls")
    _work_off("calls", lambda: CALLS.take() > 0)


def report() -> None:
    """Run what takes longer than somebody waits: replays, repairs, checks. Each tells that this worker lives."""
    doorbell.answer("reports")
    name = doorbell.worker_name("reports")
    with suppress(SystemExit):  # the worker is told to end in the middle of a run, which is given back
        _work_off("reports", lambda: run_next(clock=current_time, beat=lambda now: beat(name, now=now)))


def _work_off(queue: str, did_something: Callable[[], bool]) -> None:
    end = time.monotonic() + TURN_SECONDS
    while did_something():
        if time.monotonic() > end:
            doorbell.ring(queue)
            return
