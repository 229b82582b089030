"""After assignment, without a database: which step is next and when; never early, and five minutes are five minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reps.schedules import Schedule, parse_hours, windows
from routing.engine.delays import Stretch, Whose, delays
from routing.engine.sla import (
    MOVED_BY_ACCEPTING,
    SlaClock,
    SlaStep,
    Standing,
    StepKind,
    Unless,
    done_for,
    next_step,
    once_taken,
)
from routing.engine.types import Method
from tests.examples import examples

NOW = datetime(2026, 3, 3, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REMIND = SlaStep(3, StepKind.REMIND, Unless.ACCEPTED)
REASSIGN = SlaStep(5, StepKind.REASSIGN)
ALERT = SlaStep(8, StepKind.ALERT_MANAGER)
LADDER = (REMIND, REASSIGN, ALERT)
ALWAYS = SlaClock(NOW)

steps = st.lists(
    st.builds(SlaStep, st.floats(0, 600), st.sampled_from(StepKind), st.sampled_from(Unless)), min_size=1, max_size=6
).map(tuple)
minutes = st.integers(0, 2000).map(lambda number: number * MINUTE)


@st.composite
def clocks(draw: st.DrawFn) -> SlaClock:
    """Around the clock, or in some windows one after the other."""
    edges = sorted(draw(st.sets(st.integers(-600, 3000), max_size=8)))
    found = [(NOW + low * MINUTE, NOW + high * MINUTE) for low, high in zip(edges[::2], edges[1::2], strict=False)]
    return SlaClock(NOW, draw(st.sampled_from([None, found])))


# --- the order of steps ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "accepted", "expected"),
    [
        (0b000, None, (StepKind.REMIND, 3)),
        (0b001, None, (StepKind.REASSIGN, 5)),
        (0b011, None, (StepKind.ALERT_MANAGER, 8)),
        (0b111, None, None),
        (0b000, 2, (StepKind.ALERT_MANAGER, 8)),  # the reminder is left out, and losing the lead waits
        (0b100, 2, (StepKind.REASSIGN, 17)),
        (0b001, 6, (StepKind.ALERT_MANAGER, 8)),
        (0b101, 6, (StepKind.REASSIGN, 21)),
    ],
)
def test_steps_come_by_the_clock_as_accepting_leaves_them(
    taken: int, accepted: int | None, expected: tuple[StepKind, int] | None
) -> None:
    accepted_at = None if accepted is None else NOW + accepted * MINUTE
    due = next_step(LADDER, ALWAYS, Standing(taken, accepted_at), accept_minutes=15)

    assert (due and (due.step.do, due.at)) == (expected and (expected[0], NOW + expected[1] * MINUTE))


@pytest.mark.parametrize(
    ("method", "pool", "take_away", "expected"),
    [
        (Method.ROUND_ROBIN, 1, False, StepKind.REASSIGN),
        (Method.ACCOUNT, None, False, StepKind.ALERT_MANAGER),
        (Method.ACCOUNT, None, True, StepKind.REASSIGN),
        (Method.RETURNING, None, False, StepKind.ALERT_MANAGER),
        (Method.SAME_COMPANY, None, False, StepKind.ALERT_MANAGER),
        (Method.TERRITORY, None, False, StepKind.ALERT_MANAGER),
        (Method.TERRITORY, 1, False, StepKind.REASSIGN),  # a pool owns that territory
        (Method.DIRECT, None, False, StepKind.ALERT_MANAGER),
        (Method.OVERFLOW, 1, False, StepKind.REASSIGN),
        (Method.MANAGER, None, True, StepKind.ALERT_MANAGER),  # there is nobody after the manager
        (Method.LAST_RESORT, None, True, StepKind.ALERT_MANAGER),
    ],
)
def test_a_lead_that_belongs_to_its_owner_is_not_reassigned(
    method: Method, pool: int | None, take_away: bool, expected: StepKind
) -> None:
    assert done_for(StepKind.REASSIGN, method=method, pool=pool, take_away=take_away) is expected


@settings(max_examples=examples(50))
@given(steps, clocks(), st.none() | minutes, st.floats(0, 100))
def test_steps_are_never_early_and_come_one_after_the_other(
    policy: tuple[SlaStep, ...], clock: SlaClock, accepted: timedelta | None, grace: float
) -> None:
    standing = Standing(0, None if accepted is None else NOW + accepted)
    seen = []
    while due := next_step(policy, clock, standing, accept_minutes=grace):
        assert due.at >= NOW + timedelta(minutes=due.step.after_minutes) - timedelta(microseconds=1)
        if standing.accepted_at and due.step.do in MOVED_BY_ACCEPTING:
            assert due.at >= standing.accepted_at + timedelta(minutes=grace) - timedelta(microseconds=1)
        seen.append(due)
        standing = Standing(standing.with_taken(due.number), standing.accepted_at)

    assert [due.at for due in seen] == sorted(due.at for due in seen)
    assert len({due.number for due in seen}) == len(seen)


@settings(max_examples=examples(33))
@given(clocks(), st.floats(0, 600), st.floats(0, 600))
def test_more_minutes_are_never_sooner(clock: SlaClock, some: float, more: float) -> None:
    assert clock.passed(min(some, more)) <= clock.passed(max(some, more))


@settings(max_examples=examples(33))
@given(steps, clocks(), minutes)
def test_accepting_never_brings_a_step_forward(
    policy: tuple[SlaStep, ...], clock: SlaClock, accepted: timedelta
) -> None:
    before = next_step(policy, clock, Standing(), accept_minutes=15)
    after = next_step(policy, clock, Standing(0, NOW + accepted), accept_minutes=15)

    assert before is not None
    assert after is None or after.at >= before.at


def test_what_follows_a_step_that_was_long_overdue_keeps_its_distance() -> None:
    first = next_step(LADDER, ALWAYS, Standing(), accept_minutes=15)
    second = next_step(LADDER, ALWAYS, Standing(1), accept_minutes=15)
    assert first and second
    hours_later = NOW + timedelta(hours=2)

    assert once_taken(first, second, ALWAYS, now=hours_later) == hours_later + 2 * MINUTE


# --- five minutes are five minutes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "before"),
    [
        ("America/New_York", "2026-11-01T01:58"),  # an hour is shown twice
        ("America/New_York", "2026-03-08T01:58"),  # an hour is skipped
        ("Australia/Lord_Howe", "2026-04-05T01:58"),  # half an hour is
        ("Pacific/Apia", "2011-12-29T23:58"),  # a whole day was
    ],
)
@pytest.mark.parametrize("hours", [None, {"mon-sun": ["00:00-24:00"]}])
def test_five_minutes_are_five_real_minutes_when_the_clocks_change(
    zone: str, before: str, hours: dict[str, list[str]] | None
) -> None:
    start = datetime.fromisoformat(before).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    schedule = Schedule(ZoneInfo(zone), parse_hours(hours) if hours else None)
    working = windows(schedule, start, start + timedelta(days=3)) if hours else None

    assert SlaClock(start, working).passed(5) == start + 5 * MINUTE


def test_a_clock_that_has_no_hours_left_runs_on_in_real_time() -> None:
    clock = SlaClock(NOW, [(NOW, NOW + 2 * MINUTE)])

    assert clock.passed(5) == NOW + 5 * MINUTE
    assert SlaClock(NOW, []).passed(5) == NOW + 5 * MINUTE


# --- whose time it was -------------------------------------------------------------------------------------------


def test_the_time_to_the_first_response_is_shared_out() -> None:
    shift = [(NOW + 40 * MINUTE, NOW + 90 * MINUTE)]
    found = delays(
        NOW,
        [
            Stretch(NOW + 1 * MINUTE, Whose.NOBODY),
            Stretch(NOW + 20 * MINUTE, Whose.SYSTEM),
            Stretch(NOW + 22 * MINUTE, Whose.OWNER, shift),
        ],
        NOW + 50 * MINUTE,
    )

    assert (found.system, found.nobody, found.outside, found.rep) == (180, 19 * 60, 18 * 60, 600)


stretches = st.lists(
    st.builds(Stretch, st.integers(-10, 500).map(lambda n: NOW + n * MINUTE), st.sampled_from(Whose)), max_size=6
)


@settings(max_examples=examples(33))
@given(stretches, minutes)
def test_the_four_parts_add_up(some: list[Stretch], until: timedelta) -> None:
    found = delays(NOW, some, NOW + until)

    assert found.system + found.nobody + found.outside + found.rep == pytest.approx(until.total_seconds())
    assert min(found.system, found.nobody, found.outside, found.rep) >= 0
