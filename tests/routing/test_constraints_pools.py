"""The database refuses impossible settings of pools, and a ledger's day or a pool's numbers twice."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from routing.models import ControlDay, LearnedExpertise, LedgerDay, PerformanceTable, PoolMember, WeightTilt
from tests.factories import make_pool, make_rep
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "number",
    [
        {"totals_days": 0},
        {"totals_days": 3_651},
        {"minimum_fit": -0.1},
        {"shrinkage_k": 0},
        {"half_life_days": 0},
        {"control_share": -0.1},
        {"control_share": 0.6},
        {"offer_minutes": 0},
        {"band": -1},
        {"band": 1_001},
        {"minimum_fit": 1_001},
        {"minimum_fit": float("inf")},
        {"shrinkage_k": 1e300},
        {"shrinkage_k": float("inf")},
        {"half_life_days": 3_651},
        {"offer_minutes": float("inf")},
    ],
)
def test_a_setting_of_a_pool_out_of_bounds_is_refused(number: dict[str, Any]) -> None:
    with refused_by("pool_numbers_have_bounds"):
        make_pool(**number)


@pytest.mark.parametrize("band", [None, 0, 1_000])
def test_a_turn_tolerance_may_be_left_out_or_nothing(band: float | None) -> None:
    assert make_pool(band=band).pk


def test_a_day_counted_twice_for_one_rep_is_refused() -> None:
    day = {"ledger": make_pool().ledger, "day": DAY, "rep": make_rep()}
    LedgerDay.objects.create(won=3, **day)

    with refused_by("ledger_day_once"):
        LedgerDay.objects.create(won=4, **day)


@pytest.mark.parametrize("apart", [{"turns_by": "trial"}, {"control": True}, {"day": date(2026, 3, 3)}])
def test_what_is_counted_apart_has_its_own_day(apart: dict[str, Any]) -> None:
    day = {"ledger": make_pool().ledger, "day": DAY, "rep": make_rep()}
    LedgerDay.objects.create(won=3, **day)

    assert LedgerDay.objects.create(won=4, **day | apart).pk


def test_the_performance_of_a_pool_twice_on_a_day_is_refused(now: datetime) -> None:
    pool = make_pool()
    PerformanceTable.objects.create(pool=pool, day=DAY, content={}, computed_at=now)

    with refused_by("performance_table_once_a_day"):
        PerformanceTable.objects.create(pool=pool, day=DAY, content={"leads": 1}, computed_at=now)


def test_what_a_pool_learned_of_expertise_twice_on_a_day_is_refused(now: datetime) -> None:
    pool = make_pool()
    LearnedExpertise.objects.create(pool=pool, day=DAY, content={}, computed_at=now)

    with refused_by("learned_expertise_once_a_day"):
        LearnedExpertise.objects.create(pool=pool, day=DAY, content={"leads": 1}, computed_at=now)


def test_a_control_group_counted_twice_for_a_day_is_refused() -> None:
    day = {"pool": make_pool(), "day": DAY, "version": 1, "control": True, "wins": 1, "by_turn": 0}
    ControlDay.objects.create(leads=3, **day)

    with refused_by("control_day_once"):
        ControlDay.objects.create(leads=4, **day)


def test_the_weights_of_a_pool_tilted_twice_in_a_month_are_refused(now: datetime) -> None:
    pool = make_pool()
    WeightTilt.objects.create(pool=pool, month=date(2026, 3, 1), factors={}, computed_at=now)

    with refused_by("weight_tilt_once_a_month"):
        WeightTilt.objects.create(pool=pool, month=date(2026, 3, 1), factors={"1": 1.5}, computed_at=now)


@pytest.mark.parametrize("ramp", [{"ramp_weeks": 4}, {"ramp_from": True}, {"ramp_weeks": 53, "ramp_from": True}])
def test_a_ramp_without_a_start_or_a_length_is_refused(now: datetime, ramp: dict[str, Any]) -> None:
    fields = {key: now if value is True else value for key, value in ramp.items()}

    with refused_by("pool_member_ramp_has_bounds"):
        PoolMember.objects.create(pool=make_pool(), rep=make_rep(), **fields)
