"""Calls to machines outside: agents, chat and SMS services, webhooks. Each call in a thread of its own.

Whoever does not answer keeps a thread waiting, and nobody else: every kind of call has its own places, an agent or a
chat service never has all of them, and a webhook never more than one. Threads store what came of their call
themselves; a process that dies leaves leases behind.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from routing.doorbell import ring
from routing.models import OutboxMessage, WebhookDelivery
from routing.services.agents.alert import claim_agent_calls
from routing.services.chat_alerts import claim_chat_calls
from routing.services.webhooks.deliver import claim_webhook_calls

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
Run = Callable[[Clock], None]


class Claim(NamedTuple):
    """A call that was claimed: to whom, and what makes it and stores what came of it."""

    target: str
    run: Run


class Line(NamedTuple):
    """One kind of call: so many at a time, of which `claim` gives no target all."""

    name: str
    places: int
    claim: Callable[[datetime, int, Collection[str]], Sequence[tuple[str, Run]]]


LINES = (
    Line("agents", 16, claim_agent_calls),
    Line("chat", 12, claim_chat_calls),
    Line("webhooks", 8, claim_webhook_calls),
)


def calls_are_late(*, now: datetime, after: timedelta) -> bool:
    """Whether something has been due for so long that no worker can have heard of it."""
    messages = OutboxMessage.objects.due(now - after).exclude(channel=OutboxMessage.Channel.EMAIL)
    return messages.exists() or WebhookDelivery.objects.due(now - after).filter(webhook__active=True).exists()


def in_a_thread(work: Callable[[], None]) -> None:
    """Threads that end with the process: leases see to what they leave behind."""
    threading.Thread(target=work, daemon=True).start()


@dataclass(slots=True)
class Switchboard:
    """The calls of one process that are under way. `start` runs one of them, now or beside us."""

    clock: Clock
    start: Callable[[Callable[[], None]], None] = in_a_thread
    busy: dict[str, list[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> int:
        """Begin as many calls as are due and have a place; how many."""
        return sum(self._take(line) for line in LINES)

    def _take(self, line: Line) -> int:
        with self.lock:
            targets = list(self.busy.get(line.name, ()))
        if len(targets) >= line.places:
            return 0
        claimed = [Claim(*one) for one in line.claim(self.clock(), line.places - len(targets), targets)]
        with self.lock:
            self.busy.setdefault(line.name, []).extend(claim.target for claim in claimed)
        for claim in claimed:
            self.start(lambda claim=claim: self._make(line, claim))  # type: ignore[misc]
        return len(claimed)

    def _make(self, line: Line, claim: Claim) -> None:
        try:
            claim.run(self.clock)
        except Exception:
            logger.exception("call_failed", extra={"line": line.name, "target": claim.target})
        finally:
            with self.lock:
                self.busy[line.name].remove(claim.target)
            if self.start is in_a_thread:
                connection.close()
            ring("calls")  # there may be more for this place
