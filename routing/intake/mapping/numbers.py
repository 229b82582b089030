"""Numbers, days and yes or no as people and forms of several countries write them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from routing.intake.written import NotOne, read_written

LONGEST = 100
_YES = "yes y true t 1 on x checked ticked agreed accepted opt-in optin ja j wahr oui si sí sim tak"
_NO = "no n false f 0 off unchecked declined opt-out optout nein falsch non não nie"
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())
ORDERS = ("ymd", "dmy", "mdy")
_PARTS = re.compile(r"\s*([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})(?:[T ,].*)?")
_COUNT = re.compile(r"\s*([0-9]{1,20})\s*")
_DAY = re.compile(r"([12][0-9]{3})([0-9]{2})([0-9]{2})")
_YEAR = re.compile(r"[1-9][0-9]{3}")
_SHORT_YEAR = re.compile(r"[0-6][0-9]")
"""Of this century, as POSIX has it. A later one, 70 or 99, could be of the last."""
FIRST_SECOND = 10**8
"""What is smaller is a year, a day of a spreadsheet or 20261231, and no instant."""
EPOCH_IN_MILLISECONDS = 10**11
LAST_SECOND = 4_102_444_800


class Unfit(ValueError):
    """The value cannot be transformed; the text says why."""


def read_number(value: Any, mark: str | None = None) -> int | float:
    """Of a text the number that is written there, if it is only one (written.py)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return read_written(value if isinstance(value, str) else "", mark or "").number
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
    """A day as 2026-12-31, of a text in this order of year, month and day, of 20261231, or of seconds since 1970."""
    if isinstance(value, str) and (count := _COUNT.fullmatch(value[:LONGEST])):
        value = int(count[1])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_count(value)
    if isinstance(value, str) and (found := _PARTS.fullmatch(value[:LONGEST])):
        used = "ymd" if len(found[1]) == 4 else order
        parts = dict(zip(used, found.groups(), strict=True))
        with suppress(ValueError):
            return date(_year(parts["y"], used), int(parts["m"]), int(parts["d"])).isoformat()
    raise Unfit("this is no date in the order of year, month and day that was given")


def _year(text: str, order: str) -> int:
    """Two digits are a year only behind day and month: 26-12-31 could begin with a day."""
    if _YEAR.fullmatch(text):
        return int(text)
    if order != "ymd" and _SHORT_YEAR.fullmatch(text):
        return 2000 + int(text)
    raise ValueError(text)


def _of_count(value: int | float) -> str:
    if not 0 <= value <= LAST_SECOND * 1000:
        raise Unfit("this number is no instant")
    if day := _DAY.fullmatch(str(int(value))):
        with suppress(ValueError):
            return date(*map(int, day.groups())).isoformat()
    seconds = value / 1000 if value >= EPOCH_IN_MILLISECONDS else value
    if not FIRST_SECOND <= seconds <= LAST_SECOND:
        raise Unfit("this number is no instant")
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
