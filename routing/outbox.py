"""Messages that must leave: published with the rows that cause them, claimed with a lease, marked when they are done.

At least once: who dies between sending and marking leaves a lease behind, and the next one sends again, with the
same key. Whoever marks a message does so only while it is still waiting, so that nothing is undone by a latecomer.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection

from routing.doorbell import ring_after_commit
from routing.models import OutboxMessage

LEASE = timedelta(seconds=60)
OUTAGE_PAUSE = timedelta(seconds=15)
MAX_TRIES = 15
LONGEST_BACK_OFF = 3600
ERROR_LENGTH = 500

CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM routing_outboxmessage
        WHERE done_at IS NULL AND available_at <= %s AND (lease_until IS NULL OR lease_until < %s){also}
        ORDER BY priority, available_at, id
        LIMIT %s{skip_locked}
    )
    UPDATE routing_outboxmessage SET lease_until = %s, tries = tries + 1
    WHERE id IN (SELECT id FROM due)
    RETURNING *
"""


def publish(messages: Sequence[OutboxMessage]) -> None:
    """Store messages in the caller's transaction, and ring for the alerts worker once it has committed.

    A message whose key exists already is its own twin and changes nothing.
    """
    if not messages:
        return
    # Not ignore_conflicts: on SQLite that would swallow every other broken constraint too.
    OutboxMessage.objects.bulk_create(
        {message.key: message for message in messages}.values(),
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["key"],
    )
    ring_after_commit("alerts")


def claim(*, now: datetime, limit: int, lease: timedelta = LEASE) -> list[OutboxMessage]:
    """Take at most `limit` messages that are due, live ones before imports, oldest first. Nobody else gets them."""
    return _claim("", [], now=now, limit=limit, lease=lease)


def claim_alike(
    messages: Sequence[OutboxMessage], *, kinds: Collection[str], now: datetime, limit: int, lease: timedelta = LEASE
) -> list[OutboxMessage]:
    """Take also, at most `limit`, what is due of these kinds for people who get one of them: one mail tells of all."""
    reps = sorted({message.rep_id for message in messages if message.kind in kinds and message.rep_id is not None})
    if not reps:
        return []
    also = f" AND rep_id IN ({_marks(reps)}) AND kind IN ({_marks(kinds)})"
    return _claim(also, [*reps, *kinds], now=now, limit=limit, lease=lease)


def _claim(
    also: str, parameters: Sequence[object], *, now: datetime, limit: int, lease: timedelta
) -> list[OutboxMessage]:
    skip_locked = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    moment = OutboxMessage._meta.get_field("available_at").get_db_prep_value(now, connection)
    until = OutboxMessage._meta.get_field("lease_until").get_db_prep_value(now + lease, connection)
    claimed = OutboxMessage.objects.raw(
        CLAIM.format(skip_locked=skip_locked, also=also), [moment, moment, *parameters, limit, until]
    )
    return sorted(claimed, key=lambda message: (message.priority, message.available_at, message.pk))


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def sent(messages: Sequence[OutboxMessage], *, now: datetime) -> None:
    """They have left."""
    _finish(messages, OutboxMessage.Result.SENT, now)


def suppress(messages: Sequence[OutboxMessage], *, now: datetime) -> None:
    """They are no longer true, or nobody may get them; each says why in its `error`."""
    _finish(messages, OutboxMessage.Result.SUPPRESSED, now)


def give_up(messages: Sequence[OutboxMessage], *, now: datetime) -> None:
    """They will never leave; each says why in its `error`."""
    _finish(messages, OutboxMessage.Result.FAILED, now)


def retry(messages: Sequence[OutboxMessage], *, now: datetime) -> None:
    """They failed for now; the more often, the longer the wait. Each says why in its `error`."""
    for message in messages:
        message.available_at = now + back_off(message)
    _put_back(messages)


def postpone(messages: Sequence[OutboxMessage], *, now: datetime, pause: timedelta = OUTAGE_PAUSE) -> None:
    """They could not even be tried, by no fault of theirs: not counted as a try."""
    for message in messages:
        message.tries -= 1
        message.available_at = now + pause
    _put_back(messages)


def is_last_try(message: OutboxMessage) -> bool:
    return message.tries >= MAX_TRIES


def back_off(message: OutboxMessage) -> timedelta:
    """2 s, 4 s, 8 s … an hour, each moved by up to a quarter so that not everything comes back at once."""
    seconds = min(LONGEST_BACK_OFF, 2**message.tries)
    jitter = zlib.crc32(f"{message.key}/{message.tries}".encode()) / 2**32
    return timedelta(seconds=seconds * (0.75 + jitter / 2))


def _finish(messages: Sequence[OutboxMessage], result: OutboxMessage.Result, now: datetime) -> None:
    for message in messages:
        message.done_at, message.result, message.lease_until = now, result, None
        message.error = message.error[:ERROR_LENGTH]
    OutboxMessage.objects.waiting().bulk_update(messages, ["done_at", "result", "lease_until", "error"])


def _put_back(messages: Sequence[OutboxMessage]) -> None:
    for message in messages:
        message.lease_until = None
        message.error = message.error[:ERROR_LENGTH]
    OutboxMessage.objects.waiting().bulk_update(messages, ["available_at", "lease_until", "tries", "error"])
