"""Outcomes → the day's numbers of a pool, next month's tilt, and what people see of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from json import dumps, loads
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing.engine.performance import expected_result, has_statistics
from routing.engine.skill import estimate_of
from routing.engine.types import Method, Pool, Strategy
from routing.engine.types import PerformanceTable as Table
from routing.insights.performance import performance_of_pool
from routing.models import Assignment, EndReason, Lead, PerformanceTable, PoolMember, RulebookVersion, WeightTilt
from routing.models import Pool as PoolRow
from routing.rulebook.content import draft_content
from routing.services.measure_performance import measure_performance, next_month
from routing.services.publish import frozen
from routing.snapshots.performance import _table, load_performance, load_tilts
from routing.snapshots.skill import pack_skill, unpack_skill
from tests.factories import make_account, make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db
BERLIN = "Europe/Berlin"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Keys of rows come again in the next test."""
    _table.cache_clear()
    yield
    _table.cache_clear()


@pytest.fixture
def ana() -> Rep:
    return make_rep("Ana")


@pytest.fixture
def bob() -> Rep:
    return make_rep("Bob")


@pytest.fixture
def pool(ana: Rep, bob: Rep) -> PoolRow:
    return make_pool(ana, bob, strategy="performance", segments=["source"], half_life_days=120, shrinkage_k=10)


def publish_pool(pool: PoolRow, now: datetime, **changes: Any) -> None:
    PoolRow.objects.filter(pk=pool.pk).update(**changes)
    make_settings(timezone=BERLIN)
    make_catch_all(pool)
    RulebookVersion.objects.create(number=1, content=frozen(draft_content()), published_at=now)


def ended(rep: Rep, now: datetime, outcome: str, *, days: float = 1, **fields: Any) -> Lead:
    """A lead with an outcome so many days ago."""
    at = now - timedelta(days=days)
    values = {"source": "web", "outcome": outcome, "outcome_at": at if outcome else None} | fields
    lead = make_owned_lead(at, rep)
    Lead.objects.filter(pk=lead.pk).update(**values)
    return lead


def numbers(pool: PoolRow, now: datetime) -> Table:
    terms = {pool.pk: Pool(pool.pk, pool.name, pool.ledger_id, Strategy.PERFORMANCE)}
    return load_performance(terms, now=now, timezone=BERLIN)[pool.pk]


def counted(pool: PoolRow, now: datetime, rep: Rep, *segment: str) -> tuple[float, float]:
    """(wins, leads) of a rep, without decay to speak of."""
    record = numbers(pool, now).reps.get(rep.pk, {}).get(segment)
    return (round(record.wins, 1), round(record.leads, 1)) if record else (0, 0)


# --- what counts --------------------------------------------------------------------------------------------------


def test_wins_and_losses_are_counted_by_rep_and_segment(pool: PoolRow, ana: Rep, bob: Rep, now: datetime) -> None:
    for rep, outcome, source in ((ana, "won", "web"), (ana, "lost", "Web "), (ana, "won", "ads"), (bob, "lost", "ads")):
        ended(rep, now, outcome, source=source)
    publish_pool(pool, now)

    assert measure_performance(now=now) == 1
    assert counted(pool, now, ana, "web") == (1, 2)
    assert counted(pool, now, ana) == (2, 3)
    assert counted(pool, now, bob, "ads") == (0, 1)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"outcome": "won"}, (1, 1)),
        ({"outcome": "lost"}, (0, 1)),
        ({"outcome": "won", "test": True}, (0, 0)),
        ({"outcome": "won", "method": Method.ACCOUNT}, (0, 0)),
        ({"outcome": "won", "method": Method.RETURNING}, (0, 0)),
        ({"outcome": "won", "method": Method.TERRITORY}, (1, 1)),
        ({"outcome": "won", "days": -0.1}, (0, 0)),
        ({"outcome": "", "days": 60}, (0, 0)),
        ({"outcome": "", "days": 92}, (0, 1)),
        ({"outcome": "qualified", "days": 92}, (0, 0)),
        ({"outcome": "qualified", "days": 367}, (0, 1)),
        ({"outcome": "won", "days": 1300}, (0, 0)),
    ],
)
def test_what_counts_as_an_outcome(
    pool: PoolRow, ana: Rep, now: datetime, fields: dict[str, Any], expected: tuple[float, float]
) -> None:
    ended(ana, now, **fields)
    publish_pool(pool, now)
    measure_performance(now=now)

    assert counted(pool, now, ana) == expected


def test_outcomes_of_today_count_tomorrow(pool: PoolRow, ana: Rep, now: datetime) -> None:
    ended(ana, now, "won", days=0.5)
    publish_pool(pool, now)
    for day in (now, now + timedelta(days=1)):
        measure_performance(now=day)

    assert counted(pool, now, ana) == (0, 0)
    assert counted(pool, now + timedelta(days=1), ana) == (1, 1)


def test_a_lead_handed_over_at_a_stage_is_won_for_who_brought_it_there(pool: PoolRow, ana: Rep, now: datetime) -> None:
    lead = make_owned_lead(now, make_rep("Closer"), source="web")
    at = now - timedelta(days=2)
    instants = {"assigned_at": at, "ended_at": at}
    Assignment.objects.create(lead=lead, rep=ana, method="performance", end_reason=EndReason.HANDED_OVER, **instants)
    publish_pool(pool, now)
    measure_performance(now=now)

    assert counted(pool, now, ana, "web") == (1, 1)


def test_old_outcomes_fade_by_half_life(pool: PoolRow, ana: Rep, now: datetime) -> None:
    midnight = datetime(2026, 3, 2, 23, tzinfo=UTC)
    ended(ana, midnight, "won", days=120)
    publish_pool(pool, now)
    measure_performance(now=now)

    assert numbers(pool, now).reps[ana.pk][()].leads == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("dimension", "fields", "value"),
    [
        ("size", {"employees": 50}, "11-50"),
        ("size", {"employees": 9_000}, "5001+"),
        ("size", {"employees": None}, ""),
        ("size", {"employees": 0}, ""),
        ("region", {"country": "US", "region": "US-CA"}, "us-ca"),
        ("region", {"country": "DE", "region": "DE-BY"}, "de"),
        ("kind", {"kind": "demo"}, "demo"),
        ("utm.source", {"utm": {"source": "News"}}, "news"),
        ("attributes.seats", {"attributes": {"seats": 5}}, "5"),
        ("attributes.trial", {"attributes": {"trial": True}}, "true"),
        ("attributes.tags", {"attributes": {"tags": ["B", "a"]}}, "b, a"),
        ("attributes.none", {}, ""),
        ("territory", {}, ""),
    ],
)
def test_leads_are_told_apart_by_any_stored_field(
    pool: PoolRow, ana: Rep, now: datetime, dimension: str, fields: dict[str, Any], value: str
) -> None:
    ended(ana, now, "won", **fields)
    publish_pool(pool, now, segments=[dimension])
    measure_performance(now=now)

    assert set(numbers(pool, now).reps[ana.pk]) == {(), (value,)}


def test_facts_of_the_account_tell_leads_apart(pool: PoolRow, ana: Rep, now: datetime) -> None:
    ended(ana, now, "won", account=make_account(stage="customer"))
    publish_pool(pool, now, segments=["account.stage"])
    measure_performance(now=now)

    assert ("customer",) in numbers(pool, now).reps[ana.pk]


def test_a_dimension_that_cannot_be_counted_by_is_left_out_and_said(pool: PoolRow, ana: Rep, now: datetime) -> None:
    ended(ana, now, "won")
    publish_pool(pool, now, segments=["message", "source", "website"])
    measure_performance(now=now)
    shown = performance_of_pool(pool.pk, day=now.date())

    assert numbers(pool, now).dimensions == ("source",)
    assert shown is not None
    assert shown.left_out == ("message", "website")


# --- once a day ---------------------------------------------------------------------------------------------------


def test_numbers_are_frozen_for_the_day(pool: PoolRow, ana: Rep, now: datetime) -> None:
    publish_pool(pool, now)
    measure_performance(now=now)
    ended(ana, now, "won")

    assert measure_performance(now=now + timedelta(hours=1)) == 0
    assert not has_statistics(numbers(pool, now))
    assert measure_performance(now=now + timedelta(days=1)) == 1


def test_the_day_begins_at_the_companys_midnight(pool: PoolRow, now: datetime) -> None:
    publish_pool(pool, now)
    measure_performance(now=datetime(2026, 3, 3, 22, 59, tzinfo=UTC))

    assert measure_performance(now=datetime(2026, 3, 3, 23, 0, tzinfo=UTC)) == 1
    assert [row.day.day for row in PerformanceTable.objects.order_by("day")] == [3, 4]


def test_yesterdays_numbers_hold_until_todays_are_there(pool: PoolRow, ana: Rep, now: datetime) -> None:
    ended(ana, now, "won")
    publish_pool(pool, now)
    measure_performance(now=now)

    assert counted(pool, now + timedelta(days=3), ana) == (1, 1)
    assert numbers(pool, now + timedelta(days=3)).day == date(2026, 3, 3)


def test_a_decision_of_the_past_sees_the_numbers_of_its_day(pool: PoolRow, now: datetime) -> None:
    publish_pool(pool, now)
    for days in (0, 1, 2):
        measure_performance(now=now + timedelta(days=days))

    assert numbers(pool, now + timedelta(days=1)).day == date(2026, 3, 4)


def test_only_pools_that_go_by_results_are_measured(pool: PoolRow, now: datetime) -> None:
    publish_pool(pool, now, strategy="round_robin")

    assert measure_performance(now=now) == 0


def test_an_archived_pool_is_not_measured(pool: PoolRow, now: datetime) -> None:
    publish_pool(pool, now)
    PoolRow.objects.filter(pk=pool.pk).update(archived_at=now)

    assert measure_performance(now=now) == 0


def test_before_the_first_rulebook_there_is_nothing_to_measure(now: datetime) -> None:
    assert measure_performance(now=now) == 0


def test_the_number_of_queries_does_not_grow_with_leads(pool: PoolRow, ana: Rep, bob: Rep, now: datetime) -> None:
    publish_pool(pool, now)
    spent = []
    for day in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            measure_performance(now=now + timedelta(days=day))
        spent.append(len(queries))
        for n in range(30):
            ended((ana, bob)[n % 2], now, ("won", "lost")[n % 3 == 0], source=f"source {n}")

    assert spent[1] <= spent[0]


def test_where_nothing_is_due_two_small_queries_say_so(pool: PoolRow, now: datetime) -> None:
    publish_pool(pool, now)
    measure_performance(now=now)
    with CaptureQueriesContext(connection) as queries:
        measure_performance(now=now)

    assert len(queries) == 2  # which version is published, and which pools have their numbers


def test_loading_again_asks_only_which_numbers_are_the_newest(pool: PoolRow, ana: Rep, now: datetime) -> None:
    ended(ana, now, "won")
    publish_pool(pool, now)
    measure_performance(now=now)
    first = numbers(pool, now)
    with CaptureQueriesContext(connection) as queries:
        second = numbers(pool, now)

    assert second is first
    assert len(queries) == 1


def test_a_pool_that_goes_by_turn_has_no_numbers(pool: PoolRow, now: datetime) -> None:
    terms = {pool.pk: Pool(pool.pk, pool.name, pool.ledger_id)}

    assert load_performance(terms, now=now, timezone=BERLIN) == {}


# --- tilt ---------------------------------------------------------------------------------------------------------


LATE_IN_MARCH = datetime(2026, 3, 28, 9, tzinfo=UTC)


@pytest.fixture
def unequal(pool: PoolRow, ana: Rep, bob: Rep) -> PoolRow:
    """Ana wins four times as often as Bob, and results give more leads."""
    for n in range(50):
        ended(ana, LATE_IN_MARCH, "won" if n % 5 < 4 else "lost")
        ended(bob, LATE_IN_MARCH, "won" if n % 5 < 1 else "lost")
    publish_pool(pool, LATE_IN_MARCH, performance_mode="more_leads")
    return pool


def test_a_tilt_is_there_before_its_month_and_applies_in_it(unequal: PoolRow, ana: Rep, bob: Rep) -> None:
    measure_performance(now=LATE_IN_MARCH)
    in_april = load_tilts([unequal.pk], now=datetime(2026, 4, 2, tzinfo=UTC), timezone=BERLIN)

    assert WeightTilt.objects.get().month == date(2026, 4, 1)
    assert load_tilts([unequal.pk], now=LATE_IN_MARCH, timezone=BERLIN) == {}
    assert 1.3 < in_april[unequal.pk, ana.pk] <= 1.5
    assert in_april[unequal.pk, ana.pk] + in_april[unequal.pk, bob.pk] == pytest.approx(2)


def test_no_tilt_is_computed_early_in_a_month(unequal: PoolRow) -> None:
    measure_performance(now=LATE_IN_MARCH + timedelta(days=10))

    assert not WeightTilt.objects.exists()


def test_a_tilt_is_computed_once(unequal: PoolRow, ana: Rep) -> None:
    measure_performance(now=LATE_IN_MARCH)
    before = WeightTilt.objects.get().factors
    for _ in range(100):
        ended(ana, LATE_IN_MARCH, "lost")
    measure_performance(now=LATE_IN_MARCH + timedelta(days=1))

    assert WeightTilt.objects.get().factors == before


def test_best_leads_tilt_nothing(pool: PoolRow) -> None:
    publish_pool(pool, LATE_IN_MARCH)
    measure_performance(now=LATE_IN_MARCH)

    assert not WeightTilt.objects.exists()


def test_without_results_a_tilt_changes_nothing(pool: PoolRow, ana: Rep) -> None:
    publish_pool(pool, LATE_IN_MARCH, performance_mode="more_leads")
    measure_performance(now=LATE_IN_MARCH)

    assert set(WeightTilt.objects.get().factors.values()) == {1.0}


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 1, 31), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
    ],
)
def test_the_next_month_is_found_from_every_day(day: date, first: date) -> None:
    assert next_month(day) == first


# --- what people see ----------------------------------------------------------------------------------------------


def test_results_are_shown_with_intervals_and_what_was_to_be_expected(unequal: PoolRow, ana: Rep) -> None:
    measure_performance(now=LATE_IN_MARCH)
    shown = performance_of_pool(unequal.pk, day=LATE_IN_MARCH.date())

    assert shown is not None
    best = max(shown.overall, key=lambda result: result.result)
    assert (best.name, best.rate) == ("Ana", pytest.approx(0.8, abs=1e-4))
    assert best.low < best.result < best.high
    assert best.wins > best.expected
    assert [total.segment for total in shown.totals] == [(), ("web",)]


def test_what_is_shown_is_what_decides(unequal: PoolRow, ana: Rep) -> None:
    measure_performance(now=LATE_IN_MARCH)
    shown = performance_of_pool(unequal.pk, day=LATE_IN_MARCH.date())
    decides = estimate_of(numbers(unequal, LATE_IN_MARCH), ana.pk, ("web",))

    assert shown is not None
    row = next(one for one in shown.results if one.rep == ana.pk and one.segment == ("web",))
    assert (row.result, row.low, row.high) == (decides.rate, decides.low, decides.high)


def test_a_pool_without_numbers_shows_none(pool: PoolRow, now: datetime) -> None:
    assert performance_of_pool(pool.pk, day=now.date()) is None


def test_a_newcomer_is_tilted_only_from_the_month_after(unequal: PoolRow) -> None:
    measure_performance(now=LATE_IN_MARCH)
    newcomer = PoolMember.objects.create(pool=unequal, rep=make_rep("New"))

    assert (unequal.pk, newcomer.rep_id) not in load_tilts(
        [unequal.pk], now=datetime(2026, 4, 2, tzinfo=UTC), timezone=BERLIN
    )


# --- do they differ? ----------------------------------------------------------------------------------------------


def say_alike(pool: PoolRow, ana: Rep, bob: Rep, now: datetime, *, won: int) -> None:
    """Both had 30 leads; Ana won so many, and Bob 6."""
    for n in range(30):
        ended(ana, now, "won" if n < won else "lost")
        ended(bob, now, "won" if n < 6 else "lost")


def test_the_numbers_of_a_day_say_whether_reps_differ_and_are_read_back_as_they_were_written(
    pool: PoolRow, ana: Rep, bob: Rep, now: datetime
) -> None:
    say_alike(pool, ana, bob, now, won=27)
    publish_pool(pool, now)
    measure_performance(now=now)

    skill = numbers(pool, now).skill
    assert skill is not None
    assert skill.differ
    assert skill.p_value is not None
    assert skill.p_value < 0.05
    assert unpack_skill(loads(dumps(pack_skill(skill))), dimensions=skill.dimensions) == skill


def test_where_nothing_shows_a_difference_nobody_is_tilted(pool: PoolRow, ana: Rep, bob: Rep) -> None:
    say_alike(pool, ana, bob, LATE_IN_MARCH, won=9)
    publish_pool(pool, LATE_IN_MARCH, performance_mode="more_leads")
    measure_performance(now=LATE_IN_MARCH)

    skill = numbers(pool, LATE_IN_MARCH).skill
    assert skill is not None
    assert not skill.differ
    assert set(WeightTilt.objects.get().factors.values()) == {1.0}


def test_what_is_said_of_their_differing_outlives_a_day_of_weaker_evidence(
    pool: PoolRow, ana: Rep, bob: Rep, now: datetime
) -> None:
    """Odds of 7 to 1 do not begin it, but they do not end it."""
    say_alike(pool, ana, bob, now, won=16)
    publish_pool(pool, now)
    measure_performance(now=now)
    first = PerformanceTable.objects.get()
    assert not first.content["skill"]["differ"]
    assert first.content["skill"]["p_value"] < 1

    first.content["skill"]["differ"] = True
    first.save()
    measure_performance(now=now + timedelta(days=1))

    assert PerformanceTable.objects.latest("day").content["skill"]["differ"]


def test_numbers_of_the_first_generation_are_read_as_they_always_were(
    pool: PoolRow, ana: Rep, bob: Rep, now: datetime
) -> None:
    say_alike(pool, ana, bob, now, won=9)
    publish_pool(pool, now)
    measure_performance(now=now)
    row = PerformanceTable.objects.get()
    del row.content["skill"]
    row.save()
    _table.cache_clear()

    table = numbers(pool, now)
    assert table.skill is None
    assert estimate_of(table, ana.pk, ("web",)) == expected_result(table, ana.pk, ("web",))
