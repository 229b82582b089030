"""Numbers, days and yes or no as people and forms of several countries write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

LONGEST = 100
_YES = "yes y true t 1 on x checked ticked agreed accepted opt-in optin ja j wahr oui si sí sim tak"
_NO = "no n false f 0 off unchecked declined opt-out optout nein falsch non não nie none"
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())
ORDERS = ("ymd", "dmy", "mdy")
_NUMBER = re.compile(r"-?[0-9][0-9.,'’\s]*")
_GAPS = re.compile(r"['’\s]")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:[.,][0-9]{3})+")
_PARTS = re.compile(r"\s*([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})(?:[T ,].*)?")
EPOCH_IN_MILLISECONDS = 10**11
LAST_SECOND = 4_102_444_800


class Unfit(ValueError):
    """The value cannot be transformed; the text says why."""


def read_number(value: Any, mark: str = "") -> int | float:
    """1.234,56 and 1,234.56 and 1'234.56 alike. `mark` says which of . and , is the decimal mark where both could be.

    Without it a single one before exactly three digits separates thousands: 1.234 is one thousand.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    found = _NUMBER.search(value[:LONGEST]) if isinstance(value, str) else None
    if not found:
        raise Unfit("no number is in it")
    digits = _GAPS.sub("", found[0]).rstrip(".,")
    try:
        number = float(_plain(digits, mark))
    except ValueError as error:
        raise Unfit("this is no number") from error
    if not math.isfinite(number):
        raise Unfit("this number is too large")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _plain(digits: str, mark: str) -> str:
    """With a point as the decimal mark, and nothing else."""
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    if not mark:
        mark = _mark_of(digits)
    other = "." if mark == "," else ","
    return sign + digits.replace(other, "").replace(mark, ".")


def _mark_of(digits: str) -> str:
    if "." in digits and "," in digits:
        return max(".,", key=digits.rfind)
    if _THOUSANDS.fullmatch(digits):
        return "," if "." in digits else "."
    return "," if "," in digits else "."


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
