"""Messages that go by chat or SMS: the mail's subject, the deadline and one link, sent once and marked at once.

Somebody who cannot be reached this way within a few tries is told on their next way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.urls import reverse

from routing import outbox
from routing.models import OutboxMessage
from routing.notifications import chat
from routing.notifications.briefs import TELLS_THE_OWNER, Brief, load_briefs
from routing.notifications.deadlines import Deadline
from routing.notifications.http import Refused, Unreachable
from routing.services.alert_fates import Fate, Told, store_fates
from routing.services.alert_mails import Clocks, compose, load_clocks

logger = logging.getLogger(__name__)
Channel = OutboxMessage.Channel
CHANNELS = (Channel.SLACK.value, Channel.TEAMS.value, Channel.SMS.value)
LEASE = timedelta(seconds=60)
MOST_TRIES = 3
"""After so many tries, some seconds apart, the next way is taken: an alert must not wait for a chat service."""
Clock = Callable[[], datetime]


def claim_chat_calls(now: datetime, limit: int, busy: Collection[str]) -> list[tuple[str, Callable[[Clock], None]]]:
    """Take messages by chat and SMS that are due; each is one call."""
    messages = outbox.claim(now=now, limit=limit, channels=CHANNELS, lease=LEASE)
    return [(message.channel, partial(send_chat, message)) for message in messages]


def send_chat(message: OutboxMessage, clock: Clock) -> None:
    """Send one message to its rep's channel."""
    [brief] = load_briefs([message])
    store_fates([_tell(brief, clock)], now=clock())


def _tell(brief: Brief, clock: Clock) -> Told:
    message, way = brief.message, brief.message.way
    if brief.not_sent:
        return Told(brief, Fate.SUPPRESSED, error=brief.not_sent)
    if brief.local:
        return Told(brief, Fate.SUPPRESSED, error="A made-up person is never told by chat.")
    if way is None:
        return Told(brief, Fate.FAILED, error="The channel is gone.")
    try:
        chat.send(message.channel, way.address, _text(brief, now=clock()))
    except (chat.Unusable, Refused) as error:
        return Told(brief, Fate.FAILED, error=str(error))
    except (chat.NotTaken, Unreachable) as error:
        return Told(brief, _later(message), error=str(error))
    except Exception as error:
        logger.exception("chat_failed", extra={"messages": [message.pk]})
        return Told(brief, _later(message), error=type(error).__name__)
    return Told(brief, Fate.SENT, at=clock())


def _later(message: OutboxMessage) -> Fate:
    return Fate.FAILED if message.tries >= MOST_TRIES else Fate.RETRY


def _text(brief: Brief, *, now: datetime) -> str:
    """The subject of the mail that would be sent; what nobody can build is a link alone."""
    url = f"{settings.PUBLIC_URL}{reverse('inbox:lead', args=[brief.lead.uuid])}" if brief.lead else settings.PUBLIC_URL
    try:
        clocks = load_clocks([brief], now=now)
        subject = compose([brief], clocks, now=now).subject
        deadline = _deadline(brief, clocks, now=now)
    except Exception:
        logger.exception("alert_not_built", extra={"messages": [brief.message.pk]})
        subject, deadline = "New lead", ""
    return chat.short_text(brief.message.channel, subject, deadline=deadline, url=url)


def _deadline(brief: Brief, clocks: Clocks, *, now: datetime) -> str:
    due_at = clocks.due_at(brief, now) if brief.message.kind in TELLS_THE_OWNER else None
    if due_at is None:
        return ""
    zone = clocks.zone(brief, brief.recipient)
    return Deadline(due_at, now, zone, due_at - now).sentence
