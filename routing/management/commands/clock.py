"""manage.py clock: goes round every second, and does what no doorbell has done. Needs the database, and no Redis."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from routing import doorbell, outbox
from routing.clock import current_time
from routing.intent import embeddings
from routing.management.starting import CheckedCommand, load_addresses
from routing.models import OutboxMessage
from routing.services.audit import audit
from routing.services.calls import Switchboard, calls_are_late
from routing.services.deliver_alerts import deliver_alerts
from routing.services.heartbeats import beat, is_heard, sign_off, succeed
from routing.services.people.calendars import read_calendars
from routing.services.route_pending import route_pending
from routing.services.sla.steps import take_sla_steps
from routing.services.sweep import routing_is_late, sweep
from routing.services.work import is_waiting, run_next

logger = logging.getLogger(__name__)

OVERDUE = timedelta(seconds=2)
"""A message that waits longer than this has not been heard by a worker."""
CALLS = Switchboard(current_time)
"""The calls of this process that are under way."""
REPORTS_HAND = "clock reports"
ROUND_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
LONGEST_PAUSE = 4.0
LEAVE_SECONDS = 2.0


class Hand(NamedTuple):
    """What the clock does each second, in a thread of its own: a mail server that hangs never stops routing."""

    name: str
    turn: Callable[[datetime], object]


def route_overdue(now: datetime) -> None:
    """Route the leads that no worker has routed."""
    end = time.monotonic() + HEARTBEAT_SECONDS  # a long backlog takes several turns: who is at it shows that it lives
    while time.monotonic() < end and routing_is_late(now=now) and route_pending(now=now).worked:
        now = current_time()


def deliver_overdue(now: datetime) -> None:
    """Send the messages that no worker has sent; of those that one has died of, too."""
    outbox.give_back(now=now)
    end = time.monotonic() + HEARTBEAT_SECONDS
    while time.monotonic() < end and OutboxMessage.objects.due(now - OVERDUE).exists() and deliver_alerts(now=now):
        now = current_time()


def run_overdue(now: datetime) -> None:
    """Tell the reports worker of work that nobody has begun; where there is no such worker, do it here."""
    if not is_waiting(now=now):
        return
    if is_heard(doorbell.worker_name("reports"), now=now):
        doorbell.ring("reports")
    else:
        run_next(clock=current_time, beat=lambda then: beat(REPORTS_HAND, now=then))


def call_overdue(now: datetime) -> None:
    """Begin the calls to machines outside that no worker has begun; they go on beside us."""
    if calls_are_late(now=now, after=OVERDUE):
        CALLS.take()


HANDS = (
    Hand("clock routing", route_overdue),
    Hand("clock alerts", deliver_overdue),
    Hand("clock calls", call_overdue),
    Hand("clock sla", lambda now: take_sla_steps(now=now)),
    Hand("clock sweep", lambda now: sweep(now=now)),
    Hand(REPORTS_HAND, run_overdue),
    Hand("clock calendars", lambda now: read_calendars(now=now)),
    Hand("clock audit", lambda now: audit(now=now)),
)


class Command(CheckedCommand):
    help = "Routes leads and sends alerts that were left lying, releases held leads, watches deadlines."

    def handle(self, *args: Any, **options: Any) -> None:
        load_addresses()
        embeddings.permit()  # it routes when no worker does
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        threads = [threading.Thread(target=go_round, args=(hand, stop), daemon=True) for hand in HANDS]
        for thread in threads:
            thread.start()
        while not stop.wait(3600):
            pass
        end = time.monotonic() + LEAVE_SECONDS
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))


def go_round(hand: Hand, stop: threading.Event) -> None:
    """Take turns until told to stop; after a failure say so, wait a little longer, and go on."""
    pause, beat_at = ROUND_SECONDS, float("-inf")
    while not stop.is_set():
        close_old_connections()
        try:
            now = current_time()
            if time.monotonic() >= beat_at + HEARTBEAT_SECONDS:
                if beat_at == float("-inf"):
                    succeed(hand.name)
                beat(hand.name, now=now)
                beat_at = time.monotonic()
            hand.turn(now)
            pause = ROUND_SECONDS
        except Exception as error:
            logger.error("clock_turn_failed", extra={"hand": hand.name}, exc_info=error)
            pause = min(pause * 2, LONGEST_PAUSE)
        stop.wait(pause)
    _sign_off(hand)


def _sign_off(hand: Hand) -> None:
    close_old_connections()
    try:
        sign_off(hand.name)
    except DatabaseError as error:
        logger.warning("heartbeat_failed", extra={"hand": hand.name, "cause": type(error).__name__})
    finally:
        connection.close()
