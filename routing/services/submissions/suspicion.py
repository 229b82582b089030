"""What makes a submission of a form suspicious: too fast, too many. It is looked at by people, never dropped."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from datetime import datetime

from django.core.signing import BadSignature, Signer

from routing.models import Form
from routing.services.throttling import Hits, count_hit

FASTEST_SECONDS = 2.0
"""Nobody reads and fills in a form within this time."""
MINUTE = 60
TOO_FAST = "It was filled in within two seconds."
FORGED = "The time of its page was changed."
FROM_ONE = "More than {limit} came from one visitor within a minute."
FROM_ALL = "More than {limit} came through this form within a minute."
_signer = Signer(salt="leadrouting.form.v1")


class TooMany(Exception):
    """Twice as many as is usual: nothing more is taken in for so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Try again in {seconds} seconds.")
        self.seconds = seconds


def new_key() -> str:
    """The key of one page: what is sent from it twice is one submission."""
    return str(uuid.uuid4())


def stamp(*, slug: str, now: datetime) -> str:
    """When a page was made, in a way that nobody alters."""
    return _signer.sign(f"{slug}:{int(now.timestamp() * 1000)}")


def judge_stamp(text: str, *, slug: str, now: datetime) -> str:
    """Why its time makes a submission suspicious; empty if it does not.

    Without one it came from a page of somebody's own, which is as good; one that is old was left open for long.
    """
    if not text:
        return ""
    try:
        of, _, moment = _signer.unsign(text).rpartition(":")
        seconds = now.timestamp() - int(moment) / 1000
    except (BadSignature, ValueError):
        return FORGED
    if of != slug:
        return FORGED
    return TOO_FAST if seconds < FASTEST_SECONDS else ""


def judge_number(form: Form, *, visitor: str, now: datetime) -> str:
    """Count this submission. Why it is suspicious, if there are many; raises TooMany at twice the limit."""
    limits = _limits(form, visitor)
    return _judge([(count_hit(key=key, seconds=MINUTE, now=now), limit, text) for key, limit, text in limits], now)


def judge_number_here(form: Form, *, visitor: str, now: datetime) -> str:
    """The same, counted in this process alone, while there is no database to count in."""
    limits = _limits(form, visitor)
    return _judge([(_here.count(key, now), limit, text) for key, limit, text in limits], now)


def judge_number_of_unknown(*, visitor: str, now: datetime) -> str:
    """The same for forms that this process does not know, by the usual limit of one visitor for all such together."""
    limit = int(Form._meta.get_field("address_limit").default)
    return _judge([(_here.count(f"form::{visitor}", now), limit, FROM_ONE)], now)


def _limits(form: Form, visitor: str) -> list[tuple[str, int, str]]:
    return [
        (f"form:{form.pk}:{visitor}", form.address_limit, FROM_ONE),
        (f"form:{form.pk}", form.form_limit, FROM_ALL),
    ]


def _judge(counted: list[tuple[Hits, int, str]], now: datetime) -> str:
    for hits, limit, _ in counted:
        if hits.count > 2 * limit:
            raise TooMany(hits.seconds_left(now))
    return next((text.format(limit=limit) for hits, limit, text in counted if hits.count > limit), "")


class Counts:
    """Of the current minute, in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._hits: Counter[str] = Counter()

    def count(self, key: str, now: datetime) -> Hits:
        minute = int(now.timestamp()) // MINUTE
        with self._lock:
            if minute != self._minute:
                self._minute, self._hits = minute, Counter()
            self._hits[key] += 1
            return Hits(self._hits[key], datetime.fromtimestamp((minute + 1) * MINUTE, now.tzinfo))


_here = Counts()
