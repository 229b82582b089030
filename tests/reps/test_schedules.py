"""When somebody is on shift: blocks, overnight blocks, holidays, and nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reps.schedules import (
    ALWAYS,
    Block,
    Schedule,
    closes_at,
    instant,
    is_open,
    midnight,
    next_open,
    parse_hours,
    windows,
    without,
)
from tests.examples import examples

NEW_YORK, CHICAGO, LORD_HOWE = (ZoneInfo(z) for z in ("America/New_York", "America/Chicago", "Australia/Lord_Howe"))
APIA, KOLKATA = ZoneInfo("Pacific/Apia"), ZoneInfo("Asia/Kolkata")
OFFICE = parse_hours({"mon-fri": ["09:00-12:00", "13:00-17:00"]})
NIGHT = parse_hours({"sat": ["22:00-02:00"]})
DAILY_NIGHT = parse_hours({"mon-sun": ["01:00-04:00"]})
UNTIL_HALF_PAST_TWO = parse_hours({"mon-sun": ["00:00-02:30"]})


def at(text: str, zone: ZoneInfo | None = None) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC)


@pytest.mark.parametrize(
    ("zone", "blocks", "local", "expected"),
    [
        (NEW_YORK, OFFICE, "2026-03-03 08:59:59", False),
        (NEW_YORK, OFFICE, "2026-03-03 09:00:00", True),
        (NEW_YORK, OFFICE, "2026-03-03 12:00:00", False),
        (NEW_YORK, OFFICE, "2026-03-03 13:00:00", True),
        (NEW_YORK, OFFICE, "2026-03-03 17:00:00", False),
        (NEW_YORK, OFFICE, "2026-03-07 10:00:00", False),
        (NEW_YORK, NIGHT, "2026-03-14 23:00:00", True),
        (NEW_YORK, NIGHT, "2026-03-15 01:59:00", True),
        (NEW_YORK, NIGHT, "2026-03-15 02:00:00", False),
        (NEW_YORK, NIGHT, "2026-03-14 01:00:00", False),  # the night from Friday to Saturday is not Saturday's
        (KOLKATA, OFFICE, "2026-03-03 09:00:00", True),
        (KOLKATA, OFFICE, "2026-03-03 08:45:00", False),
        (NEW_YORK, parse_hours({"fri": ["18:00-24:00"]}), "2026-03-06 23:59:59", True),
        (NEW_YORK, parse_hours({"fri": ["18:00-24:00"]}), "2026-03-07 00:00:00", False),
        (NEW_YORK, parse_hours({"fri": ["00:00-00:00"]}), "2026-03-06 12:00:00", True),
        (NEW_YORK, (), "2026-03-03 10:00:00", False),
        (NEW_YORK, None, "2026-03-07 03:00:00", True),
    ],
)
def test_hours_are_read_on_the_clocks_of_the_zone(
    zone: ZoneInfo, blocks: tuple[Block, ...] | None, local: str, expected: bool
) -> None:
    assert is_open(Schedule(zone, blocks), at(local, zone)) is expected


@pytest.mark.parametrize(
    ("zone", "blocks", "day", "hours"),
    [
        (NEW_YORK, DAILY_NIGHT, "2026-03-07", 3.0),
        (NEW_YORK, DAILY_NIGHT, "2026-03-08", 2.0),  # 02:00 becomes 03:00
        (NEW_YORK, DAILY_NIGHT, "2026-11-01", 4.0),  # 02:00 becomes 01:00
        (NEW_YORK, UNTIL_HALF_PAST_TWO, "2026-03-08", 2.0),  # 02:30 is never shown: the end lies at the skip
        (LORD_HOWE, DAILY_NIGHT, "2026-10-04", 2.5),  # 02:00 becomes 02:30
        (LORD_HOWE, DAILY_NIGHT, "2026-04-05", 3.5),  # 02:00 becomes 01:30
        (KOLKATA, DAILY_NIGHT, "2026-03-08", 3.0),
        (APIA, DAILY_NIGHT, "2011-12-30", 0.0),  # a day that Samoa skipped
        (APIA, DAILY_NIGHT, "2011-12-31", 3.0),
    ],
)
def test_a_night_in_which_the_clocks_change_is_longer_or_shorter(
    zone: ZoneInfo, blocks: tuple[Block, ...], day: str, hours: float
) -> None:
    start = midnight(date.fromisoformat(day), zone)
    end = midnight(date.fromisoformat(day) + timedelta(days=1), zone)

    worked = sum((b - a for a, b in windows(Schedule(zone, blocks), start, end)), timedelta())

    assert worked == timedelta(hours=hours)


def test_a_time_that_the_clocks_skip_is_the_instant_of_the_skip() -> None:
    assert instant(datetime(2026, 3, 8, 2, 30), NEW_YORK) == at("2026-03-08 07:00")  # noqa: DTZ001  a wall clock


def test_a_time_that_the_clocks_show_twice_is_the_first_of_the_two() -> None:
    assert instant(datetime(2026, 11, 1, 1, 30), NEW_YORK) == at("2026-11-01 05:30")  # noqa: DTZ001  a wall clock


def test_the_hours_of_a_day_that_the_zone_skipped_do_not_move_to_the_next_day() -> None:
    friday_only = Schedule(APIA, parse_hours({"fri": ["09:00-17:00"]}))

    assert not is_open(friday_only, at("2011-12-31 10:00", APIA))


def test_a_weekly_shift_in_chicago_has_an_hour_more_when_summer_time_ends() -> None:
    start, end = at("2024-10-29 05:00"), at("2024-11-05 06:00")

    assert windows(Schedule(CHICAGO, ALWAYS), start, end) == [(start, end)]
    assert (start, end) == (midnight(date(2024, 10, 29), CHICAGO), midnight(date(2024, 11, 5), CHICAGO))


def test_a_holiday_removes_the_blocks_that_start_on_it() -> None:
    labor_day = Schedule(NEW_YORK, OFFICE, frozenset({date(2026, 9, 7)}))

    assert not is_open(labor_day, at("2026-09-07 10:00", NEW_YORK))
    assert is_open(labor_day, at("2026-09-08 10:00", NEW_YORK))


def test_a_night_shift_of_the_day_before_a_holiday_runs_into_it() -> None:
    sunday_off = Schedule(NEW_YORK, NIGHT, frozenset({date(2026, 3, 15)}))

    assert is_open(sunday_off, at("2026-03-15 01:00", NEW_YORK))


def test_a_night_shift_that_starts_on_a_holiday_does_not_run_the_morning_after() -> None:
    saturday_off = Schedule(NEW_YORK, NIGHT, frozenset({date(2026, 3, 14)}))

    assert not is_open(saturday_off, at("2026-03-15 01:00", NEW_YORK))


def test_somebody_who_is_always_on_shift_still_has_holidays() -> None:
    always = Schedule(NEW_YORK, None, frozenset({date(2026, 9, 7)}))

    assert next_open(always, at("2026-09-07 10:00", NEW_YORK)) == at("2026-09-08 00:00", NEW_YORK)


@pytest.mark.parametrize(
    ("local", "opens", "closes"),
    [
        ("2026-03-03 10:00", "2026-03-03 10:00", "2026-03-03 12:00"),
        ("2026-03-03 12:30", "2026-03-03 13:00", None),
        ("2026-03-06 17:00", "2026-03-09 09:00", None),
    ],
)
def test_when_the_next_shift_begins_and_this_one_ends(local: str, opens: str, closes: str | None) -> None:
    office = Schedule(NEW_YORK, OFFICE)

    assert next_open(office, at(local, NEW_YORK)) == at(opens, NEW_YORK)
    assert closes_at(office, at(local, NEW_YORK)) == (closes and at(closes, NEW_YORK))


def test_shifts_that_touch_at_midnight_are_one() -> None:
    hours = Schedule(NEW_YORK, parse_hours({"mon": ["20:00-24:00"], "tue": ["00:00-04:00"]}))

    assert closes_at(hours, at("2026-03-02 21:00", NEW_YORK)) == at("2026-03-03 04:00", NEW_YORK)


@pytest.mark.parametrize("blocks", [None, ALWAYS])
def test_somebody_who_is_always_on_shift_never_goes_home(blocks: tuple[Block, ...] | None) -> None:
    assert closes_at(Schedule(NEW_YORK, blocks), at("2026-03-03 10:00")) is None


def test_without_any_shift_in_sight_there_is_no_next_one() -> None:
    assert next_open(Schedule(NEW_YORK, ()), at("2026-03-03 10:00")) is None


def test_absences_are_cut_out_of_working_time() -> None:
    day = [(at("2026-03-03 09:00"), at("2026-03-03 12:00")), (at("2026-03-03 13:00"), at("2026-03-03 17:00"))]
    doctor = (at("2026-03-03 11:00"), at("2026-03-03 14:00"))

    left = without(day, [doctor])

    assert left == [(day[0][0], doctor[0]), (doctor[1], day[1][1])]


zones = st.sampled_from([NEW_YORK, CHICAGO, LORD_HOWE, APIA, KOLKATA, ZoneInfo("Europe/Berlin")])
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
blocks_of_a_week = st.lists(st.builds(Block, st.integers(0, 6), times, times), max_size=8).map(tuple)
# around the nights in which one of these zones changes its clocks
days = st.sampled_from([date(2026, 3, 8), date(2026, 11, 1), date(2026, 10, 4), date(2026, 4, 5), date(2011, 12, 30)])
holidays = st.lists(st.tuples(days, st.integers(-3, 3)), max_size=2).map(
    lambda some: frozenset(day + timedelta(days=n) for day, n in some)
)
schedules = st.builds(Schedule, zones, st.none() | blocks_of_a_week, holidays)
instants = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    days,
    st.integers(-4 * 1440, 4 * 1440),
)


def on_the_wall(schedule: Schedule, wall: datetime) -> bool:
    """Whether a clock on the wall that shows `wall` lies in a block: the plain meaning of hours."""
    starts = (
        (
            datetime.combine(day, block.start),
            datetime.combine(day + timedelta(days=block.end <= block.start), block.end),
        )
        for day in (wall.date() - timedelta(days=1), wall.date())
        if day not in schedule.holidays
        for block in (ALWAYS if schedule.blocks is None else schedule.blocks)
        if block.weekday == day.weekday()
    )
    return any(start <= wall < end for start, end in starts)


@settings(max_examples=examples(100))
@given(schedules, instants)
def test_hours_mean_what_the_clock_on_the_wall_shows(schedule: Schedule, when: datetime) -> None:
    wall = when.astimezone(schedule.zone).replace(tzinfo=None)
    assume(instant(wall, schedule.zone) == when)  # not the second time that the clocks show it

    assert is_open(schedule, when) == on_the_wall(schedule, wall)


@settings(max_examples=examples(60))
@given(schedules, instants)
def test_somebody_is_on_shift_exactly_within_the_windows(schedule: Schedule, when: datetime) -> None:
    inside = windows(schedule, when - timedelta(days=3), when + timedelta(days=3))

    assert is_open(schedule, when) == any(start <= when < end for start, end in inside)


@settings(max_examples=examples(60))
@given(schedules, instants, st.integers(0, 10 * 1440))
def test_windows_are_sorted_disjoint_and_within_bounds(schedule: Schedule, start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)

    edges = [edge for window in windows(schedule, start, end) for edge in window]

    assert edges == sorted(set(edges))
    assert all(start <= edge <= end and edge.tzinfo is UTC for edge in edges)


@settings(max_examples=examples(60))
@given(schedules, instants)
def test_the_next_shift_is_the_first_instant_on_shift(schedule: Schedule, when: datetime) -> None:
    opens = next_open(schedule, when, horizon_days=20)

    assert opens is None or (opens >= when and is_open(schedule, opens))
    assert windows(schedule, when, opens or when + timedelta(days=19)) == []


@settings(max_examples=examples(60))
@given(schedules, instants)
def test_a_shift_runs_until_it_closes(schedule: Schedule, when: datetime) -> None:
    closes = closes_at(schedule, when, horizon_days=20)

    if closes is not None:
        assert windows(schedule, when, closes) == [(when, closes)]
        assert not is_open(schedule, closes)


@settings(max_examples=examples(50))
@given(st.builds(Schedule, zones, blocks_of_a_week), instants)
def test_blocks_next_to_each_other_leave_no_gap(schedule: Schedule, when: datetime) -> None:
    """Any block cut in two at any minute covers the same time, whatever the clocks do."""
    halves = tuple(
        half
        for block in schedule.blocks or ()
        if block.start < block.end
        for middle in [time(block.start.hour, block.start.minute // 2 + 29)]
        if block.start < middle < block.end
        for half in (Block(block.weekday, block.start, middle), Block(block.weekday, middle, block.end))
    )
    wholes = tuple(Block(a.weekday, a.start, b.end) for a, b in zip(halves[::2], halves[1::2], strict=True))
    span = when - timedelta(days=3), when + timedelta(days=3)

    assert windows(Schedule(schedule.zone, halves), *span) == windows(Schedule(schedule.zone, wholes), *span)
