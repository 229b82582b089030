"""An iCal feed → when somebody is away in the coming weeks. However large or twisted it is, reading it ends soon."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from reps.schedules import instant, midnight

MOST_BYTES = 2 * 1024 * 1024
MOST_EVENTS = 5_000
MOST_EXTRA_DATES = 2_000
MOST_DAYS = 400_000
"""Days that all repeating entries together run through, from where each begins: each day costs time."""
MOST_ABSENCES = 1_000
HORIZON = timedelta(days=90)
LONGEST_REASON = 200
ZONE = re.compile(rb"^BEGIN:VTIMEZONE\s*$.*?^END:VTIMEZONE\s*$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")


class Unreadable(Exception):
    """This is no calendar that can be used. Says why."""


@dataclass(frozen=True, slots=True)
class Absence:
    """From an instant up to another. `uid` is the same at every reading."""

    uid: str
    start: datetime
    end: datetime
    whole_days: bool
    reason: str


def read_feed(text: bytes, *, zone: ZoneInfo, now: datetime) -> list[Absence]:
    """What of the next 90 days is marked as busy, in the order of time. Days are days in `zone`. Raises Unreadable.

    Cancelled entries and those that are shown as free are left out.
    """
    calendar = _parsed(text)
    entries = [entry for entry in calendar.walk("VEVENT") if _is_busy(entry)]
    _refuse_bombs(entries, now)
    try:
        found = recurring_ical_events.of(calendar).between(now.astimezone(zone), now.astimezone(zone) + HORIZON)
    except Exception as error:
        raise Unreadable("Its entries cannot be understood.") from error
    repeated = {str(entry.get("UID", "")) for entry in entries if "RRULE" in entry or "RDATE" in entry}
    absences = {absence.uid: absence for absence in _absences(found, repeated, zone) if absence.end > now}
    if len(absences) > MOST_ABSENCES:
        raise Unreadable(f"It has more than {MOST_ABSENCES:,} entries in 90 days.")
    return sorted(absences.values(), key=lambda absence: (absence.start, absence.uid))


def _parsed(text: bytes) -> Calendar:
    if len(text) > MOST_BYTES:
        raise Unreadable("It is larger than 2 MB.")
    if b"BEGIN:VCALENDAR" not in text.upper():
        raise Unreadable("This is no iCal feed. Use the calendar's address that ends with .ics.")
    if text.upper().count(b"BEGIN:VEVENT") > MOST_EVENTS:
        raise Unreadable(f"It has more than {MOST_EVENTS:,} entries.")
    try:
        parsed = Calendar.from_ical(ZONE.sub(_plain_zone, text))
    except Exception as error:
        raise Unreadable("It is damaged: it cannot be read as iCal.") from error
    if not isinstance(parsed, Calendar):
        raise Unreadable("This is no single calendar.")
    return parsed


def _plain_zone(found: re.Match[bytes]) -> bytes:
    """Zones whose rules are not yearly are dropped: they would be followed through decades."""
    block = found.group().upper()
    yearly = block.count(b"FREQ=YEARLY") == block.count(b"RRULE") <= 10
    return found.group() if yearly and block.count(b"RDATE") <= 200 and b"BYHOUR" not in block else b""


def _is_busy(entry: Any) -> bool:
    shown = str(entry.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()
    status, free = str(entry.get("STATUS", "")).upper(), str(entry.get("TRANSP", "")).upper()
    return status != "CANCELLED" and free != "TRANSPARENT" and shown != "FREE"


def _refuse_bombs(entries: Iterable[Any], now: datetime) -> None:
    days, dates = 0, 0
    for entry in entries:
        rule = entry.get("RRULE")
        if isinstance(rule, list) or "EXRULE" in entry:
            raise Unreadable("An entry repeats by several rules at once, which is not supported.")
        if rule is not None:
            _check_rule(rule)
            days += _days_since(entry, now)
        dates += sum(len(getattr(value, "dts", ())) for value in _listed(entry.get("RDATE")))
    if days > MOST_DAYS or dates > MOST_EXTRA_DATES:
        raise Unreadable("Its entries repeat too often, or since too long ago.")


def _check_rule(rule: Any) -> None:
    often = [str(value).upper() for value in rule.get("FREQ", ())]
    if any(value in OFTEN for value in often) or any(len(rule.get(name, ())) > 1 for name in WITHIN_A_DAY):
        raise Unreadable("An entry repeats several times a day.")


def _days_since(entry: Any, now: datetime) -> int:
    start = getattr(entry.get("DTSTART"), "dt", None)
    if not isinstance(start, date):
        return 0
    return max(0, now.toordinal() - start.toordinal()) + HORIZON.days


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _absences(found: Iterable[Any], repeated: set[str], zone: ZoneInfo) -> Iterator[Absence]:
    for entry in found:
        if not _is_busy(entry):
            continue
        first, last = _value(entry, "DTSTART"), _value(entry, "DTEND")
        if first is None:
            continue
        whole_days = not isinstance(first, datetime)
        start, end = _instant(first, zone), _instant(last if last is not None else first, zone)
        if whole_days and end <= start:
            end = midnight(first + timedelta(days=1), zone)
        if end > start:
            yield Absence(
                _key(entry, start, repeated), start, end, whole_days, str(entry.get("SUMMARY", ""))[:LONGEST_REASON]
            )


def _value(entry: Any, name: str) -> Any:
    return getattr(entry.get(name), "dt", None)


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    """Whole days begin at local midnight; times without a zone are the rep's own."""
    if not isinstance(value, datetime):
        return midnight(value, zone)
    return value if value.tzinfo else instant(datetime.combine(value.date(), value.time()), zone)


def _key(entry: Any, start: datetime, repeated: set[str]) -> str:
    """Of an entry that is moved the same; of one that repeats another for each time."""
    uid = str(entry.get("UID", ""))
    named = f"{uid}/{start.timestamp()}" if uid in repeated or not uid else uid
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()
