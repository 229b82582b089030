"""A fact as conditions see it: its values, folded for comparison, as numbers, and as instants. Worked out once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple, TypeVar

from routing.engine.folding import fold

T = TypeVar("T")

_SCALARS = (str, int, float, Decimal, datetime, date)  # bool is an int
_LISTS = (tuple, list, set, frozenset)


class Moment(NamedTuple):
    """An instant, or a whole local day: its first and last instant."""

    first: datetime
    last: datetime


def text_of(value: object) -> str:
    """A value in words: numbers without needless decimals, yes/no as true/false."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        number = number_of(value)
        value = value if number is None else number
    if isinstance(value, date):
        return value.isoformat()
    try:
        return str(value)
    except ValueError:  # Python refuses to print integers of thousands of digits
        return "a very large number"


def number_of(value: object) -> int | float | None:
    """The finite number that a value is or that a text says, else None. Yes/no is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str | float | Decimal):
        return None
    try:
        number = float(value)
        return int(number) if number.is_integer() else number if number - number == 0 else None
    except (ValueError, OverflowError):
        return None


def moment_of(value: object, zone: tzinfo) -> Moment | None:
    """The instant or day that a value is or that an ISO text says, else None. Without offset: UTC; days: local."""
    if isinstance(value, str):
        value = _parsed(value.strip())
    try:
        if isinstance(value, datetime):
            instant = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return Moment(instant, instant)
        if isinstance(value, date):
            starts = datetime.combine(value, time(), zone).astimezone(UTC)
            ends = datetime.combine(value + timedelta(days=1), time(), zone).astimezone(UTC)
            return Moment(starts, ends - timedelta(microseconds=1))
    except (OverflowError, ValueError):
        return None
    return None


def _parsed(text: str) -> date | None:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def yes_or_no(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(fold(text_of(value)))


class Seen:
    """One fact of a lead. `usable` is False if it is nothing that a condition could compare."""

    __slots__ = ("_numbers", "_moments", "folded", "text", "texts", "usable", "values")

    def __init__(self, raw: object) -> None:
        given = raw if isinstance(raw, _LISTS) else (raw,)
        known = tuple(value for value in given if value is not None and value != "")
        self.usable = all(isinstance(value, _SCALARS) for value in known)
        self.values: tuple[object, ...] = known if self.usable else ()
        self.texts = tuple(text_of(value) for value in self.values)
        self.folded = tuple(fold(text) for text in self.texts)
        self.text = _shown(self.texts) if self.usable else f"a {type(raw).__name__}"
        self._numbers: tuple[int | float, ...] | None | bool = False
        self._moments: tuple[Moment, ...] | None | bool = False

    def numbers(self) -> tuple[int | float, ...] | None:
        """The values as numbers, None if one is not."""
        if isinstance(self._numbers, bool):
            self._numbers = _all(number_of, self.values)
        return self._numbers

    def moments(self, zone: tzinfo) -> tuple[Moment, ...] | None:
        """The values as instants, None if one is not."""
        if isinstance(self._moments, bool):
            self._moments = _all(lambda value: moment_of(value, zone), self.values)
        return self._moments


def _all(read: Callable[[object], T | None], values: tuple[object, ...]) -> tuple[T, ...] | None:
    results = tuple(read(value) for value in values)
    known = tuple(result for result in results if result is not None)
    return known if len(known) == len(results) else None


def _shown(texts: tuple[str, ...], limit: int = 80) -> str:
    text = ", ".join(texts)
    return text if len(text) <= limit else text[: limit - 1] + "…"
