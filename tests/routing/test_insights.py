"""The numbers of the dashboard: right to the second, never counting test leads, with queries that do not grow."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reps.models import Rep
from routing.engine.ledger import pack
from routing.engine.types import ONE_LEAD, HeldReason
from routing.insights.arrivals import add_up, arrivals_by_day, arrivals_by_hour
from routing.insights.health import health
from routing.insights.histogram import buckets, span_label
from routing.insights.load import load_by_rep, turns_of
from routing.insights.periods import Period
from routing.insights.speed import (
    Part,
    alert_delay,
    part_of_response,
    punctuality,
    rep_delay,
    speed_to_owner,
    speed_to_response,
    system_delay,
)
from routing.models import Assignment, Decision, Heartbeat, Lead, OutboxMessage, Posting
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def today(now: datetime) -> Period:
    return Period(now - timedelta(hours=12), now + timedelta(hours=1))


def owned(now: datetime, seconds: float, rep: Rep | None = None, **fields: Any) -> Lead:
    """A lead that had its owner so many seconds after it came."""
    return make_owned_lead(now, rep or make_rep(), owned_at=now + timedelta(seconds=seconds), **fields)


def assign(lead: Lead, now: datetime, end_reason: str = "", attempt: int = 1, **seconds: float) -> Assignment:
    instants = {name: now + timedelta(seconds=value) for name, value in seconds.items()}
    return Assignment.objects.create(
        lead=lead,
        rep=lead.owner or make_rep(),
        method="round_robin",
        end_reason=end_reason,
        attempt=attempt,
        **{"assigned_at": now} | instants,
    )


# --- speed --------------------------------------------------------------------------------------------------------


def test_percentiles_are_interpolated_as_people_expect(now: datetime, today: Period) -> None:
    for seconds in (0.2, 0.4, 0.6, 0.8, 10):
        owned(now, seconds)

    speed = speed_to_owner(today)

    assert speed.count == 5
    assert [speed.p50, speed.p90, speed.p99] == pytest.approx([0.6, 6.32, 9.632], abs=0.002)
    assert speed.within == pytest.approx(0.8)


def test_without_leads_there_is_no_number_rather_than_a_wrong_one(today: Period) -> None:
    speed = speed_to_owner(today)

    assert (speed.count, speed.p50, speed.within, speed.histogram[0].count) == (0, None, None, 0)


def test_test_leads_and_leads_of_other_days_do_not_count(now: datetime, today: Period) -> None:
    owned(now, 1, test=True)
    owned(now - timedelta(days=2), 1)
    make_lead(now)

    assert speed_to_owner(today).count == 0


def test_the_four_parts_of_the_first_response_are_each_a_distribution(now: datetime, today: Period) -> None:
    parts = {"system_seconds": 2, "nobody_seconds": 30, "outside_seconds": 0, "rep_seconds": 40}
    owned(now, 1, first_response_at=now + timedelta(seconds=72), **parts)
    owned(now, 1)  # not answered yet

    found = [part_of_response(part, today) for part in Part]

    assert [(speed.count, speed.p50) for speed in found] == [(1, 2), (1, 30), (1, 0), (1, 40)]


def test_a_single_lead_is_every_percentile(now: datetime, today: Period) -> None:
    owned(now, 3)

    speed = speed_to_owner(today)

    assert [speed.p50, speed.p90, speed.p99] == pytest.approx([3, 3, 3], abs=0.002)


def test_the_distribution_adds_up(now: datetime, today: Period) -> None:
    for seconds in (0.1, 0.7, 0.8, 40, 100_000):
        owned(now, seconds)

    counted = {bucket.label: bucket.count for bucket in speed_to_owner(today).histogram if bucket.count}

    assert counted == {"below 0.5 s": 1, "0.5 s – 1 s": 2, "15 s – 1 min": 1, "1 day and more": 1}


def test_the_alert_counts_from_the_moment_there_is_an_owner(now: datetime, today: Period) -> None:
    lead = owned(now - timedelta(hours=9), 9 * 3600)
    Assignment.objects.create(
        lead=lead, rep=make_rep(), method="round_robin", assigned_at=now, alerted_at=now + timedelta(seconds=2)
    )

    assert alert_delay(today).p50 == pytest.approx(2, abs=0.002)


def test_the_response_counts_once_a_lead_whoever_gave_it(now: datetime, today: Period) -> None:
    lead = owned(now, 1)
    assign(lead, now, alerted_at=60, responded_at=240)
    owned(now, 1)

    assert (speed_to_response(today).count, speed_to_response(today).p50) == (1, pytest.approx(240, abs=0.002))
    assert rep_delay(today).p50 == pytest.approx(180, abs=0.002)


def test_the_first_of_several_answers_counts_whichever_owner_gave_it(now: datetime, today: Period) -> None:
    moved, late = owned(now, 1), owned(now, 1)
    assign(moved, now, "reassigned", ended_at=50, responded_at=40)
    assign(moved, now, attempt=2, responded_at=90)
    assign(late, now, "too_slow", ended_at=50)
    assign(late, now, attempt=2, responded_at=80)

    speed = speed_to_response(today)

    assert (speed.count, speed.p50) == (2, pytest.approx(60, abs=0.002))


def test_the_systems_own_delay_ends_with_the_first_decision(now: datetime, today: Period) -> None:
    lead = make_lead(now)
    for seconds in (2, 900):
        Decision.objects.create(lead=lead, outcome="held", reason="r", decided_at=now + timedelta(seconds=seconds))

    assert (system_delay(today).count, system_delay(today).p50) == (1, pytest.approx(2, abs=0.002))


def test_punctuality_counts_what_was_due_and_what_came_in_time(now: datetime, today: Period) -> None:
    due = -600.0
    assign(owned(now, 1), now, assigned_at=-900, due_at=due, responded_at=-700)
    assign(owned(now, 1), now, assigned_at=-900, due_at=due, responded_at=-500)
    assign(owned(now, 1), now, assigned_at=-900, due_at=due)
    assign(owned(now, 1), now, assigned_at=-900, due_at=600)
    assign(owned(now, 1), now, "declined", assigned_at=-900, due_at=due, ended_at=-800)
    assign(owned(now, 1, test=True), now, assigned_at=-900, due_at=due)

    assert punctuality(today, now=now).share == pytest.approx(1 / 3)


@pytest.mark.parametrize("leads", [2, 30])
def test_a_figure_takes_the_same_few_queries_at_any_volume(
    leads: int, now: datetime, today: Period, django_assert_max_num_queries: Any
) -> None:
    for number in range(leads):
        owned(now, number)

    with django_assert_max_num_queries(4):
        speed_to_owner(today)


def test_buckets_and_their_names() -> None:
    low, mid, high = buckets([1, 3], 6, edges=(60, 7200))

    assert [(b.label, b.count) for b in (low, mid, high)] == [
        ("below 1 min", 1),
        ("1 min – 2 h", 2),
        ("2 h and more", 3),
    ]
    assert [span_label(s) for s in (0.5, 90, 86400, 2 * 86400)] == ["0.5 s", "1.5 min", "1 day", "2 days"]


# --- load ---------------------------------------------------------------------------------------------------------


def post(now: datetime, winner: Rep, lines: dict[Rep, int], **fields: Any) -> Posting:
    ledger = make_pool().ledger
    packed = pack(tuple(sorted((rep.pk, amount) for rep, amount in lines.items())))
    return Posting.objects.create(ledger=ledger, winner=winner, entries=packed, posted_at=now, **fields)


def test_who_got_what_against_what_they_were_entitled_to(now: datetime, today: Period) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    half = ONE_LEAD // 2
    post(now - timedelta(days=9), bob, {ana: half, bob: -half})
    for winner, other in ((ana, bob), (ana, bob), (bob, ana), (ana, bob)):
        post(now, winner, {winner: -half, other: half})

    rows = {row.name: row for row in load_by_rep(today, now=now)}

    assert (rows["Ana"].turns, rows["Ana"].entitled, rows["Ana"].share) == (3, 2.0, 1.5)
    assert (rows["Bob"].turns, rows["Bob"].entitled) == (1, 2.0)


def test_a_reversal_takes_back_the_turn_and_what_it_entitled_to(now: datetime) -> None:
    lines = pack(((1, -ONE_LEAD // 2), (2, ONE_LEAD // 2)))
    back = pack(((1, ONE_LEAD // 2), (2, -ONE_LEAD // 2)))

    turns, entitled = turns_of([("turn", 1, lines), ("reversal", 1, back)])

    assert (turns[1], entitled[1], entitled[2]) == (0, 0, 0)


def test_a_rep_without_leads_is_there_with_zeros_and_somebody_inactive_only_with_leads(
    now: datetime, today: Period
) -> None:
    make_rep("Ana")
    make_rep("Gone", active=False)
    assign(owned(now, 0, make_rep("Left", active=False)), now)

    assert [(row.name, row.leads, row.open, row.share) for row in load_by_rep(today, now=now)] == [
        ("Ana", 0, 0, None),
        ("Left", 1, 1, None),
    ]


def test_open_work_is_what_has_neither_outcome_nor_answer(now: datetime, today: Period) -> None:
    ana = make_rep("Ana")
    assign(owned(now, 0, ana), now)
    assign(owned(now, 0, ana), now, responded_at=60)
    assign(owned(now, 0, ana, outcome="qualified"), now, responded_at=60)
    assign(owned(now, 0, ana, test=True), now)
    owned(now - timedelta(days=40), 0, ana)

    [row] = load_by_rep(today, now=now)

    assert (row.leads, row.open, row.unanswered) == (3, 2, 1)


def test_load_takes_the_same_few_queries_with_many_reps(
    now: datetime, today: Period, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        assign(owned(now, 0), now)

    with django_assert_max_num_queries(6):
        load_by_rep(today, now=now)


# --- arrivals -----------------------------------------------------------------------------------------------------


def test_arrivals_are_counted_by_the_hour_of_the_zone(now: datetime, django_assert_num_queries: Any) -> None:
    make_lead(now)
    make_lead(now + timedelta(minutes=59))
    make_lead(now - timedelta(hours=18))  # 23:00 in Berlin, yesterday
    make_lead(now, test=True)

    with django_assert_num_queries(1):
        hours = arrivals_by_hour(now=now, zone=BERLIN)

    assert len(hours) == 24
    assert {hour.start.astimezone(BERLIN).hour: hour.count for hour in hours if hour.count} == {17: 2}


def test_arrivals_are_counted_by_the_day_of_the_zone(now: datetime) -> None:
    for hours in (0, 18, 30, 24 * 40):
        make_lead(now - timedelta(hours=hours))
    make_lead(now, test=True)

    days = arrivals_by_day(now=now, zone=BERLIN, days=30)

    assert [day.count for day in days] == [0] * 28 + [2, 1]
    assert days[-1].start == datetime(2026, 3, 2, 23, tzinfo=UTC)


def test_a_day_on_which_the_clocks_change_has_its_own_number_of_hours() -> None:
    spring = arrivals_by_hour(now=datetime(2026, 3, 29, 12, tzinfo=UTC), zone=BERLIN)
    autumn = arrivals_by_hour(now=datetime(2026, 10, 25, 12, tzinfo=UTC), zone=BERLIN)

    assert (len(spring), len(autumn)) == (23, 25)


def test_quarters_add_up_where_the_zone_is_half_an_hour_off() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    edges = [datetime(2026, 3, 3, hour, tzinfo=kolkata) for hour in (9, 10, 11)]
    last_quarter = int(edges[1].timestamp()) // 900 - 1

    assert [row.count for row in add_up(Counter({last_quarter: 4, last_quarter + 1: 1}), edges)] == [4, 1]


# --- health -------------------------------------------------------------------------------------------------------


def test_nothing_is_stuck_in_an_empty_house(now: datetime) -> None:
    found = health(now=now)

    assert (found.unowned, found.two_owners, found.overdue, found.held) == (0, 0, 0, ())
    assert (found.oldest_unrouted, found.oldest_unsent, found.heartbeats) == (None, None, {})


def test_a_lead_that_is_not_routed_for_a_minute_is_unowned(now: datetime) -> None:
    make_lead(now - timedelta(seconds=90))
    make_lead(now - timedelta(seconds=30))
    make_lead(now - timedelta(hours=1), route_after=now + timedelta(seconds=30), route_tries=2)

    found = health(now=now)

    assert (found.unowned, found.oldest_unrouted) == (2, timedelta(seconds=90))


def test_held_leads_are_counted_by_reason_with_the_next_deadline(now: datetime) -> None:
    for hours, reason in ((9, "nobody_available"), (3, "nobody_available"), (5, "paused")):
        deadline = now + timedelta(hours=hours)
        make_lead(now, status="held", held_reason=reason, held_since=now, hold_deadline_at=deadline)

    held = [(row.reason, row.count, row.next_deadline) for row in health(now=now).held]

    assert held == [
        (HeldReason.NOBODY_AVAILABLE, 2, now + timedelta(hours=3)),
        (HeldReason.PAUSED, 1, now + timedelta(hours=5)),
    ]


def test_late_answers_that_are_still_missing_are_overdue(now: datetime) -> None:
    assign(owned(now, 0), now, due_at=-1)
    assign(owned(now, 0), now, due_at=1)
    assign(owned(now, 0), now, due_at=-1, responded_at=-2)

    assert health(now=now).overdue == 1


def test_the_oldest_unsent_alert_and_the_heartbeats_have_an_age(now: datetime) -> None:
    since = now - timedelta(seconds=20)
    OutboxMessage.objects.create(key="a", kind="alert", created_at=since, available_at=now + timedelta(hours=1))
    Heartbeat.objects.create(name="clock", beat_at=since)

    found = health(now=now)

    assert (found.oldest_unsent, found.heartbeats) == (timedelta(seconds=20), {"clock": timedelta(seconds=20)})
