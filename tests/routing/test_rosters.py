"""A week of shifts by rep and day: hours, leave, holidays, other zones, and days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep, TimeOff, WorkingHours
from routing.insights.rosters import Roster, rosters_of_week
from routing.snapshots.hours import HoursSettings
from tests.factories import make_rep

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 3, 2)
pytestmark = [pytest.mark.django_db, pytest.mark.one_database("hours are counted in Python")]


def office(name: str, zone: str = "Europe/Berlin", **fields: object) -> Rep:
    """Monday to Friday, 9 to 17."""
    rep = make_rep(name, timezone=zone, hours=Rep.Hours.OWN, **fields)
    WorkingHours.objects.bulk_create(
        WorkingHours(rep=rep, weekday=day, start=time(9), end=time(17)) for day in range(5)
    )
    return rep


def week(*reps: Rep, monday: date = MONDAY, zone: ZoneInfo = BERLIN) -> list[Roster]:
    return rosters_of_week(reps, monday=monday, zone=zone, settings=HoursSettings())


def test_a_week_has_the_hours_of_the_rep() -> None:
    [roster] = week(office("Ana"))

    assert [day.hours for day in roster.days] == [8, 8, 8, 8, 8, 0, 0]
    assert (roster.hours, roster.always) == (40, False)


def test_leave_is_taken_out_and_told_with_its_reason() -> None:
    ana = office("Ana")
    TimeOff.objects.create(
        rep=ana, starts_at=datetime(2026, 3, 3, 12, tzinfo=BERLIN), ends_at=datetime(2026, 3, 5, tzinfo=BERLIN),
        reason="vacation",
    )  # fmt: skip

    [roster] = week(ana)

    assert [day.hours for day in roster.days] == [8, 3, 0, 8, 8, 0, 0]
    assert [day.reasons for day in roster.days[:4]] == [(), ("vacation",), ("vacation",), ()]
    assert roster.days[1].leave == ((datetime(2026, 3, 3, 12, tzinfo=BERLIN), datetime(2026, 3, 4, tzinfo=BERLIN)),)


def test_a_holiday_is_named_and_has_no_hours() -> None:
    [roster] = week(office("Ana", holidays="DE"), monday=date(2026, 3, 30))

    assert [day.hours for day in roster.days[:5]] == [8, 8, 8, 8, 0]
    assert roster.days[4].holiday in ("Good Friday", "Karfreitag")  # by the language of the process


def test_hours_of_another_zone_lie_where_the_viewer_sees_them() -> None:
    [roster] = week(office("Kim", "Asia/Tokyo"))

    assert [day.hours for day in roster.days] == [8, 8, 8, 8, 8, 0, 0]
    assert roster.days[0].shifts == ((datetime(2026, 3, 2, 0, tzinfo=UTC), datetime(2026, 3, 2, 8, tzinfo=UTC)),)


def test_a_shift_over_the_viewers_midnight_lies_on_both_days() -> None:
    [roster] = week(office("Sam", "America/Los_Angeles"))

    assert [day.hours for day in roster.days] == [6, 8, 8, 8, 8, 2, 0]


def test_without_hours_somebody_is_always_on_also_when_the_clocks_change() -> None:
    [roster] = week(make_rep("Bot", hours=Rep.Hours.ALWAYS), monday=date(2026, 3, 23))

    assert roster.always
    assert [day.hours for day in roster.days] == [24, 24, 24, 24, 24, 24, 23]


def test_more_reps_take_no_more_queries() -> None:
    two = [office("Ana"), office("Ben")]
    with CaptureQueriesContext(connection) as few:
        week(*two)
    more = [*two, *(office(f"Rep {n}") for n in range(8))]
    with CaptureQueriesContext(connection) as many:
        week(*more)

    assert len(many) == len(few)
