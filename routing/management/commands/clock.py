"""manage.py clock: goes round every second, and does what no doorbell has done. Needs the database, and no Redis."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from routing import doorbell
from routing.clock import current_time
from routing.models import Heartbeat, OutboxMessage
from routing.services.deliver_alerts import deliver_alerts
from routing.services.route_pending import route_pending
from routing.services.sweep import routing_is_late, sweep
from routing.services.work import is_waiting, run_next

logger = logging.getLogger(__name__)

OVERDUE = timedelta(seconds=2)
"""A message that waits longer than this has not been heard by a worker."""
SILENT = timedelta(seconds=60)
"""A worker that has not been heard of for so long is not there."""
REPORTS_HAND = "clock reports"
ROUND_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
LONGEST_PAUSE = 10.0
LEAVE_SECONDS = 2.0


class Hand(NamedTuple):
    """What the clock does each second, in a thread of its own: a mail server that hangs never stops routing."""

    name: str
    turn: Callable[[datetime], object]


def route_overdue(now: datetime) -> None:
    """Route the leads that no worker has routed."""
    while routing_is_late(now=now) and route_pending(now=now).worked:
        now = current_time()


def deliver_overdue(now: datetime) -> None:
    """Send the messages that no worker has sent."""
    while OutboxMessage.objects.due(now - OVERDUE).exists() and deliver_alerts(now=now):
        now = current_time()


def run_overdue(now: datetime) -> None:
    """Tell the reports worker of work that nobody has begun; where there is no such worker, do it here."""
    if not is_waiting(now=now):
        return
    if Heartbeat.objects.filter(name=doorbell.worker_name("reports"), beat_at__gte=now - SILENT).exists():
        doorbell.ring("reports")
    else:
        run_next(clock=current_time, beat=lambda then: Heartbeat.objects.beat(REPORTS_HAND, then))


HANDS = (
    Hand("clock routing", route_overdue),
    Hand("clock alerts", deliver_overdue),
    Hand("clock sweep", lambda now: sweep(now=now)),
    Hand(REPORTS_HAND, run_overdue),
)


class Command(BaseCommand):
    help = "Routes leads and sends alerts that were left lying, releases held leads, watches deadlines."

    def handle(self, *args: Any, **options: Any) -> None:
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
                Heartbeat.objects.beat(hand.name, now)
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
        Heartbeat.objects.filter(name=hand.name).delete()
    except DatabaseError as error:
        logger.warning("heartbeat_failed", extra={"hand": hand.name, "cause": type(error).__name__})
    finally:
        connection.close()
