"""The database refuses impossible topics, tables, sources and examples, and rules that refer to them badly."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import models

from routing.models import Example, LookupRow, LookupTable, Rule, Source, Topic
from tests.factories import make_pool, make_rep, make_rule
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db


def make_example(**fields: Any) -> Example:
    return Example.objects.create(**{"name": "A German trial", "expected_rep": make_rep()} | fields)


def test_two_topics_of_one_name_are_refused() -> None:
    Topic.objects.create(name="kubernetes")

    with refused_by("topic_name_once"):
        Topic.objects.create(name="kubernetes")


def test_two_tables_of_one_name_are_refused() -> None:
    LookupTable.objects.create(name="Partners")

    with refused_by("lookup_table_name_once"):
        LookupTable.objects.create(name="Partners")


def test_two_sources_of_one_name_are_refused() -> None:
    Source.objects.create(name="website")

    with refused_by("source_name_once"):
        Source.objects.create(name="website")


def test_two_examples_of_one_name_are_refused() -> None:
    rep = make_rep()
    make_example(expected_rep=rep)

    with refused_by("example_name_once"):
        make_example(expected_rep=rep)


@pytest.mark.parametrize("model", [Topic, LookupTable, Source], ids=lambda model: model.__name__)
def test_the_name_of_an_archived_row_may_be_used_again(now: datetime, model: type[models.Model]) -> None:
    model._base_manager.create(name="Old", archived_at=now)

    assert model._base_manager.create(name="Old").pk


def test_the_name_of_an_archived_example_may_be_used_again(now: datetime) -> None:
    make_example(archived_at=now)

    assert make_example().pk


def test_a_key_twice_in_one_table_is_refused() -> None:
    table, rep, pool = LookupTable.objects.create(name="Partners"), make_rep(), make_pool()
    LookupRow.objects.create(table=table, key="acme", rep=rep)

    with refused_by("lookup_row_key_once"):
        LookupRow.objects.create(table=table, key="acme", pool=pool)


def test_a_key_may_be_in_several_tables() -> None:
    rep = make_rep()
    one, other = (LookupTable.objects.create(name=name) for name in ("Partners", "Resellers"))
    LookupRow.objects.create(table=one, key="acme", rep=rep)

    assert LookupRow.objects.create(table=other, key="acme", rep=rep).pk


def test_a_row_that_leads_nowhere_is_refused() -> None:
    table = LookupTable.objects.create(name="Partners")

    with refused_by("lookup_row_names_a_rep_or_a_pool"):
        LookupRow.objects.create(table=table, key="acme")


def test_a_row_that_leads_to_a_rep_and_a_pool_is_refused() -> None:
    table, rep, pool = LookupTable.objects.create(name="Partners"), make_rep(), make_pool()

    with refused_by("lookup_row_names_a_rep_or_a_pool"):
        LookupRow.objects.create(table=table, key="acme", rep=rep, pool=pool)


@pytest.mark.parametrize("seconds", [-1, 3_601])
def test_a_source_that_waits_too_long_or_backwards_is_refused(seconds: float) -> None:
    with refused_by("source_wait_has_bounds"):
        Source.objects.create(name="website", wait_for=["country"], wait_seconds=seconds)


def test_an_example_that_expects_nobody_is_refused() -> None:
    with refused_by("example_expects_a_rep_or_a_pool"):
        make_example(expected_rep=None)


def test_an_example_that_expects_a_rep_and_a_pool_is_refused() -> None:
    rep, pool = make_rep(), make_pool()

    with refused_by("example_expects_a_rep_or_a_pool"):
        make_example(expected_rep=rep, expected_pool=pool)


@pytest.mark.parametrize("missing", [{"table": None}, {"table_field": ""}])
def test_a_rule_that_looks_up_nothing_is_refused(missing: dict[str, Any]) -> None:
    lookup = {"table": LookupTable.objects.create(name="Partners"), "table_field": "partner_code"}

    with refused_by("rule_table_destination_names_table_and_field"):
        make_rule(destination="table", **lookup | missing)


@pytest.mark.parametrize("units", [0, 1_001])
def test_a_lead_that_costs_nothing_or_too_much_is_refused(units: int) -> None:
    rule = make_rule(destination="park")

    with refused_by("rule_units_have_bounds"):
        Rule.objects.filter(pk=rule.pk).update(units=units)
