"""Deadlines count real minutes, inside working time where there is any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from routing.engine.deadlines import deadline


def at(hour: int, minute: int = 0, day: int = 3) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


SHIFTS = [(at(9), at(12)), (at(13), at(17)), (at(9, day=4), at(17, day=4))]


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        (at(9), 5, at(9, 5)),
        (at(7), 5, at(9, 5)),
        (at(11, 58), 5, at(13, 3)),
        (at(11, 55), 5, at(12)),
        (at(16, 59), 5, at(9, 4, day=4)),
        (at(18), 0.5, at(9, day=4) + timedelta(seconds=30)),
        (at(9), 7 * 60, at(17)),
        (at(9), 7 * 60 + 1, at(9, 1, day=4)),
        (at(16, day=4), 61, None),
        (at(16, 30), 0, at(16, 30)),
    ],
)
def test_minutes_count_inside_working_time(start: datetime, minutes: float, expected: datetime | None) -> None:
    assert deadline(start, minutes, SHIFTS) == expected
    assert deadline(start, minutes, SHIFTS[::-1]) == expected


def test_overlapping_windows_count_once() -> None:
    assert deadline(at(9), 120, [(at(9), at(10)), (at(9, 30), at(12))]) == at(11)


def test_around_the_clock_five_minutes_are_five_minutes() -> None:
    dst_night = datetime(2026, 3, 29, 0, 58, tzinfo=UTC)

    assert deadline(dst_night, 5, None) == dst_night + timedelta(minutes=5)


@pytest.mark.parametrize("minutes", [float("nan"), float("inf"), 1e300])
def test_there_is_no_deadline_beyond_time(minutes: float) -> None:
    assert deadline(at(9), minutes, None) is None
    assert deadline(at(9), minutes, SHIFTS) is None
