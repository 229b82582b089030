"""Messages that go by chat or SMS: the mail's subject, the deadline and one link, sent once and marked at once.

What would be one mail is one message here too. Somebody who cannot be reached this way within a few tries is told on
their next way; no service that hangs keeps the messages of another waiting, and none of its own for each time-out.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.urls import reverse

from reps.models import Channel as Way
from routing import outbox
from routing.models import OutboxMessage
from routing.notifications import chat
from routing.notifications.briefs import TELLS_THE_OWNER, Brief, load_briefs
from routing.notifications.deadlines import Deadline
from routing.notifications.http import Refused, Unreachable
from routing.notifications.messages import NothingToSay
from routing.notifications.together import in_short
from routing.services.alert_fates import Fate, Told, store_fates
from routing.services.alert_mails import Clocks, compose, load_clocks, rows_of
from routing.services.letters import Letters, Post, claim_letters

logger = logging.getLogger(__name__)
Channel = OutboxMessage.Channel
CHANNELS = (Channel.SLACK.value, Channel.TEAMS.value, Channel.SMS.value)
LEASE = timedelta(seconds=75)
"""Longer than TIME_TO_SEND and the longest message together."""
TIME_TO_SEND = 15.0
"""After so many seconds the rest is put back: it must not be sent by two once its lease is over."""
POST = Post(CHANNELS, LEASE, most=100)
MOST_SPARED = 500
EACH = 3
"""So many calls to one service at a time: up to three may hang, and the next is still called at once."""
MOST_TRIES = 3
"""After so many tries, some seconds apart, the next way is taken: an alert must not wait for a chat service."""
Clock = Callable[[], datetime]


def claim_chat_calls(now: datetime, limit: int, busy: Collection[str]) -> list[tuple[str, Callable[[Clock], None]]]:
    """Take what is due by chat and SMS; each rep's channel is one call. Services with calls enough are passed over."""
    calls, chosen = Counter(busy), list[tuple[str, Letters]]()
    while len(chosen) < limit:
        full = {place for place, number in calls.items() if number >= EACH}
        passed_over = [way.pk for way in _ways_due(now) if _place(way) in full] if full else []
        letters = claim_letters(limit=limit - len(chosen), now=now, post=POST, not_by=passed_over)
        if not letters.claimed:
            break
        for place, theirs in _by_way(letters):
            if len(chosen) < limit and (calls[place] < EACH or not place):
                calls[place] += 1
                chosen.append((place, theirs))
            else:
                outbox.release(theirs.messages)
    return [(place, partial(send_chat, letters)) for place, letters in chosen]


def _by_way(letters: Letters) -> list[tuple[str, Letters]]:
    """What was claimed, one channel after the other, each with its service."""
    ways = Way.objects.in_bulk({message.way_id for message in letters.messages if message.way_id})
    theirs: dict[int | None, list[OutboxMessage]] = {}
    for message in letters.messages:
        theirs.setdefault(message.way_id, []).append(message)
    return [(_place(ways.get(way or 0)), replace(letters, messages=found)) for way, found in theirs.items()]


def _place(way: Way | None) -> str:
    """The service that a channel leads to; empty if the channel is gone: nobody is called then."""
    return chat.place_of(way.kind, way.address) if way else ""


def _ways_due(now: datetime) -> Iterable[Way]:
    """The channels for which something is due."""
    due = OutboxMessage.objects.due(now).filter(channel__in=CHANNELS)
    return Way.objects.filter(pk__in=due.values("way"))


def send_chat(letters: Letters, clock: Clock) -> None:
    """Send what is due to one channel, one message after the other, until its service does not answer."""
    started = time.monotonic()
    briefs = load_briefs(letters.messages)
    store_fates([Told(brief, Fate.SUPPRESSED, error=brief.not_sent) for brief in briefs if brief.not_sent], now=clock())
    queue = letters.of(briefs)
    for number, letter in enumerate(queue):
        rest = [brief for later in queue[number:] for brief in later]
        if time.monotonic() - started > TIME_TO_SEND:
            outbox.release([brief.message for brief in rest])
            return
        try:
            store_fates(_tell(letter, clock), now=clock())
        except Unreachable as error:
            _wait_no_longer(rest, str(error), now=clock())
            return


def _wait_no_longer(briefs: Sequence[Brief], why: str, *, now: datetime) -> None:
    """A service does not answer. Whoever else waits for it has tried it too, and waits for no time-out of their own."""
    place = _place(briefs[0].message.way)
    alike = [way.pk for way in _ways_due(now) if _place(way) == place]
    others = alike and outbox.claim(now=now, limit=MOST_SPARED, channels=CHANNELS, lease=LEASE, only_by=alike)
    told = [_tried(brief, why) for brief in (*briefs, *load_briefs(others or ()))]
    store_fates(told, now=now)


def _tried(brief: Brief, why: str) -> Told:
    if brief.not_sent:
        return Told(brief, Fate.SUPPRESSED, error=brief.not_sent)
    return Told(brief, Fate.FAILED if brief.message.tries >= MOST_TRIES else Fate.RETRY, error=why)


def _tell(letter: Sequence[Brief], clock: Clock) -> list[Told]:
    """One message about one or more briefs, which share its fate. Raises Unreachable."""
    first = letter[0].message
    if letter[0].local:
        return _all(letter, Fate.FAILED, "A made-up person is never told by chat.")
    if first.way is None:
        return _all(letter, Fate.FAILED, "The channel is gone.")
    if outbox.was_interrupted(first) and first.tries > MOST_TRIES:
        return _all(letter, Fate.FAILED, outbox.INTERRUPTED)
    try:
        chat.send(first.channel, first.way.address, *_texts(letter, now=clock()))
    except Unreachable:
        raise
    except Exception as error:
        return _untold(letter, error)
    return [Told(brief, Fate.SENT, at=clock()) for brief in letter]


def _untold(letter: Sequence[Brief], error: Exception) -> list[Told]:
    """What becomes of a message that could not be sent, by why."""
    if isinstance(error, NothingToSay):
        return _all(letter, Fate.SUPPRESSED, str(error))
    if isinstance(error, chat.Unusable | Refused):
        return _all(letter, Fate.FAILED, str(error))
    if isinstance(error, chat.NotTaken):
        return [_tried(brief, str(error)) for brief in letter]
    logger.error("chat_failed", extra={"messages": [brief.message.pk for brief in letter]}, exc_info=error)
    return [_tried(brief, type(error).__name__) for brief in letter]


def _all(letter: Sequence[Brief], fate: Fate, why: str) -> list[Told]:
    return [Told(brief, fate, error=why) for brief in letter]


def _texts(letter: Sequence[Brief], *, now: datetime) -> list[str]:
    """The subject of the mail that would be sent, and all its leads if they are several; what nobody can build is
    links alone.
    """
    kind = letter[0].message.channel
    try:
        clocks = load_clocks(letter, now=now)
        subject = compose(letter, clocks, now=now).subject
        deadline, said = _deadline(letter[0], clocks, now=now), list[tuple[str, str]]()
        if len(letter) > 1:
            deadline, said = in_short(rows_of(letter, clocks, now=now))
    except NothingToSay:
        raise
    except Exception:
        logger.exception("alert_not_built", extra={"messages": [brief.message.pk for brief in letter]})
        subject, deadline, said = "New lead", "", [("New lead", _url(brief)) for brief in letter]
    if len(letter) == 1:
        return [chat.short_text(kind, subject, deadline=deadline, url=_url(letter[0]))]
    inbox = f"{settings.PUBLIC_URL}{reverse('inbox:leads')}"
    return chat.list_texts(kind, subject, said, deadline=deadline, url=inbox)


def _url(brief: Brief) -> str:
    path = reverse("inbox:lead", args=[brief.lead.uuid]) if brief.lead else ""
    return f"{settings.PUBLIC_URL}{path}"


def _deadline(brief: Brief, clocks: Clocks, *, now: datetime) -> str:
    due_at = clocks.due_at(brief, now) if brief.message.kind in TELLS_THE_OWNER else None
    if due_at is None:
        return ""
    zone = clocks.zone(brief, brief.recipient)
    return Deadline(due_at, now, zone, due_at - now).sentence
