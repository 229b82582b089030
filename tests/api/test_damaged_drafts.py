"""Rows of the draft that hold JSON of the wrong kind are shown and named, and publishing refuses them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reps.models import Rep
from routing.models import Pool, RoutingSettings, Rule, SlaPolicy, Source, Territory, Topic
from routing.rulebook.lint import Severity
from routing.services.lint import lint
from routing.services.publish import CannotPublish, publish
from tests.api.conftest import API
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings, make_sla

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("JSON is read and judged in Python, never by a query")]
BROKEN: list[tuple[type[Any], str, Any, str]] = [
    (Rule, "conditions", 5, "when"),
    (Rule, "conditions", [5], "when"),
    (Rule, "weekdays", 5, "active.weekdays"),
    (Rule, "requires", "x", "requires"),
    (Rule, "notify", {"a": 1}, "notify"),
    (Pool, "requires", "x", "requires"),
    (Pool, "segments", 5, "performance.segments"),
    (Pool, "creditable_reasons", {"x": 1}, "creditable_reasons"),
    (Pool, "working_hours", [5], "working_hours"),
    (Territory, "employees", [], "employees"),
    (Territory, "countries", "US", "countries"),
    (Territory, "postal_codes", {"a": 1}, "postal_codes"),
    (Topic, "keywords", 5, "keywords"),
    (Source, "wait_for", 5, "wait_for"),
    (SlaPolicy, "steps", 5, "steps"),
    (RoutingSettings, "score", 5, "score"),
    (RoutingSettings, "grades", [1], "grades"),
    (RoutingSettings, "working_hours", [1], "working_hours"),
    (RoutingSettings, "stages", 5, "stages"),
]
IDS = [f"{model.__name__}.{field}={value}" for model, field, value, _ in BROKEN]
SECTIONS = {
    Rule: "rules",
    Pool: "pools",
    Territory: "territories",
    Topic: "topics",
    Source: "sources",
    SlaPolicy: "sla-policies",
    Rep: "reps",
    RoutingSettings: "settings",
}


def damage(model: type[Any], field: str, value: Any) -> Any:
    """One row of each kind, that of `model` written by hand."""
    pool = make_pool(make_rep("Ana"))
    make_rule(name="First", pool=pool)
    make_catch_all(pool)
    make_settings()
    make_sla()
    Territory.objects.create(name="West")
    Topic.objects.create(name="Kubernetes")
    Source.objects.create(name="Website")
    row = model.objects.order_by("pk").first()
    model.objects.filter(pk=row.pk).update(**{field: value})
    return row


@pytest.mark.parametrize(("model", "field", "value", "path"), BROKEN, ids=IDS)
def test_lint_names_the_place_and_publishing_refuses_in_the_same_words(
    model: type[Any], field: str, value: Any, path: str, now: datetime
) -> None:
    row = damage(model, field, value)

    errors = [finding for finding in lint(now=now) if finding.severity is Severity.ERROR]

    assert [finding.path for finding in errors] == [path]
    assert errors[0].name == getattr(row, "name", "")
    with pytest.raises(CannotPublish) as refusal:
        publish(note="", user=None, now=now)
    assert errors[0].message in refusal.value.errors[0]


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [*(row[:3] for row in BROKEN), (Rep, "languages", 5), (Rep, "caps", 5), (Rep, "caps", [])],
)
def test_pages_and_lists_show_such_a_row(
    model: type[Any], field: str, value: Any, admin_client: Client, api: Client
) -> None:
    row = damage(model, field, value)
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    addresses = [reverse(f"{page}_changelist"), reverse(f"{page}_change", args=[row.pk])]
    section = SECTIONS[model]
    addresses += [f"{API}/{section}"] + ([f"{API}/{section}/{row.uuid}"] if section != "settings" else [])

    statuses = {
        address: (api if address.startswith(API) else admin_client).get(address).status_code for address in addresses
    }

    assert set(statuses.values()) <= {200, 302}, statuses
