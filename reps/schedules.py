"""Working time: weekly blocks in a zone, holidays given as dates, and the instants at which somebody is on shift.

Standard library only. A block is read on the clocks of its zone: its edges are converted one by one, so it is an hour
shorter or longer in a night in which the clocks change. An edge that the clocks skip lies at the skip; one that they
show twice lies where they show it first.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby, pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 60
"""How far ahead the next shift is looked for."""

Window: TypeAlias = tuple[datetime, datetime]
"""From an instant up to, not including, another; in UTC."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_RANGE = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?")
_WEEK_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """Working time on one weekday (0 = Monday). An end at or before the start lies on the next day."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Schedule:
    """Somebody's working time. No blocks at all (None) means always; a holiday removes the blocks that start on it."""

    zone: ZoneInfo
    blocks: tuple[Block, ...] | None = None
    holidays: frozenset[date] = frozenset()


class InvalidHours(ValueError):
    """Hours that cannot be read; `errors` says each thing that is wrong."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__(" ".join(errors))
        self.errors = tuple(errors)


ALWAYS = tuple(Block(weekday, time.min, time.min) for weekday in range(7))
"""Around the clock, written as blocks."""


def is_open(schedule: Schedule, when: datetime) -> bool:
    """Whether `when` lies within working time."""
    if _is_endless(schedule):
        return True
    day = when.astimezone(schedule.zone).date()
    return any(start <= when < end for start, end in _shifts(schedule, day - _DAY, day))


def next_open(schedule: Schedule, when: datetime, horizon_days: int = HORIZON_DAYS) -> datetime | None:
    """The first instant of working time at or after `when`; None if there is none within the horizon."""
    if _is_endless(schedule):
        return when.astimezone(UTC)
    day = when.astimezone(schedule.zone).date()
    shifts = _shifts(schedule, day - _DAY, day + timedelta(days=horizon_days))
    return next((max(start, when.astimezone(UTC)) for start, end in shifts if end > when), None)


def closes_at(schedule: Schedule, when: datetime, horizon_days: int = HORIZON_DAYS) -> datetime | None:
    """When the working time that `when` lies in ends; None outside working time, or if it does not end."""
    if _is_endless(schedule):
        return None
    day = when.astimezone(schedule.zone).date()
    shifts = _merged(_shifts(schedule, day - _DAY, day + timedelta(days=horizon_days + 1)))
    end = next((end for start, end in shifts if start <= when < end), None)
    return end if end and end < when + timedelta(days=horizon_days) else None


def windows(schedule: Schedule, start: datetime, end: datetime) -> list[Window]:
    """The working time between two instants, in order and merged where stretches touch."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return []
    if _is_endless(schedule):
        return [(start, end)]
    first, last = (edge.astimezone(schedule.zone).date() for edge in (start, end))
    clipped = ((max(a, start), min(b, end)) for a, b in _shifts(schedule, first - _DAY, last))
    return list(_merged((a, b) for a, b in clipped if a < b))


def without(working: Sequence[Window], absences: Sequence[Window]) -> list[Window]:
    """`working` (in order, disjoint) with every absence cut out."""
    left = list(working)
    for gone_from, gone_to in absences:
        pieces = (piece for a, b in left for piece in ((a, min(b, gone_from)), (max(a, gone_to), b)))
        left = [(a, b) for a, b in pieces if a < b]
    return left


@lru_cache(maxsize=16_384)
def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks of `zone` show `wall` (naive): at first, if they do so twice; at the skip, if they never do."""
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return found if found.astimezone(zone).replace(tzinfo=None) == wall else _skip(wall, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which `day` begins in `zone`."""
    return instant(datetime.combine(day, time.min), zone)


def _skip(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks are put forward past `wall`."""
    before = wall.replace(tzinfo=zone, fold=1, microsecond=0).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0, microsecond=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    span = range(int((after - before) / _SECOND) + 1)
    seconds = bisect_left(span, True, key=lambda n: (before + n * _SECOND).astimezone(zone).utcoffset() == offset)
    return before + seconds * _SECOND


def _is_endless(schedule: Schedule) -> bool:
    return schedule.blocks is None and not schedule.holidays


def _shifts(schedule: Schedule, first: date, last: date) -> Iterator[Window]:
    """Every block that starts on a day from `first` to `last`, as instants, by start; they may touch or overlap."""
    by_weekday = _by_weekday(ALWAYS if schedule.blocks is None else schedule.blocks)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day in schedule.holidays:
            continue
        for block in by_weekday.get(day.weekday(), ()):
            end_day = day if block.end > block.start else day + _DAY
            start = instant(datetime.combine(day, block.start), schedule.zone)
            end = instant(datetime.combine(end_day, block.end), schedule.zone)
            if start < end:
                yield start, end


@lru_cache(maxsize=1_024)
def _by_weekday(blocks: tuple[Block, ...]) -> dict[int, list[Block]]:
    return {weekday: list(group) for weekday, group in groupby(sorted(blocks), key=lambda block: block.weekday)}


def _merged(stretches: Iterator[Window]) -> Iterator[Window]:
    """Stretches in order of start, joined where they touch or overlap."""
    current: Window | None = None
    for start, end in stretches:
        if current and start <= current[1]:
            current = current[0], max(current[1], end)
            continue
        if current:
            yield current
        current = start, end
    if current:
        yield current


def parse_hours(hours: object) -> tuple[Block, ...]:
    """Blocks of {"mon-fri": ["09:00-12:00", "13:00-17:00"], "sat": ["22:00-02:00"]}; raises InvalidHours."""
    if not isinstance(hours, Mapping):
        raise InvalidHours(['Hours are written as {"mon-fri": ["09:00-17:00"]}.'])
    errors: list[str] = []
    blocks: list[Block] = []
    for key, ranges in hours.items():
        days = _parse_days(key, errors)
        spans = _parse_ranges(key, ranges, errors)
        blocks += [Block(weekday, start, end) for weekday in days for start, end in spans]
    errors += overlaps(blocks)
    if errors:
        raise InvalidHours(errors)
    return tuple(sorted(blocks))


def _parse_days(key: object, errors: list[str]) -> list[int]:
    first, dash, last = str(key).strip().lower().partition("-")
    first, last = first.strip(), last.strip() if dash else first.strip()
    if first not in DAYS or last not in DAYS:
        errors.append(f"“{key}” is not a day. Use {', '.join(DAYS)}, or a range such as mon-fri.")
        return []
    start, length = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7 + 1
    return [(start + n) % 7 for n in range(length)]


def _parse_ranges(key: object, ranges: object, errors: list[str]) -> list[tuple[time, time]]:
    if not isinstance(ranges, list | tuple):
        errors.append(f'{key}: write a list of ranges, such as ["09:00-17:00"].')
        return []
    spans = []
    for text in ranges:
        found = _RANGE.fullmatch(text.strip()) if isinstance(text, str) else None
        edges = (
            (_parse_time(found.groups()[:3], last=False), _parse_time(found.groups()[3:], last=True)) if found else ()
        )
        if edges and edges[0] is not None and edges[1] is not None:
            spans.append((edges[0], edges[1]))
        else:
            errors.append(
                f'{key}: “{text}” is not a range of time. Write "09:00-17:00", in quotes, from 00:00 to 24:00.'
            )
    return spans


def _parse_time(parts: Sequence[str | None], *, last: bool) -> time | None:
    """A time of day; 24:00 is allowed as an end and is midnight."""
    hour, minute, second = (int(part or 0) for part in parts)
    if last and (hour, minute, second) == (24, 0, 0):
        return time.min
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def overlaps(blocks: Collection[Block]) -> list[str]:
    """What is wrong where two blocks of a week share time, midnights and the end of the week included."""
    spans = sorted((_week_second(block.weekday, block.start), _length(block), block) for block in blocks)
    around = [*spans, (spans[0][0] + _WEEK_SECONDS, *spans[0][1:])] if len(spans) > 1 else []
    return [
        f"{_words(one)} and {_words(other)} overlap."
        for (start, length, one), (next_start, _, other) in pairwise(around)
        if start + length > next_start
    ]


def _week_second(weekday: int, at: time) -> int:
    return ((weekday * 24 + at.hour) * 60 + at.minute) * 60 + at.second


def _length(block: Block) -> int:
    return (_week_second(0, block.end) - _week_second(0, block.start)) % 86_400 or 86_400


def _words(block: Block) -> str:
    return f"{DAYS[block.weekday]} {_range(block)}"


def _range(block: Block) -> str:
    return "-".join(f"{at:%H:%M}" if at.second == 0 else f"{at:%H:%M:%S}" for at in (block.start, block.end))


def format_hours(blocks: Collection[Block]) -> dict[str, list[str]]:
    """The inverse of parse_hours; consecutive days with the same ranges are joined, as in mon-fri."""
    by_day = {day: [_range(block) for block in sorted(blocks) if block.weekday == day] for day in range(7)}
    hours: dict[str, list[str]] = {}
    for ranges, group in groupby(range(7), key=by_day.__getitem__):
        days = list(group)
        if ranges:
            hours[DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}-{DAYS[days[-1]]}"] = ranges
    return hours
