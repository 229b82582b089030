"""The examples of the document are real: every operation is called, and answers as its example says.

LEADROUTING_RECORD_EXAMPLES=1 writes them anew.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from routing.api.examples import CSV, RECORDED, recorded
from routing.api.views.docs import document
from routing.api.webhook_events import body_schema
from routing.models import WebhookDelivery, WebhookEvent
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_pending
from routing.services.webhooks.manage import make_webhook
from tests.api.journeys import Journeys, shortened, walk
from tests.factories import make_catch_all, make_pool, make_rep, make_settings

pytestmark = pytest.mark.one_database("both databases answer the same, which the rest of the API's tests show")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OPERATIONS = {
    operation["operationId"]: operation
    for operations in document()["paths"].values()
    for operation in operations.values()
}


def wrong_with(value: Any, schema: dict[str, Any]) -> list[str]:
    validator = Draft202012Validator({**schema, "components": document()["components"]})
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def misfits(examples: Any) -> dict[str, list[str]]:
    """Operation → what of its example its schemas do not allow."""
    found: dict[str, list[str]] = {}
    for name, example in examples.items():
        operation = OPERATIONS[name]
        bodies = [(operation["requestBody"], example["request"])] if "request" in example else []
        bodies += [
            (operation["responses"][status], told) for status, told in example["answers"].items() if told is not None
        ]
        for body, value in bodies:
            for kind, content in body["content"].items():
                if isinstance(value, str) and kind != CSV:
                    continue
                found.setdefault(name, []).extend(wrong_with(value, content["schema"]))
    return {name: errors for name, errors in found.items() if errors}


@pytest.fixture
def told(api: Client, now: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    monkeypatch.setattr("routing.api.arrival.current_time", lambda: now)
    journeys = Journeys(api, document(), now)
    walk(journeys)
    assert not journeys.failed, "\n".join(journeys.failed)
    journeys.told["send_lead"]["answers"]["201"] = journeys.told["get_lead"]["answers"]["200"]
    return journeys.told


def test_every_operation_answers_as_its_example_says(told: dict[str, dict[str, Any]]) -> None:
    if os.environ.get("LEADROUTING_RECORD_EXAMPLES"):
        kept = shortened(dict(sorted(told.items())))
        RECORDED.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
        recorded.cache_clear()
    differs = [name for name, example in recorded().items() if outline(example) != outline(shortened(told[name]))]

    assert told.keys() == OPERATIONS.keys()
    assert misfits(told) == {}
    assert differs == []


def outline(example: Any) -> Any:
    """What was sent, and the names of what was answered: instants and ids are others each time."""
    names = {status: sorted(told) if isinstance(told, dict) else None for status, told in example["answers"].items()}
    return ID.sub("…", json.dumps(example.get("request"), sort_keys=True)), names


def test_every_operation_has_an_example_and_it_fits() -> None:
    assert recorded().keys() == OPERATIONS.keys()
    assert misfits(recorded()) == {}


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_document_shows_a_request_and_an_answer(name: str) -> None:
    operation = OPERATIONS[name]
    asked = operation.get("requestBody", {}).get("content", {})
    told = {status: answer.get("content", {}) for status, answer in operation["responses"].items() if status < "300"}

    assert not asked or any("example" in content for content in asked.values())
    assert all("example" in content for answer in told.values() for content in answer.values())


# --- what webhooks are told --------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", WebhookEvent.values)
def test_each_event_is_described_with_an_example_that_fits(event: str) -> None:
    content = document()["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]

    assert content["example"]["type"] == event
    assert wrong_with(content["example"], content["schema"]) == []


def test_what_is_really_sent_fits_too(db: None, now: datetime) -> None:
    make_settings()
    make_webhook(name="CRM", url="https://crm.example.com/leads")
    make_catch_all(make_pool(make_rep()))
    publish(note="first", user=None, now=now)
    receive_lead(facts={"email": "mia@globex.com"}, now=now)
    route_pending(now=now)

    sent = [json.loads(delivery.body) for delivery in WebhookDelivery.objects.order_by("pk")]

    assert [body["type"] for body in sent] == ["rulebook.published", "lead.received", "lead.assigned"]
    assert [wrong_with(body, body_schema(body["type"])) for body in sent] == [[], [], []]


def test_every_chapter_of_the_document_is_described() -> None:
    assert [tag["name"] for tag in document()["tags"] if not tag.get("description")] == []
