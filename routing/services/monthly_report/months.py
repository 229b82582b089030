"""A month on the company's calendar: 2026-10 → its first and last instant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from routing.insights.periods import Period
from routing.models.bounds import FIRST_YEAR, LAST_YEAR
from routing.rulebook.content import current_settings

WRITTEN = re.compile(r"([0-9]{4})-([0-9]{2})")


class NoSuchMonth(ValueError):
    """The text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Month:
    """`name` such as 2026-10; `zone` is the company's."""

    name: str
    period: Period
    zone: ZoneInfo

    @property
    def title(self) -> str:
        return f"{self.period.start.astimezone(self.zone):%B %Y}"


def read_month(text: str, *, now: datetime) -> Month:
    """Raises NoSuchMonth for what is no month, or has not begun."""
    zone = ZoneInfo(current_settings().timezone)
    found = WRITTEN.fullmatch(text.strip())
    year, number = (int(found[1]), int(found[2])) if found else (0, 0)
    if not found or not 1 <= number <= 12 or not FIRST_YEAR < year < LAST_YEAR:
        raise NoSuchMonth(f"“{text[:20]}” is not a month. Write the year and the month, such as 2026-10.")
    start, after = _midnight(year, number, zone), _midnight(year + number // 12, number % 12 + 1, zone)
    if start > now:
        raise NoSuchMonth(f"{text.strip()} has not begun yet. Choose a month that has.")
    return Month(f"{year:04}-{number:02}", Period(start, after), zone)


def month_before(now: datetime) -> str:
    """The last month that is over."""
    today = now.astimezone(ZoneInfo(current_settings().timezone)).date()
    return f"{today.year - (today.month == 1):04}-{(today.month - 2) % 12 + 1:02}"


def _midnight(year: int, number: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(date(year, number, 1), time.min, tzinfo=zone).astimezone(UTC)
