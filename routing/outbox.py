"""Messages that must leave: published with the rows that cause them, claimed with a lease, marked when they are done.

At least once: who dies between sending and marking leaves a lease behind, and the next one sends again, with the
same key. A lease says who holds it, so that one of a process that has died is given back at once; of others, it ends
by itself. Whoever marks a message does so only while it is still waiting, and puts back only what they still hold, so
that nothing is undone by a latecomer.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Case, Value, When

from routing.doorbell import ring_after_commit
from routing.holders import has_died, this_process
from routing.models import OutboxMessage
from routing.models.inserting import insert_new_rows
from routing.notifications.ways import sent_their_way

BY_MAIL = (OutboxMessage.Channel.EMAIL.value,)
LEASE = timedelta(seconds=2 * settings.EMAIL_TIMEOUT)
"""Whoever works for longer renews it."""
INTERRUPTED = "Whoever sent it ended in the middle."
"""The error of a message whose lease ran out or was given back."""
MOST_LEASES = 500
"""No more than about so many are held at a time, and those that are due first."""
OUTAGE_PAUSE = timedelta(seconds=15)
MAX_TRIES = 15
LONGEST_BACK_OFF = 3600
LONGEST_REST = 60
ERROR_LENGTH = 500

CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM routing_outboxmessage
        WHERE done_at IS NULL AND available_at <= %s AND (lease_until IS NULL OR lease_until < %s)
        AND channel IN ({channels}){also}
        ORDER BY priority, available_at, id
        LIMIT %s{skip_locked}
    )
    UPDATE routing_outboxmessage SET lease_until = %s, held_by = %s, tries = tries + 1,
        error = CASE WHEN lease_until IS NULL THEN error ELSE %s END
    WHERE id IN (SELECT id FROM due)
    RETURNING *
"""


def publish(messages: Sequence[OutboxMessage]) -> None:
    """Store messages in the caller's transaction, and ring for those who send them once it has committed.

    Those to reps take the first of the rep's ways that is not silent (notifications/ways.py). A message whose key
    exists already is its own twin and changes nothing.
    """
    messages = sent_their_way(messages) if messages else ()
    if not messages:
        return
    insert_new_rows(list({message.key: message for message in messages}.values()), twin="key")
    _ring(messages)


def _ring(messages: Sequence[OutboxMessage]) -> None:
    for queue in sorted({"alerts" if message.channel in BY_MAIL else "calls" for message in messages}):
        ring_after_commit(queue)


def claim(
    *,
    now: datetime,
    limit: int,
    channels: Collection[str] = BY_MAIL,
    lease: timedelta = LEASE,
    without: Collection[int] = (),
    not_by: Collection[int] = (),
    only_by: Collection[int] = (),
) -> list[OutboxMessage]:
    """Take at most `limit` messages that are due, live ones before imports, oldest first. Nobody else gets them.

    `without`: reps whose turn it is not; `not_by`: channels of reps that are passed over; `only_by`: no others.
    """
    also = f" AND (rep_id IS NULL OR rep_id NOT IN ({_marks(without)}))" if without else ""
    also += f" AND (way_id IS NULL OR way_id NOT IN ({_marks(not_by)}))" if not_by else ""
    also += f" AND way_id IN ({_marks(only_by)})" if only_by else ""
    return _claim(also, [*without, *not_by, *only_by], now=now, limit=limit, channels=channels, lease=lease)


def claim_alike(
    messages: Sequence[OutboxMessage],
    *,
    kinds: Collection[str],
    now: datetime,
    limit: int,
    channels: Collection[str] = BY_MAIL,
    lease: timedelta = LEASE,
) -> list[OutboxMessage]:
    """Take also, at most `limit`, what is due of these kinds for people who get one of them: one mail tells of all."""
    reps = sorted({message.rep_id for message in messages if message.kind in kinds and message.rep_id is not None})
    if not reps or limit < 1:
        return []
    also = f" AND rep_id IN ({_marks(reps)}) AND address = '' AND kind IN ({_marks(kinds)})"
    return _claim(also, [*reps, *kinds], now=now, limit=limit, channels=channels, lease=lease)


def _claim(
    also: str,
    parameters: Sequence[object],
    *,
    now: datetime,
    limit: int,
    channels: Collection[str],
    lease: timedelta,
) -> list[OutboxMessage]:
    skip_locked = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    moment = OutboxMessage._meta.get_field("available_at").get_db_prep_value(now, connection)
    until = OutboxMessage._meta.get_field("lease_until").get_db_prep_value(now + lease, connection)
    claimed = OutboxMessage.objects.raw(
        CLAIM.format(skip_locked=skip_locked, also=also, channels=_marks(channels)),
        [moment, moment, *channels, *parameters, limit, until, this_process(), INTERRUPTED],
    )
    return sorted(claimed, key=lambda message: (message.priority, message.available_at, message.pk))


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def renew(messages: Sequence[OutboxMessage], *, now: datetime, lease: timedelta = LEASE) -> set[int]:
    """Hold these messages for longer; the keys of those that are still ours to send."""
    ours = OutboxMessage.objects.waiting().filter(
        pk__in=[message.pk for message in messages], held_by=this_process(), lease_until__isnull=False
    )
    ours.update(lease_until=now + lease)
    return set(ours.values_list("pk", flat=True))


def give_back(*, now: datetime) -> int:
    """Free what processes held that have died on this machine: it is due at once, not when their leases end.

    What had ended somebody before rests first, and lets others go ahead.
    """
    due = OutboxMessage.objects.waiting().filter(available_at__lte=now)
    first = due.order_by("priority", "available_at").values_list("held_by", "lease_until")[:MOST_LEASES]
    holders = {name for name, until in first if until is not None and until >= now}
    dead = [name for name in holders if has_died(name)]
    if not dead:
        return 0
    theirs = due.filter(held_by__in=dead, lease_until__gte=now)
    again = theirs.filter(error=INTERRUPTED).update(lease_until=None, available_at=_after_a_rest(now))
    return again + theirs.update(lease_until=None, error=INTERRUPTED)


def _after_a_rest(now: datetime) -> Case:
    """2 s, 4 s, 8 s … a minute, by how often: where all senders are killed, no message is taken for their killer."""
    seconds = {tries: min(LONGEST_REST, 2 ** (tries - 1)) for tries in range(2, MAX_TRIES)}
    rests = [When(tries=tries, then=Value(now + timedelta(seconds=rest))) for tries, rest in seconds.items()]
    longest = Value(now + timedelta(seconds=LONGEST_REST))
    return Case(*rests, default=longest, output_field=OutboxMessage._meta.get_field("available_at"))


def sent(messages: Sequence[OutboxMessage], *, now: datetime) -> None:
    """They have left."""
    _finish(messages, OutboxMessage.Result.SENT, now)


def suppress(messages: Sequence[OutboxMessage], *, now: datetime) -> None:
    """They are no longer true, or nobody may get them; each says why in its `error`."""
    _finish(messages, OutboxMessage.Result.SUPPRESSED, now)


def give_up(messages: Sequence[OutboxMessage], *, now: datetime) -> None:
    """They will never leave; each says why in its `error`."""
    _finish(messages, OutboxMessage.Result.FAILED, now)


def retry(messages: Sequence[OutboxMessage], *, now: datetime, at_least: timedelta = timedelta(0)) -> None:
    """They failed for now; the more often, the longer the wait. Each says why in its `error`."""
    for message in messages:
        message.available_at = now + max(back_off(message), at_least)
    _put_back(messages)


def postpone(messages: Sequence[OutboxMessage], *, now: datetime, pause: timedelta = OUTAGE_PAUSE) -> None:
    """They could not even be tried, by no fault of theirs: not counted as a try."""
    for message in messages:
        message.tries -= 1
        message.available_at = now + pause
    _put_back(messages)


def release(messages: Sequence[OutboxMessage]) -> None:
    """They were claimed and not tried: as they were before."""
    for message in messages:
        message.tries -= 1
    _put_back(messages)


def send_again(message: OutboxMessage, *, now: datetime) -> None:
    """As if it were new. In the transaction of whoever has locked it."""
    message.done_at, message.result, message.lease_until = None, OutboxMessage.Result.WAITING, None
    message.tries, message.available_at, message.error = 0, now, ""
    message.save(update_fields=["done_at", "result", "lease_until", "tries", "available_at", "error"])
    _ring([message])


def was_interrupted(message: OutboxMessage) -> bool:
    """Whether whoever sent it last ended in the middle, maybe because of it."""
    return message.error == INTERRUPTED


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
    OutboxMessage.objects.waiting().filter(held_by=this_process()).bulk_update(
        messages, ["available_at", "lease_until", "tries", "error"]
    )
