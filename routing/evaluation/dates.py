"""A column of dates, in whichever way it is written: one way for the whole column."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from routing.engine.folding import quoted

MONTH_FIRST, DAY_FIRST = ("%m/%d/%Y", "%m-%d-%Y"), ("%d/%m/%Y", "%d-%m-%Y")
WRITTEN = (
    "%Y/%m/%d", "%d.%m.%Y", *MONTH_FIRST, *DAY_FIRST, "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
YEARS = range(1990, 2101)
"""Others are slips, or stand for nothing."""
TIME_OF_DAY = re.compile(r"[T ,]{0,4}\d{1,2}:\d{2}(?s:.*)")


class Dates(NamedTuple):
    """The days (ordinals) of the texts that could be read; `ambiguous`: the day could as well be the month."""

    days: Mapping[str, int]
    unreadable: frozenset[str]
    ambiguous: bool


def read_dates(texts: Collection[str]) -> Dates:
    """By the way of writing that reads most of these texts."""
    days = {text: TIME_OF_DAY.sub("", text) for text in texts}
    distinct = set(days.values())
    best = {text: day for text in texts if (day := _day(_iso, text)) is not None}
    if len(best) == len(days):
        return Dates(best, frozenset(), ambiguous=False)
    ambiguous = False
    for written in WRITTEN:
        read = {text: day for text in distinct if (day := _day(partial(_written, written), text)) is not None}
        found = {text: read[day] for text, day in days.items() if day in read}
        if len(found) > len(best):
            best, ambiguous = found, False
        elif found and written in DAY_FIRST and len(found) == len(best):
            ambiguous = found != best
    return Dates(best, frozenset(text for text in texts if text not in best), ambiguous)


def ambiguity(column: str) -> str:
    """The warning where nothing tells the day from the month."""
    return (
        f"The dates in {quoted(column)} were read month first (12/31/2026). Write them as 2026-12-31 if that is wrong."
    )


def _day(parse: Callable[[str], date], text: str) -> int | None:
    try:
        day = parse(text)
    except ValueError:
        return None
    return day.toordinal() if day.year in YEARS else None


def _written(written: str, text: str) -> date:
    return datetime.strptime(text, written).date()  # noqa: DTZ007 - a day, not an instant


def _iso(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return date.fromisoformat(TIME_OF_DAY.sub("", text))
