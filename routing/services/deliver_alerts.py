"""Send the messages that are due by mail: claim, build, hand over, and only then mark what became of them.

Nothing is locked while a mail server is talked to. A message that dies takes no other with it. Only what is sent next
is claimed, so that whoever ends in the middle leaves little behind.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing import crash, outbox
from routing.models import OutboxMessage
from routing.notifications.briefs import Brief, load_briefs
from routing.notifications.email import ContentRefused, Outage, PostOffice, TryLater, Undeliverable, Unsure
from routing.notifications.messages import Message, NothingToSay
from routing.services.alert_fates import Fate, Told, store_fates
from routing.services.alert_mails import Clocks, compose, load_clocks, minimal
from routing.services.letters import Letters, claim_letters

logger = logging.getLogger(__name__)
CHUNK = 12
"""So many messages are claimed, sent and marked together: the most that a crash can send twice."""
TIME_TO_SEND = timedelta(seconds=35)
"""After this long the rest is left to the next turn, so that a worker can be stopped."""
RENEW_AFTER = outbox.LEASE / 4
MOST_UNSURE = 2
"""So many mails in a row of which a server does not say whether it has them: it is out."""
KILLER_FROM = 3
"""A message that so often ended whoever sent it is sent without what the lead typed; after its last try, not at all."""


def deliver_alerts(*, now: datetime, limit: int = 100, elapsed: Callable[[], float] = time.monotonic) -> int:
    """Send at most `limit` due messages, and what belongs into the same mails.

    How many are done with: sent, suppressed or given up.
    """
    started = elapsed()
    done = taken = 0
    with PostOffice() as office:
        turn = _Turn(office, now, clock=lambda: now + timedelta(seconds=elapsed() - started))
        while taken < limit and not turn.is_over():
            asked = min(CHUNK, limit - taken)
            letters = claim_letters(limit=asked, now=turn.clock())
            done += turn.work_off(letters) if letters.messages else 0
            taken += asked
            if letters.claimed < asked:
                break
    return done


@dataclass(slots=True)
class _Turn:
    """One go at what is due: the connections, the time that has passed, and which servers are out."""

    office: PostOffice
    started_at: datetime
    clock: Callable[[], datetime]
    out: dict[bool, str] = field(default_factory=dict)
    unsure: int = 0

    def is_over(self) -> bool:
        """Whether nothing more is to be claimed: a server is out, or it is time for others."""
        return bool(self.out) or self.clock() - self.started_at > TIME_TO_SEND

    def work_off(self, letters: Letters) -> int:
        """Send what was claimed and store what became of it: first the rest, then what ended somebody before."""
        crash.crash_point("after_lease_before_mail")
        briefs = load_briefs(letters.messages)
        clocks = load_clocks(briefs, now=self.clock())
        held = _Held(letters.messages, self.clock())
        told = [Told(brief, Fate.SUPPRESSED, error=brief.not_sent) for brief in briefs if brief.not_sent]
        suspects = []
        for letter in letters.of(briefs):
            if outbox.was_interrupted(letter[0].message):
                suspects.append(letter)
            else:
                told += self._send(letter, clocks, held)
        done = self._store(told)
        return done + sum(self._store(self._send(letter, clocks, held)) for letter in suspects)

    def _store(self, told: Sequence[Told]) -> int:
        crash.crash_point("after_mail_before_mark")
        return store_fates(told, now=self.clock()) if told else 0

    def _send(self, letter: Sequence[Brief], clocks: Clocks, held: _Held) -> list[Told]:
        """One mail about one or more briefs, which share its fate; nothing of what somebody else holds by now."""
        local = letter[0].local
        if self.clock() - self.started_at > TIME_TO_SEND:
            return [Told(brief, Fate.PUT_BACK, error=brief.message.error) for brief in letter]
        letter = [brief for brief in letter if brief.message.pk in held.still(self.clock())]
        if letter and local not in self.out:
            try:
                self._hand_over(letter, clocks)
            except NothingToSay as error:
                return [Told(brief, Fate.SUPPRESSED, error=str(error)) for brief in letter]
            except Outage as error:
                self._give_up(local, error)
            except Exception as error:
                self._count(local, error)
                return _not_sent(letter, error)
            else:
                self.unsure = 0
                return [Told(brief, Fate.SENT, at=self.clock()) for brief in letter]
        return [Told(brief, Fate.POSTPONED, error=self.out[local]) for brief in letter]

    def _count(self, local: bool, error: Exception) -> None:
        self.unsure = self.unsure + 1 if isinstance(error, Unsure) else 0
        if self.unsure >= MOST_UNSURE:
            self._give_up(local, error)

    def _give_up(self, local: bool, error: Exception) -> None:
        self.out[local] = str(error)
        logger.warning("mail_server_out", extra={"local": local, "cause": str(error)})

    def _hand_over(self, letter: Sequence[Brief], clocks: Clocks) -> None:
        """Send the mail; if it cannot be built, or the server does not like what it says, the minimal one."""
        server, address = self.office.server(local=letter[0].local), letter[0].address
        try:
            server.send(_composed(letter, clocks, self.clock()), address)
        except ContentRefused:
            server.send(minimal(letter), address)


@dataclass(slots=True)
class _Held:
    """The lease on what is being worked off, renewed in good time."""

    messages: Sequence[OutboxMessage]
    renewed_at: datetime
    ours: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.ours = {message.pk for message in self.messages}

    def still(self, now: datetime) -> set[int]:
        """The keys of those that nobody else holds by now."""
        if now - self.renewed_at >= RENEW_AFTER:
            self.ours, self.renewed_at = outbox.renew(self.messages, now=now), now
        return self.ours


def _composed(letter: Sequence[Brief], clocks: Clocks, now: datetime) -> Message:
    """The mail in full; whatever a lead may have typed, a minimal one if that cannot be built, or ended somebody."""
    tries = max(brief.message.tries for brief in letter)
    if outbox.was_interrupted(letter[0].message) and tries >= KILLER_FROM:
        if outbox.is_last_try(letter[0].message):
            raise Undeliverable(f"{outbox.INTERRUPTED} ({tries} times)", theirs=False)
        return minimal(letter)
    try:
        return compose(letter, clocks, now=now)
    except NothingToSay:
        raise
    except Exception:
        logger.exception("alert_not_built", extra={"messages": [brief.message.pk for brief in letter]})
        return minimal(letter)


def _not_sent(letter: Sequence[Brief], error: Exception) -> list[Told]:
    """The server is there, but does not take this mail, or an error of our own came between."""
    if isinstance(error, Undeliverable):
        not_theirs = not error.theirs
        return [Told(brief, Fate.FAILED, error=str(error), not_theirs=not_theirs) for brief in letter]
    text = str(error)
    if not isinstance(error, TryLater):
        logger.error("alert_failed", exc_info=error, extra={"messages": [brief.message.pk for brief in letter]})
        text = type(error).__name__
    again = Fate.UNSURE if isinstance(error, Unsure) else Fate.RETRY
    return [
        Told(brief, Fate.FAILED if outbox.is_last_try(brief.message) else again, error=text, not_theirs=True)
        for brief in letter
    ]
