"""A deadline in words, in the zone of the person who must keep it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CLOCK_HAS_NOT_STARTED = timedelta(minutes=1)
"""A deadline this much further away than the target means that working time has not begun yet."""
DAY = 24 * 60
LONG = 2 * DAY
"""So many minutes are told in days."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The first response is due `at`; told at `now`, to somebody in `zone`; the target is `target` of their clock.

    `ask` is what is to be done until then.
    """

    at: datetime
    now: datetime
    zone: str
    target: timedelta
    ask: str = "Please answer"

    @property
    def sentence(self) -> str:
        """Please answer by 14:05 (PDT), in 5 minutes. Once it is over: The answer was due at 14:05 (PDT)."""
        remaining = self.at - self.now
        if remaining <= timedelta(0):
            return f"The answer was due at {self.moment}{f', {in_words(-remaining)} ago' if remaining else ''}."
        near = f", in {in_words(remaining)}" if self._days_away == 0 else ""
        return f"{self.ask} by {self.moment}{near}."

    def elsewhere(self, zone: str) -> str:
        """The same instant on the clocks of another zone: 16:05 (CST); empty if they show the same."""
        here, there = self.at.astimezone(zone_of(self.zone)), self.at.astimezone(zone_of(zone))
        return "" if here.utcoffset() == there.utcoffset() else replace(self, zone=zone).moment

    @property
    def moment(self) -> str:
        """14:05 (PDT), tomorrow 09:05 (CET), Monday 09:05 (CET) or 9 March 09:05 (CET); yesterday 23:55 (CET)."""
        local = self.at.astimezone(zone_of(self.zone))
        clock = f"{local:%H:%M} ({zone_name(local)})"
        if self._days_away == 0:
            return clock
        if abs(self._days_away) == 1:
            return f"{'tomorrow' if self._days_away == 1 else 'yesterday'} {clock}"
        return f"{local:%A} {clock}" if 1 < self._days_away < 7 else f"{local.day} {local:%B} {clock}"

    @property
    def starts_later(self) -> bool:
        """Whether the clock stands still until the next shift."""
        return self.at - self.now > self.target + CLOCK_HAS_NOT_STARTED

    @property
    def _days_away(self) -> int:
        zone = zone_of(self.zone)
        return (self.at.astimezone(zone).date() - self.now.astimezone(zone).date()).days


def local_time(instant: datetime, zone: str, now: datetime) -> str:
    """today 14:05 (PST), or 3 March 14:05 (PST)."""
    local = instant.astimezone(zone_of(zone))
    today = local.date() == now.astimezone(zone_of(zone)).date()
    day = "today" if today else f"{local.day} {local:%B}"
    return f"{day} {local:%H:%M} ({zone_name(local)})"


def in_words(span: timedelta) -> str:
    """5 minutes, 1 hour, 2 hours 30 minutes, 3 days; rounded to what still matters."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes >= LONG:
        return _counted(round(minutes / DAY), "day")
    hours, minutes = divmod(minutes, 60)
    parts = [_counted(hours, "hour"), _counted(minutes, "minute")]
    return " ".join(part for part in parts if part)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name, UTC if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def zone_name(local: datetime) -> str:
    """PDT, CET; UTC+03 where a zone has no letters of its own."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def _counted(number: int, unit: str) -> str:
    return "" if number == 0 else f"{number} {unit}{'' if number == 1 else 's'}"
