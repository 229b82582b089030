"""What monitoring is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from pytest_django import Settings

from leadrouting import health
from leadrouting.metrics import Figures
from routing import doorbell
from routing.clock import current_time
from routing.models import Assignment, Heartbeat, Incident, OutboxMessage
from routing.services.heartbeats import REQUIRED
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_lead, make_pool, make_rep
from tests.valkey import running_valkey

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_valkey(tmp_path_factory.mktemp("v")) as url:
        yield url


@pytest.fixture
def well(address: str, settings: Settings) -> Iterator[datetime]:
    """A system with nothing to complain about, now."""
    settings.REDIS_ADDRESS = address
    doorbell._line.cache_clear()
    now = current_time()
    for name in REQUIRED:
        Heartbeat.objects.beat(name, now)
    yield now
    doorbell._line.cache_clear()


def causes(client: Client) -> Any:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()["causes"]


def make_message(now: datetime, **fields: Any) -> None:
    OutboxMessage.objects.create(
        **{"key": "k", "kind": OutboxMessage.Kind.ALERT, "created_at": now, "available_at": now} | fields
    )


def test_the_process_answers_without_a_database(client: Client) -> None:
    connection.close()

    assert client.get("/healthz").json() == {"status": "ok"}


def test_all_is_well(client: Client, well: datetime) -> None:
    assert client.get("/readyz").json() == {"status": "ok", "causes": []}


def test_redis_is_away(client: Client, well: datetime, settings: Settings) -> None:
    settings.REDIS_ADDRESS = "redis://127.0.0.1:1/0"
    doorbell._line.cache_clear()

    assert causes(client) == ["redis"]


def test_a_lead_waits_too_long(client: Client, well: datetime) -> None:
    make_lead(well - timedelta(seconds=61))

    assert causes(client) == ["oldest unrouted lead"]


@pytest.mark.parametrize("waits", [{}, {"tries": 3, "available_at": "later"}])
def test_an_alert_waits_too_long(client: Client, well: datetime, waits: dict[str, Any]) -> None:
    later = {"available_at": well + timedelta(hours=1)} if "available_at" in waits else {}
    make_message(well - timedelta(seconds=121), **waits | later)

    assert causes(client) == ["oldest unsent alert"]


def test_an_alert_that_is_meant_for_later_is_not_late(client: Client, well: datetime) -> None:
    make_message(well - timedelta(hours=1), available_at=well + timedelta(hours=1))

    assert causes(client) == []


def test_a_process_no_longer_goes_round(client: Client, well: datetime) -> None:
    Heartbeat.objects.beat("worker routing", well - timedelta(seconds=61))

    assert causes(client) == ["heartbeat of worker routing"]


def test_each_process_of_a_role_is_named(client: Client, well: datetime) -> None:
    Heartbeat.objects.beat("clock sweep@a:1", well - timedelta(seconds=61))
    Heartbeat.objects.beat("clock sweep@b:2", well)

    assert causes(client) == ["heartbeat of clock sweep@a:1"]


def test_open_incidents_are_named(client: Client, well: datetime) -> None:
    Incident.objects.create(kind=Incident.Kind.SILENT_SOURCE, subject="website", text="…", opened_at=well, seen_at=well)

    assert causes(client) == ["incident: silent_source website"]


def test_without_a_clock_it_is_degraded_and_strictly_not_ready(client: Client, well: datetime) -> None:
    Heartbeat.objects.all().delete()

    answer = client.get("/readyz?strict=1")

    assert answer.status_code == 503
    assert answer.json()["status"] == "degraded"
    assert len(answer.json()["causes"]) == len(REQUIRED)


def test_without_a_database_it_is_not_ready(client: Client, well: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "current_time", Mock(side_effect=OperationalError))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["causes"]) == (503, ["database"])
    assert answer["Retry-After"]


def test_with_tables_missing_it_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    health._check_migrations.cache_clear()
    monkeypatch.setattr("leadrouting.health.MigrationExecutor.migration_plan", lambda *_: ["one"])

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["causes"]) == (503, ["migrations"])


def test_metrics_count_what_waits(client: Client, well: datetime) -> None:
    make_lead(well - timedelta(seconds=5))

    text = client.get("/metrics").content.decode()

    assert "\nleadrouting_leads_pending 1.0\n" in text
    assert "\nleadrouting_redis_up 1.0\n" in text
    assert 'leadrouting_heartbeat_age_seconds{process="clock routing"}' in text


def test_metrics_take_fifteen_statements_whatever_waits(
    client: Client, well: datetime, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        make_lead(well - timedelta(seconds=5))
    with django_assert_num_queries(15):
        list(Figures(well).collect())


def test_metrics_tell_what_happened_in_the_last_hour(client: Client, well: datetime) -> None:
    make_catch_all(make_pool(make_rep("Ana")))
    publish(note="", user=None, now=well)
    make_lead(well - timedelta(seconds=20))
    route_all(now=well - timedelta(seconds=10))
    Assignment.objects.update(alerted_at=well - timedelta(seconds=7))

    text = client.get("/metrics").content.decode()

    assert 'leadrouting_decisions_last_hour{outcome="assigned"} 1.0' in text
    assert "leadrouting_batch_size 1.0" in text
    assert 'leadrouting_speed_to_owner_seconds_bucket{le="5"} 0.0' in text
    assert 'leadrouting_speed_to_owner_seconds_bucket{le="30"} 1.0' in text
    assert 'leadrouting_alert_latency_seconds_bucket{le="5"} 1.0' in text


@pytest.mark.parametrize(("path", "kind"), [("/admin/", "text/html"), ("/api/v1/leads", "application/problem+json")])
def test_a_database_that_is_away_is_told_as_the_reader_expects(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    try:
        raise OperationalError
    except OperationalError:
        answer = health.server_error(rf.get(path))

    assert answer["Content-Type"].startswith(kind)
    assert b"Nothing was changed" in answer.content


@pytest.mark.parametrize(
    ("error", "answers", "status"),
    [(OperationalError, False, 503), (OperationalError, True, 500), (RuntimeError, True, 500)],
)
def test_a_page_says_when_the_database_is_away(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, error: type[Exception], answers: bool, status: int
) -> None:
    monkeypatch.setattr(connection, "is_usable", lambda: answers)
    try:
        raise error
    except error:
        answer = health.server_error(rf.get("/admin/"))

    assert answer.status_code == status
    assert ("Retry-After" in answer) == (status == 503)
