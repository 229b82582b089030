"""Send the messages that are due: claim, build, hand over to the mail server, and only then mark what became of them.

Nothing is locked while a mail server is talked to. A message that dies takes no other with it.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing import outbox
from routing.models import OutboxMessage
from routing.notifications.briefs import Brief, load_briefs
from routing.notifications.email import ContentRefused, Outage, PostOffice, TryLater, Undeliverable
from routing.notifications.messages import Message
from routing.services.alert_fates import Fate, Told, store_fates
from routing.services.alert_mails import Clocks, compose, load_clocks, minimal

logger = logging.getLogger(__name__)
SUMMARIES: Mapping[str, str] = {
    OutboxMessage.Kind.LAST_RESORT: "last resort",
    OutboxMessage.Kind.MOVED_HERE: "moved",
    OutboxMessage.Kind.MOVED_AWAY: "moved",
}
"""Kinds of which somebody gets one mail about many; those of one name share it."""
MOST_TOGETHER = 1_000
"""One mail tells of no more than about so many leads."""
CHUNK = 20
"""So many messages are looked up, sent and marked together: the most that a crash can send twice."""
TIME_TO_SEND = timedelta(seconds=35)
"""After this long the rest is put back: it must not be sent by two once its lease is over."""


def deliver_alerts(*, now: datetime, limit: int = 100, elapsed: Callable[[], float] = time.monotonic) -> int:
    """Send at most `limit` due messages, and what belongs into the same summaries.

    How many are done with: sent, suppressed or given up.
    """
    claimed = outbox.claim(now=now, limit=limit)
    if not claimed:
        return 0
    claimed += outbox.claim_alike(claimed, kinds=SUMMARIES.keys(), now=now, limit=MOST_TOGETHER)
    started = elapsed()
    with PostOffice() as office:
        turn = _Turn(office, started_at=now, clock=lambda: now + timedelta(seconds=elapsed() - started))
        return sum(store_fates(turn.send(chunk), now=turn.clock()) for chunk in _chunks(claimed))


@dataclass(slots=True)
class _Turn:
    """One claim being worked off: the connections, the time that has passed, and which servers are out."""

    office: PostOffice
    started_at: datetime
    clock: Callable[[], datetime]
    out: dict[bool, str] = field(default_factory=dict)

    def send(self, chunk: Sequence[OutboxMessage]) -> list[Told]:
        briefs = load_briefs(chunk)
        clocks = load_clocks(briefs, now=self.clock())
        told = [Told(brief, Fate.SUPPRESSED, error=brief.not_sent) for brief in briefs if brief.not_sent]
        for letter in _letters([brief for brief in briefs if not brief.not_sent]):
            told += self._send_letter(letter, clocks)
        return told

    def _send_letter(self, letter: Sequence[Brief], clocks: Clocks) -> list[Told]:
        """One mail about one or more briefs, which share its fate."""
        local, now = letter[0].local, self.clock()
        if now - self.started_at > TIME_TO_SEND:
            return [Told(brief, Fate.PUT_BACK) for brief in letter]
        if local not in self.out:
            try:
                self._hand_over(letter, clocks, now)
            except Outage as error:
                self.out[local] = str(error)
                logger.warning("mail_server_out", extra={"local": local, "cause": str(error)})
            except Exception as error:
                return _not_sent(letter, error)
            else:
                return [Told(brief, Fate.SENT, at=self.clock(), due_at=clocks.due_at(brief, now)) for brief in letter]
        return [Told(brief, Fate.POSTPONED, error=self.out[local]) for brief in letter]

    def _hand_over(self, letter: Sequence[Brief], clocks: Clocks, now: datetime) -> None:
        """Send the mail; if it cannot be built, or the server does not like what it says, the minimal one."""
        server, address = self.office.server(local=letter[0].local), letter[0].address
        try:
            server.send(_compose(letter, clocks, now), address)
        except ContentRefused:
            server.send(minimal(letter), address)


def _compose(letter: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    """The mail in full; whatever a lead may have typed, a minimal one if that cannot be built."""
    try:
        return compose(letter, clocks, now=now)
    except Exception:
        logger.exception("alert_not_built", extra={"messages": [brief.message.pk for brief in letter]})
        return minimal(letter)


def _not_sent(letter: Sequence[Brief], error: Exception) -> list[Told]:
    """The server is there, but does not take this mail, or an error of our own came between."""
    if isinstance(error, Undeliverable):
        return [Told(brief, Fate.FAILED, error=str(error)) for brief in letter]
    text = str(error)
    if not isinstance(error, TryLater):
        logger.error("alert_failed", exc_info=error, extra={"messages": [brief.message.pk for brief in letter]})
        text = type(error).__name__
    return [Told(brief, _later(brief), error=text) for brief in letter]


def _later(brief: Brief) -> Fate:
    return Fate.FAILED if outbox.is_last_try(brief.message) else Fate.RETRY


def _letters(briefs: Sequence[Brief]) -> Iterator[list[Brief]]:
    """Which briefs share one mail: leads that nobody took, and leads that a correction moved, by person."""
    shared: defaultdict[tuple[str, str], list[Brief]] = defaultdict(list)
    for brief in briefs:
        if (summary := SUMMARIES.get(brief.message.kind)) and brief.recipient:
            shared[summary, brief.address].append(brief)
        else:
            yield [brief]
    yield from shared.values()


def _chunks(claimed: Sequence[OutboxMessage]) -> Iterator[Sequence[OutboxMessage]]:
    """In order, but what may become one summary stays together, at the end."""
    together = [message for message in claimed if message.kind in SUMMARIES]
    others = [message for message in claimed if message.kind not in SUMMARIES]
    for start in range(0, len(others), CHUNK):
        yield others[start : start + CHUNK]
    if together:
        yield together
