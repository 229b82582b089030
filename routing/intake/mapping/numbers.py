"""Numbers, days and yes or no as people and forms of several countries write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from routing.intake.mapping.written import NotOne, read_written

LONGEST = 100
_YES = "yes y true t 1 on x checked ticked agreed accepted opt-in optin ja j wahr oui si sí sim tak"
_NO = "no n false f 0 off unchecked declined opt-out optout nein falsch non não nie none"
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())
ORDERS = ("ymd", "dmy", "mdy")
_PARTS = re.compile(r"\s*([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})(?:[T ,].*)?")
EPOCH_IN_MILLISECONDS = 10**11
LAST_SECOND = 4_102_444_800


class Unfit(ValueError):
    """The value cannot be transformed; the text says why."""


def read_number(value: Any, mark: str | None = None) -> int | float:
    """Of a text the number that is written there, if it is only one (written.py)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return read_written(value if isinstance(value, str) else "", mark or "")
    except NotOne as error:
        raise Unfit(str(error)) from error


def read_yes_no(value: Any) -> bool:
    """In English, German and some more languages; any other word is none."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold() if isinstance(value, str | int) else ""
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unfit("this is neither yes nor no")


def read_date(value: Any, order: str = "ymd") -> str:
    """A day as 2026-12-31, of a text in this order of year, month and day, or of seconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_seconds(value)
    if isinstance(value, str) and (found := _PARTS.fullmatch(value[:LONGEST])):
        first, second, third = map(int, found.groups())
        used = "ymd" if len(found[1]) == 4 else order
        parts = dict(zip(used, (first, second, third), strict=True))
        try:
            return date(parts["y"], parts["m"], parts["d"]).isoformat()
        except ValueError:
            pass
    raise Unfit("this is no date in the order of year, month and day that was given")


def _of_seconds(value: int | float) -> str:
    seconds = value / 1000 if abs(value) >= EPOCH_IN_MILLISECONDS else value
    if not 0 <= seconds <= LAST_SECOND:
        raise Unfit("this number is no instant")
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
