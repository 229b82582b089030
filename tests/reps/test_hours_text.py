"""Hours as people and configuration files write them."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reps.schedules import Block, InvalidHours, format_hours, parse_hours


def test_a_range_of_days_stands_for_each_of_them() -> None:
    assert parse_hours({"mon-wed": ["09:00-17:00"]}) == tuple(Block(day, time(9), time(17)) for day in (0, 1, 2))


def test_a_range_of_days_may_go_round_the_week() -> None:
    assert [block.weekday for block in parse_hours({"sat-mon": ["09:00-17:00"]})] == [0, 5, 6]


def test_twenty_four_hours_is_midnight() -> None:
    assert parse_hours({"fri": ["18:00-24:00"]}) == (Block(4, time(18), time(0)),)


def test_a_shift_may_end_when_the_next_begins() -> None:
    assert len(parse_hours({"sun": ["22:00-02:00"], "mon": ["02:00-06:00"]})) == 2


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ("9 to 5", "Hours are written as"),
        ({"monday": ["09:00-17:00"]}, "“monday” is not a day"),
        ({"mon-": ["09:00-17:00"]}, "“mon-” is not a day"),
        ({"mon": "09:00-17:00"}, "mon: write a list"),
        ({"mon": ["9-17"]}, "mon: “9-17” is not a range of time"),
        ({"mon": ["24:00-25:00"]}, "mon: “24:00-25:00” is not a range of time"),
        ({"mon": [32400]}, "mon: “32400” is not a range of time"),
        ({"mon": ["09:00-13:00", "12:00-17:00"]}, "mon 09:00-13:00 and mon 12:00-17:00 overlap"),
        ({"mon-fri": ["09:00-13:00"], "wed": ["09:00-10:00"]}, "overlap"),
        ({"sun": ["22:00-02:00"], "mon": ["01:00-05:00"]}, "sun 22:00-02:00 and mon 01:00-05:00 overlap"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_in_words(hours: Any, message: str) -> None:
    with pytest.raises(InvalidHours) as refused:
        parse_hours(hours)

    assert message in str(refused.value)


def test_every_error_is_reported_at_once() -> None:
    with pytest.raises(InvalidHours) as refused:
        parse_hours({"someday": ["09:00-17:00"], "mon": ["9-17", "x"]})

    assert len(refused.value.errors) == 3


def test_days_with_the_same_hours_are_written_together() -> None:
    hours = {"mon-thu": ["09:00-12:00", "13:00-17:00"], "fri": ["09:00-12:00"], "sat": ["22:00-02:00"]}

    assert format_hours(parse_hours(hours)) == hours


def test_a_day_off_interrupts_a_range_of_days() -> None:
    blocks = [Block(day, time(9), time(17)) for day in (0, 1, 3)]

    assert format_hours(blocks) == {"mon-tue": ["09:00-17:00"], "thu": ["09:00-17:00"]}


edges = st.lists(st.integers(0, 1439), min_size=2, max_size=6, unique=True).map(sorted)
day_blocks = edges.map(
    lambda minutes: [
        (time(*divmod(start, 60)), time(*divmod(end, 60)))
        for start, end in zip(minutes[::2], minutes[1::2], strict=False)
    ]
)


@settings(max_examples=100)
@given(st.dictionaries(st.integers(0, 6), day_blocks))
def test_hours_survive_being_written_and_read(week: dict[int, list[tuple[time, time]]]) -> None:
    blocks = tuple(sorted(Block(day, *span) for day, spans in week.items() for span in spans))

    assert parse_hours(format_hours(blocks)) == blocks
