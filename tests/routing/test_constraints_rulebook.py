"""The database refuses impossible pools, territories, rules and settings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from routing.models import LedgerAccount, PoolMember, RoutingSettings, Rule, RulebookVersion, Territory
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings, make_sla
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db


def test_two_pools_of_one_name_are_refused() -> None:
    make_pool(name="SMB")

    with refused_by("pool_name_once"):
        make_pool(name="SMB")


def test_the_name_of_an_archived_pool_may_be_used_again(now: datetime) -> None:
    make_pool(name="SMB", archived_at=now)

    assert make_pool(name="SMB").pk


def test_an_unknown_strategy_is_refused() -> None:
    with refused_by("pool_strategy_is_known"):
        make_pool(strategy="coin_toss")


def test_a_member_twice_is_refused() -> None:
    rep = make_rep()

    with refused_by("pool_member_once"):
        make_pool(rep, rep)


@pytest.mark.parametrize("weight", [0, -1, 1000.001])
def test_a_weight_out_of_bounds_is_refused(weight: float) -> None:
    pool, rep = make_pool(), make_rep()

    with refused_by("pool_member_weight_is_positive"):
        PoolMember.objects.create(pool=pool, rep=rep, weight=weight)


def test_a_second_account_in_one_ledger_is_refused() -> None:
    pool, rep = make_pool(), make_rep()
    LedgerAccount.objects.create(ledger=pool.ledger, rep=rep)

    with refused_by("ledger_account_once"):
        LedgerAccount.objects.create(ledger=pool.ledger, rep=rep)


def test_two_territories_of_one_name_are_refused() -> None:
    Territory.objects.create(name="West")

    with refused_by("territory_name_once"):
        Territory.objects.create(name="West")


def test_a_territory_of_a_rep_and_a_pool_is_refused() -> None:
    rep, pool = make_rep(), make_pool()

    with refused_by("territory_has_one_owner"):
        Territory.objects.create(name="West", owner_rep=rep, owner_pool=pool)


def test_a_territory_as_its_own_parent_is_refused() -> None:
    territory = Territory.objects.create(name="West")

    with refused_by("territory_is_not_its_own_parent"):
        Territory.objects.filter(pk=territory.pk).update(parent=territory)


def test_a_territory_that_ends_before_it_starts_is_refused() -> None:
    with refused_by("territory_ends_after_it_starts"):
        Territory.objects.create(name="West", start=date(2026, 3, 2), end=date(2026, 3, 1))


def test_two_sla_policies_of_one_name_are_refused() -> None:
    make_sla(name="Five minutes")

    with refused_by("sla_policy_name_once"):
        make_sla(name="Five minutes")


@pytest.mark.parametrize(
    "number",
    [
        {"first_response_minutes": 0},
        {"first_response_minutes": -5},
        {"accept_minutes": -1},
        {"accept_minutes": float("inf")},
        {"max_attempts": 0},
        {"max_attempts": 101},
    ],
)
def test_an_answer_in_no_time_or_for_ever_is_refused(number: dict[str, Any]) -> None:
    with refused_by("sla_policy_minutes_have_bounds"):
        make_sla(**number)


def test_two_rules_of_one_name_are_refused() -> None:
    pool = make_pool()
    make_rule(name="German", pool=pool)

    with refused_by("rule_name_once"):
        make_rule(name="German", pool=pool)


def test_a_second_catch_all_is_refused() -> None:
    pool = make_pool()
    make_catch_all(pool)

    with refused_by("rule_one_catch_all"):
        make_catch_all(pool, name="Another")


def test_a_catch_all_that_is_off_is_refused() -> None:
    pool = make_pool()

    with refused_by("rule_catch_all_is_enabled"):
        make_catch_all(pool, enabled=False)


def test_a_rule_for_no_pool_is_refused() -> None:
    with refused_by("rule_pool_destination_names_a_pool"):
        make_rule(destination="pool")


def test_a_rule_for_no_person_is_refused() -> None:
    with refused_by("rule_rep_destination_names_a_rep"):
        make_rule(destination="rep")


@pytest.mark.parametrize("minutes", [None, 0, float("inf")])
def test_a_rule_that_waits_no_time_or_for_ever_is_refused(minutes: float | None) -> None:
    with refused_by("rule_wait_has_minutes"):
        make_rule(destination="park", when_nobody="wait", wait_minutes=minutes)


def test_a_rule_that_overflows_to_no_pool_is_refused() -> None:
    with refused_by("rule_overflow_names_a_pool"):
        make_rule(destination="park", when_nobody="overflow")


@pytest.mark.parametrize("days", [0, 3651])
def test_a_nurture_that_ends_at_once_or_never_is_refused(days: int) -> None:
    rule = make_rule(destination="park")

    with refused_by("rule_review_days_have_bounds"):
        Rule.objects.filter(pk=rule.pk).update(review_days=days)


@pytest.mark.parametrize("paused", [True, False])
def test_a_pause_without_a_beginning_or_a_beginning_without_a_pause_is_refused(now: datetime, paused: bool) -> None:
    with refused_by("routing_settings_pause_has_a_beginning"):
        make_settings(paused=paused, paused_since=None if paused else now)


def test_a_second_row_of_settings_is_refused() -> None:
    make_settings()

    with refused_by("routing_settings_is_one_row"):
        RoutingSettings.objects.create(pk=2)


@pytest.mark.parametrize(
    "span",
    [
        {"duplicate_minutes": -1},
        {"returning_days": -1},
        {"company_days": -1},
        {"hold_deadline_hours": 0},
        {"taper_days": -1},
        {"release_burst": 0},
        {"release_burst": 1_001},
        {"signal_half_life_days": 0},
        {"duplicate_minutes": 1e11},
        {"returning_days": 99_999_999},
        {"company_days": 99_999_999},
        {"hold_deadline_hours": 1e308},
        {"taper_days": 99_999_999},
        {"signal_half_life_days": 99_999_999},
    ],
)
def test_a_span_of_time_without_sense_is_refused(span: dict[str, Any]) -> None:
    with refused_by("routing_settings_spans_have_bounds"):
        make_settings(**span)


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_match_threshold_that_is_no_share_is_refused(threshold: float) -> None:
    with refused_by("routing_settings_threshold_is_a_share"):
        make_settings(match_threshold=threshold)


def test_a_version_zero_is_refused(now: datetime) -> None:
    with refused_by("rulebook_version_number_from_1"):
        RulebookVersion.objects.create(number=0, content={}, published_at=now)
