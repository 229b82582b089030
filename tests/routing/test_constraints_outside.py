"""The database refuses half-done deliveries, and the same incident open twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from routing.models import Incident, Webhook, WebhookDelivery
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("half", [{"done_at": True}, {"result": "sent"}])
def test_a_delivery_half_done_is_refused(now: datetime, half: dict[str, Any]) -> None:
    fields = {key: now if value is True else value for key, value in half.items()}
    webhook = Webhook.objects.create(name="CRM", url="https://crm.example/in", secret="whsec_")

    with refused_by("delivery_done_has_a_result"):
        WebhookDelivery.objects.create(
            webhook=webhook, event="lead.received", body="{}", created_at=now, available_at=now, **fields
        )


def _incident(now: datetime, **fields: Any) -> Incident:
    return Incident.objects.create(kind="unsent", text="3 alerts are not sent", opened_at=now, seen_at=now, **fields)


def test_the_same_incident_open_twice_is_refused(now: datetime) -> None:
    _incident(now)

    with refused_by("incident_open_once"):
        _incident(now)


def test_an_incident_that_is_over_may_come_back(now: datetime) -> None:
    _incident(now, closed_at=now)

    _incident(now)
