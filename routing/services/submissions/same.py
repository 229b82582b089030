"""What comes at an inbound address without any id, and comes again: the same until its sender was answered, and so
long after that. A program that was told nothing, or to come again, sends the same whenever it can.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, Value, When

from routing.models import InboundAddress, Submission
from routing.services.submissions import store

SAME_WITHIN = timedelta(minutes=10)
"""So long after its answer the same body again, without any id, is the same submission."""
MOST_TRIES = 4


class _WasAnswered(Exception):
    """The same is there already, under this key."""

    def __init__(self, key: str) -> None:
        super().__init__("The same was answered a moment ago.")
        self.key = key


def span(now: datetime) -> int:
    """The number of the ten minutes that `now` is in."""
    return int(now.timestamp() // SAME_WITHIN.total_seconds())


def begin(*, inbound: InboundAddress, raw: str, content_type: str, visitor: str, now: datetime) -> store.Begun:
    """Keep what has no id, committed on return. It is unanswered until `answered` is told of it."""
    said = store.fingerprint(raw)
    key = _unanswered(said)
    for _ in range(MOST_TRIES):
        try:
            with transaction.atomic():
                begun = store.begin(
                    inbound=inbound, key=key, raw=raw, content_type=content_type, visitor=visitor, now=now
                )
                if not begun.again and key == _unanswered(said):
                    _look_for_an_answered_one(inbound, said, now)
                return begun
        except _WasAnswered as known:
            key = known.key
        except IntegrityError:  # a twin was answered in the moment in which its row was looked for
            continue
    raise RuntimeError("The same was answered again and again while it was kept.")


def answered(submissions: Iterable[Submission], *, now: datetime) -> None:
    """Their sender is about to hear what became of them: what is still unanswered of these is so no more."""
    rows = {row.pk: row for row in submissions if row.key == _unanswered(row.fingerprint)}
    if not rows:
        return
    # counted from the answer: it may come again because that was lost
    keys = {pk: _answered(row.fingerprint, span(now)) for pk, row in rows.items()}
    unanswered = Submission.objects.filter(pk__in=rows, key__in={row.key for row in rows.values()})
    try:
        with transaction.atomic():
            unanswered.update(
                key=Case(*(When(pk=pk, then=Value(key)) for pk, key in keys.items())),
                received_at=now,
            )
    except IntegrityError:  # clocks that went back: it stays unanswered, and is found as that
        return


def _look_for_an_answered_one(inbound: InboundAddress, said: str, now: datetime) -> None:
    """Raise _WasAnswered if there is one. Asked after this one is kept: what was unanswered until then has its new key.

    Sorted here, not there: asked for in the order of time, SQLite reads all that came in at the address.
    """
    keys = [_answered(said, number) for number in (span(now), span(now) - 1)]
    kept = Submission.objects.filter(inbound=inbound, key__in=keys).order_by().values_list("received_at", "key")
    lately = [row for row in kept if _is_lately(row[0], now)]
    if lately:
        raise _WasAnswered(min(lately)[1])


def _is_lately(then: datetime, now: datetime) -> bool:
    return then > now - SAME_WITHIN


def _unanswered(said: str) -> str:
    return store.fingerprint(f"{said}:unanswered")


def _answered(said: str, number: int) -> str:
    return store.fingerprint(f"{said}:{number}")
