"""Old webhook deliveries are removed, those that were given up later; what waits stays."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.models import Incident, Webhook, WebhookDelivery
from routing.services.sweep import TASKS
from routing.services.webhooks import prune
from routing.services.webhooks.dead_letters import note_dead_letter
from routing.services.webhooks.prune import prune_deliveries
from tests.routing.calls import hook_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(settings: Any) -> Webhook:
    settings.WEBHOOK_DAYS, settings.DEAD_LETTER_DAYS = 30, 180
    return hook_to("https://crm.example/", settings)


def made(hook: Webhook, now: datetime, *, days: float, result: str = "sent", number: int = 1) -> None:
    """Deliveries of so many days ago."""
    at = now - timedelta(days=days)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            uuid=uuid.uuid4(), webhook=hook, event="lead.received", body=f"{result} {days}", created_at=at,
            available_at=at, done_at=at if result else None, result=result,
        )
        for _ in range(number)
    )  # fmt: skip


def left() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("body", flat=True))


def test_what_arrived_long_ago_is_removed(now: datetime, hook: Webhook) -> None:
    for days in (40, 31, 29, 0):
        made(hook, now, days=days)
    assert prune_deliveries(now=now) == 2
    assert left() == ["sent 29", "sent 0"]


def test_what_was_given_up_is_kept_longer_and_what_waits_for_ever(now: datetime, hook: Webhook) -> None:
    for days, result in ((400, "failed"), (300, ""), (170, "failed"), (31, "sent"), (29, "sent")):
        made(hook, now, days=days, result=result)
    assert prune_deliveries(now=now) == 2
    assert left() == [" 300", "failed 170", "sent 29"]


def test_what_was_given_up_is_removed_where_nothing_ever_arrived(now: datetime, hook: Webhook) -> None:
    made(hook, now, days=181, result="failed")
    assert prune_deliveries(now=now) == 1


def test_the_incident_about_what_was_removed_is_over(now: datetime, hook: Webhook) -> None:
    made(hook, now, days=181, result="failed")
    note_dead_letter(hook, "lead.received", "It answered 500.", now=now)
    prune_deliveries(now=now)
    assert not Incident.objects.open().exists()


def test_zero_days_keep_everything(now: datetime, hook: Webhook, settings: Any) -> None:
    settings.WEBHOOK_DAYS = settings.DEAD_LETTER_DAYS = 0
    for result in ("sent", "failed"):
        made(hook, now, days=999, result=result)
    assert prune_deliveries(now=now) == 0


def test_a_turn_removes_only_so_many(now: datetime, hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "MOST", 10)
    made(hook, now, days=40, number=25)
    assert [prune_deliveries(now=now) for _ in range(4)] == [10, 10, 5, 0]


def test_the_statements_do_not_grow_with_what_there_is_to_remove(now: datetime, hook: Webhook) -> None:
    statements = []
    for number in (1, 60):
        made(hook, now, days=400, result="failed", number=number)
        made(hook, now, days=40, number=number)
        with CaptureQueriesContext(connection) as queries:
            prune_deliveries(now=now)
        statements.append(len(queries))
    assert statements[0] == statements[1]


def test_nothing_to_remove_is_two_look_ups(now: datetime, hook: Webhook, django_assert_num_queries: Any) -> None:
    made(hook, now, days=1, number=5)
    with django_assert_num_queries(2):
        prune_deliveries(now=now)


def test_the_clock_does_it() -> None:
    assert prune_deliveries in TASKS
