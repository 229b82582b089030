"""How often a password may be wrong: by sign-in and address, by address, by sign-in; a known browser stands apart.

Nobody can guess on, from however many addresses; and nobody can lock the owner out, whose browser is known by a cookie
(or becomes known by the link of a mail). A try is counted before the password is looked at, and taken back if it was
right: of guesses made at the same moment none goes uncounted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import salted_hmac

from routing.services.throttling import count_hit, take_back_hit, visitor_key

FROM_ONE_ADDRESS = 5
FOR_ONE_ACCOUNT = 3
FROM_A_KNOWN_BROWSER = 2
"""How many times SIGN_IN_TRIES."""
CODE_SECONDS = 300
"""Longer than any code of an authenticator app holds."""


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody is about to be let in: as whom, from where, and by which browser if the account's owner used it."""

    account: str
    address: str
    browser: str = ""
    what: str = "password"


class Blocked(NamedTuple):
    """How long to wait, and whether this try was the first to be told."""

    seconds: int
    first: bool


class _Limit(NamedTuple):
    key: str
    most: int


def begin(*, tried: Try, now: datetime) -> Blocked | None:
    """Count a try. Not None: refuse it without looking at what was given."""
    for limit in _limits(tried):
        hits = count_hit(key=limit.key, seconds=_seconds(), now=now)
        if hits.count > limit.most:
            return Blocked(hits.seconds_left(now), hits.count == limit.most + 1)
    return None


def succeeded(*, tried: Try, now: datetime) -> None:
    """The try was right: it counts against nobody."""
    for limit in _limits(tried):
        take_back_hit(key=limit.key, seconds=_seconds(), now=now)


def code_is_new(*, account: str, code: str, now: datetime) -> bool:
    """Whether nobody has used this code for this sign-in as long as it holds; from now on somebody has."""
    key = f"used:{_hash(account, code)}"
    is_new = count_hit(key=key, seconds=CODE_SECONDS, now=now).count == 1
    count_hit(key=key, seconds=CODE_SECONDS, now=now + timedelta(seconds=CODE_SECONDS))  # it may reach over the edge
    return is_new


def in_words(seconds: int) -> str:
    """What whoever has to wait reads."""
    return f"{wait_in_words(seconds)} If you forgot your password, a link by mail lets you choose another at once."


def wait_in_words(seconds: int) -> str:
    return f"There were too many wrong tries. Wait {_minutes(seconds)}, then try again."


def too_many_mails(seconds: int) -> str:
    """What whoever asked for too many mails reads."""
    return f"Too many mails were asked for from here. Wait {_minutes(seconds)}, then try again."


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def may_ask_for_mail(*, account: str, now: datetime) -> bool:
    """Whether one more mail with a link goes to an account within the hour, so that nobody's mailbox is flooded."""
    return count_hit(key=f"mail:{_hash(account)}", seconds=3600, now=now).count <= settings.SIGN_IN_MAILS_PER_HOUR


def asks_too_often(*, address: str, now: datetime) -> int:
    """Seconds that whoever asks for mails to ever new addresses has to wait; 0 for all others."""
    hits = count_hit(key=f"mails:{visitor_key(address)}", seconds=3600, now=now)
    return hits.seconds_left(now) if hits.count > settings.SIGN_IN_MAILS_PER_HOUR * FROM_ONE_ADDRESS else 0


def _limits(tried: Try) -> Iterator[_Limit]:
    """In this order: whom the first one stops fills none of the wider ones."""
    tries = settings.SIGN_IN_TRIES
    account = _hash(tried.account)
    if tried.browser:
        yield _Limit(f"{tried.what}:b:{_hash(tried.account, tried.browser)}", tries * FROM_A_KNOWN_BROWSER)
        return
    yield _Limit(f"{tried.what}:p:{_hash(tried.account, visitor_key(tried.address))}", tries)
    yield _Limit(f"{tried.what}:v:{visitor_key(tried.address)}", tries * FROM_ONE_ADDRESS)
    yield _Limit(f"{tried.what}:a:{account}", tries * FOR_ONE_ACCOUNT)


def _seconds() -> int:
    return int(settings.SIGN_IN_MINUTES) * 60


def _hash(*parts: str) -> str:
    return salted_hmac("routing.sign_in", "\n".join(parts), algorithm="sha256").hexdigest()
