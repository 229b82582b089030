"""Reports over the API: how fast leads were dealt with, and who has how much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from reps.models import Rep
from routing.models import Assignment, Lead
from tests.api.conftest import API, count_queries
from tests.factories import make_owned_lead, make_rep

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
TO_NOON = "to=2026-03-03T12:00:00Z"


def answered(name: str, *, seconds: int, **rep: Any) -> None:
    """A lead of an hour ago that this rep answered after so many seconds."""
    at = NOON - timedelta(hours=1)
    owner, answer = make_rep(name, **rep), at + timedelta(seconds=seconds)
    lead = make_owned_lead(at, owner, owned_at=at)
    Lead.objects.filter(pk=lead.pk).update(submitted_at=at, first_response_at=answer)
    Assignment.objects.create(lead=lead, rep=owner, method="direct", assigned_at=at, alerted_at=at, responded_at=answer)


def test_speed_tells_percentiles_and_the_share_within_the_target(api: Client) -> None:
    for number, seconds in enumerate((60, 120, 600)):
        answered(f"Rep {number}", seconds=seconds)
    told = api.get(f"{API}/insights/speed?{TO_NOON}").json()
    answer = told["speed_to_lead"]
    assert (answer["count"], answer["p50"], answer["target"]) == (3, 120.0, 300.0)
    assert answer["within"] == pytest.approx(2 / 3)
    assert sum(bucket["count"] for bucket in answer["histogram"]) == 3
    assert (told["since"], told["until"]) == ("2026-02-24T12:00:00Z", "2026-03-03T12:00:00Z")


def test_speed_keeps_people_and_agents_apart(api: Client) -> None:
    answered("Ana", seconds=60)
    answered("Ada", seconds=2, kind="agent", webhook="https://agent.example/")
    told = api.get(f"{API}/insights/speed?{TO_NOON}").json()
    assert [told[f"speed_to_lead_of_{kind}"]["p50"] for kind in ("people", "agents")] == [60.0, 2.0]


def test_speed_tells_the_delay_of_the_rep_and_of_the_system_apart(api: Client) -> None:
    answered("Ana", seconds=60)
    told = api.get(f"{API}/insights/speed?{TO_NOON}").json()
    assert (told["rep_delay"]["p50"], told["to_owner"]["p50"], told["system_delay"]["count"]) == (60.0, 0.0, 0)


def test_speed_without_leads_is_null_not_an_error(api: Client) -> None:
    told = api.get(f"{API}/insights/speed").json()
    assert (told["speed_to_lead"]["count"], told["speed_to_lead"]["p50"], told["in_time"]["share"]) == (0, None, None)


def test_load_tells_what_each_rep_got_and_has_open(api: Client) -> None:
    answered("Ana", seconds=60)
    [ana] = api.get(f"{API}/insights/load?{TO_NOON}").json()["reps"]
    assert (ana["name"], ana["leads"], ana["turns"], ana["share"], ana["agent"]) == ("Ana", 1, 0, None, False)
    assert ana["rep"] == Rep.objects.get().email


@pytest.mark.parametrize("name", ["speed", "load"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2026-03-01", "to"),
        ("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "from"),
        ("from=2020-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "from"),
        ("rep=ana", "rep"),
    ],
)
def test_a_period_that_is_none_is_refused(api: Client, name: str, query: str, field: str) -> None:
    answer = api.get(f"{API}/insights/{name}?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("name", ["speed", "load"])
def test_reports_need_their_scope(api_with: Callable[..., Client], name: str) -> None:
    assert api_with("leads:read", "config:read").get(f"{API}/insights/{name}").status_code == 403
    assert api_with("insights:read").get(f"{API}/insights/{name}").status_code == 200


@pytest.mark.parametrize("name", ["speed", "load"])
def test_a_report_takes_the_same_queries_however_many_leads(api: Client, name: str) -> None:
    answered("Ana", seconds=60)
    few = count_queries(api, f"insights/{name}?{TO_NOON}")
    for number in range(5):
        answered(f"Rep {number}", seconds=60)
    assert count_queries(api, f"insights/{name}?{TO_NOON}") == few <= (60 if connection.vendor == "sqlite" else 35)
