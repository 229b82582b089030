"""A column of dates, in whichever way it is written: one way for the whole column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from routing.engine.folding import quoted

WRITTEN = ("%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y")
MONTH_FIRST, DAY_FIRST = "%m/%d/%Y", "%d/%m/%Y"


class Dates(NamedTuple):
    """The days (ordinals) of the texts that could be read; `ambiguous`: the day could as well be the month."""

    days: Mapping[str, int]
    unreadable: frozenset[str]
    ambiguous: bool


def read_dates(texts: Collection[str]) -> Dates:
    """By the way of writing that reads most of these texts."""
    best, ambiguous = _read(texts, _iso), False
    for written in WRITTEN:
        found = _read(texts, partial(_written, written))
        if len(found) > len(best):
            best = found
        elif found and written == DAY_FIRST and len(found) == len(best) == len(_read_month_first(texts)):
            ambiguous = found != best
    return Dates(best, frozenset(text for text in texts if text not in best), ambiguous)


def ambiguity(column: str) -> str:
    """The warning where nothing tells the day from the month."""
    return (
        f"The dates in {quoted(column)} were read month first (12/31/2026). Write them as 2026-12-31 if that is wrong."
    )


def _read_month_first(texts: Collection[str]) -> dict[str, int]:
    return _read(texts, partial(_written, MONTH_FIRST))


def _read(texts: Collection[str], parse: Callable[[str], date]) -> dict[str, int]:
    found = {}
    for text in texts:
        try:
            found[text] = parse(text).toordinal()
        except ValueError:
            continue
    return found


def _written(written: str, text: str) -> date:
    return datetime.strptime(_day_of(text), written).date()  # noqa: DTZ007 - a day, not an instant


def _iso(text: str) -> date:
    return datetime.fromisoformat(text).date()


def _day_of(text: str) -> str:
    """Without the time of day."""
    return text.replace("T", " ").split(" ", 1)[0]
