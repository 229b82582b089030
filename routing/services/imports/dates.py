"""Dates and instants as spreadsheets of several countries write them → ISO 8601.

31.12.2026 has its day first wherever dots are used. Of 03/04/2026 the other dates of the same column tell, or nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, tzinfo

from routing.rulebook.config.documents import zulu
from routing.rulebook.config.errors import shown
from routing.rulebook.config.reader import read_instant

WRITTEN = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|(?<=[./])\d{2})(?:,?[ T]+(\S.*))?")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(:\d{2})?\s*(?:([ap])\.?m\.?|uhr)?", re.IGNORECASE)
MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?")
MONTHS = 12
DAY, MONTH = "day", "month"
"""What comes first."""


def first_part(texts: Iterable[str]) -> str:
    """Which part comes first in the dates of one column, if any of them tells and none says otherwise."""
    told = {part for text in texts if (part := _told(text))}
    return told.pop() if len(told) == 1 else ""


def iso_day(text: str, first: str = "") -> str:
    """A day, perhaps with a time behind it. What is no such date, or cannot be told, stays as it is."""
    found = WRITTEN.fullmatch(text)
    if not found:
        return text
    first = DAY if found[2] == "." else _told(text) or first
    if not first and found[1] != found[3]:
        return text
    day, month = (found[1], found[3]) if first != MONTH else (found[3], found[1])
    year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
    try:
        written = date(year, int(month), int(day)).isoformat()
    except ValueError:
        return text
    return f"{written} {clock(found[5])}" if found[5] else written


def without_midnight(text: str) -> str:
    """A day of which a spreadsheet says the time, too."""
    return text[:10] if MIDNIGHT.fullmatch(text[10:]) else text


def iso_instant(text: str, zone: tzinfo) -> str:
    """An instant; one that does not say its zone is one of `zone`. A day stays a day."""
    found = read_instant(text)
    if found is None:
        return text
    return of_utc(found if found.tzinfo else found.replace(tzinfo=zone))


def start_of_day(text: str, zone: tzinfo) -> str:
    """A day as the instant at which it begins; all else as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return of_utc(datetime.combine(day, time.min, zone))


def of_utc(found: datetime) -> str:
    """The instant in UTC. One at an end of the calendar keeps its clock: it is too far away anyhow, and refused so."""
    try:
        return zulu(found) or ""
    except OverflowError:
        return found.replace(tzinfo=UTC).isoformat()


def are_days(texts: Iterable[str]) -> bool:
    """Whether all of these are days, or the midnights with which spreadsheets write them."""
    return all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", without_midnight(text)) for text in texts)


def refuse_unclear(text: str) -> None:
    """Raise ValueError for a date of which nobody knows whether the day or the month comes first."""
    found = WRITTEN.fullmatch(text)
    if not found or found[2] == "." or _told(text) or max(int(found[1]), int(found[3])) > MONTHS:
        return
    year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
    either = [f"{year}-{int(a):02d}-{int(b):02d}" for a, b in ((found[3], found[1]), (found[1], found[3]))]
    raise ValueError(
        f"{shown(text)} can be two days, and the other dates of this column do not tell which. "
        f"Write {either[0]} or {either[1]}."
    )


def _told(text: str) -> str:
    """What a date itself says: of two numbers the one above 12 is the day."""
    found = WRITTEN.fullmatch(text)
    if not found or found[2] == ".":
        return ""
    one, other = int(found[1]) > MONTHS, int(found[3]) > MONTHS
    return "" if one == other else DAY if one else MONTH


def clock(text: str) -> str:
    """9:05 PM as 21:05; what is no time stays as it is."""
    found = CLOCK.fullmatch(text.strip())
    if not found:
        return text
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02d}:{found[2]}{found[3] or ''}"
