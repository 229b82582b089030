"""The OpenAPI document says what the API does, and the API does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import yaml
from django.core import signals
from django.core.management import call_command
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from leadrouting.wsgi import application
from routing.api.problems import MEDIA_TYPE
from routing.api.schema import MEANINGS
from routing.api.uploads import XlsxBody
from routing.api.urls import urlpatterns
from routing.api.views.docs import document
from routing.intake.facts import READERS
from routing.services.api_keys import NewKey
from routing.services.receive_lead import receive_lead
from tests.api.conftest import API
from tests.factories import make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

UNDOCUMENTED = {"schema", "docs", "unknown"}
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in document()["paths"].items()
    for method, operation in operations.items()
]


def test_the_document_is_valid_and_nothing_in_it_is_guessed(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "openapi.yaml"))


def test_every_address_is_in_the_document() -> None:
    served = {
        f"{API}/" + re.sub("<str:(.*?)>", r"{\1}", str(pattern.pattern))
        for pattern in urlpatterns
        if pattern.name not in UNDOCUMENTED
    }

    assert document()["paths"].keys() == served


@pytest.mark.parametrize(("label", "operation"), OPERATIONS)
def test_every_operation_names_its_scope_and_its_errors(label: str, operation: dict[str, Any]) -> None:
    errors = {status for status in operation["responses"] if int(status) >= 400}

    assert errors >= {"400", "401", "403", "405", "429", "503"} | ({"404"} if "{id}" in label else set())
    assert errors <= {str(status) for status in MEANINGS}
    assert "Scope: `" in operation["description"]
    assert operation["summary"]
    assert operation["security"] == [{"apiKey": []}]


@pytest.mark.parametrize(("label", "operation"), OPERATIONS)
def test_every_error_has_an_example_that_says_what_is_wrong(label: str, operation: dict[str, Any]) -> None:
    errors = {int(status): answer for status, answer in operation["responses"].items() if int(status) >= 400}
    examples = {status: answer["content"][MEDIA_TYPE]["example"] for status, answer in errors.items()}

    assert all(example["status"] == status and example["detail"] for status, example in examples.items())
    assert examples[403]["detail"].removesuffix(".").split()[-1] in operation["description"]


def test_an_example_names_a_field_only_where_one_is_wrong() -> None:
    examples = {
        label: operation["responses"]["409"]["content"][MEDIA_TYPE]["example"]
        for label, operation in OPERATIONS
        if "409" in operation["responses"]
    }
    named = {field for example in examples.values() for field in example.get("errors", {})}

    assert named == {"name", "email", "rulebook", "used"}


def test_every_field_of_a_lead_that_can_be_sent_can_be_read() -> None:
    schemas = document()["components"]["schemas"]
    sent = document()["paths"][f"{API}/leads"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert sent["properties"].keys() == READERS.keys()
    assert READERS.keys() <= schemas["Lead"]["properties"].keys()


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [("*/*", "application/vnd.oai.openapi+json"), ("application/yaml", "application/vnd.oai.openapi")],
)
def test_the_document_is_served_as_json_or_yaml(client: Client, accept: str, content_type: str) -> None:
    answer = client.get(f"{API}/schema/", headers={"Accept": accept})

    assert answer["Content-Type"].partition(";")[0] == content_type
    assert yaml.load(answer.content, yaml.CSafeLoader)["openapi"].startswith("3.1")


# --- the page to try it ------------------------------------------------------------------------------------------


def test_the_page_has_no_inline_script_and_loads_nothing_from_elsewhere(client: Client) -> None:
    answer = client.get(f"{API}/docs/")
    page = answer.content.decode()

    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert not re.findall(r"<script(?![^>]* src=)[^>]*>|<style|\son\w+=", page)
    assert all(address.startswith("/") for address in re.findall(r'(?:src|href)="([^"]*)"', page))


def test_the_policy_is_as_strict_as_everywhere(client: Client, db: None) -> None:
    policies = [client.get(f"{API}/{path}")["Content-Security-Policy"] for path in ("docs/", "schema/", "leads")]

    assert not [policy for policy in policies if "unsafe" in policy]


def test_the_script_of_the_page_reads_the_document(client: Client) -> None:
    answer = client.get(f"{API}/docs/?script=")

    assert "javascript" in answer["Content-Type"]
    assert f"{API}/schema/" in answer.content.decode().replace("\\u002D", "-")


# --- the document against the API --------------------------------------------------------------------------------

schema = schemathesis.openapi.from_wsgi(f"{API}/schema/", application)
schema.config.phases.coverage.enabled = False
"""Some examples of each operation: its whole volume takes minutes."""
whole_schema = schemathesis.openapi.from_wsgi(f"{API}/schema/", application)
for described in (schema, whole_schema):
    refusals = described.config.checks.negative_data_rejection
    refusals.expected_statuses = [*refusals.expected_statuses, "412"]  # If-Match is looked at before the body
HOWEVER_LONG: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
NAMED = ("/statement", "/why")
"""Reads whose parameters name something that there is, or instants that belong together."""
FILES = ("text/csv", "application/x-ndjson", "application/jsonl", XlsxBody.media_type)
GUESSED = CHECKS.get_one("positive_data_acceptance")


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """No cursor can be guessed: they are signed."""
    return {name: value for name, value in query.items() if name != "cursor"} if query else query


@schemathesis.serializer(*FILES)
def as_it_is(context: Any, value: Any) -> bytes:
    """A file is sent as it was made up."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture
def secret(new_key: NewKey, now: Any) -> Iterator[str]:
    """A key, some rows, and a connection that stays open between the requests."""
    make_settings()
    ana = make_rep("Ana")
    make_catch_all(make_pool(ana))
    make_owned_lead(now, ana)
    receive_lead(facts={"email": "mia@globex.com"}, now=now)
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield new_key.secret
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


def check(case: schemathesis.Case, secret: str) -> None:
    """What fields mean (a country, an address, a name) is more than a schema can say, so they may be refused."""
    label = case.operation.label
    is_read = label.startswith("GET ") and not label.endswith(NAMED) and "/insights/" not in label

    case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, excluded_checks=[] if is_read else [GUESSED])


@pytest.mark.schema
@schema.parametrize()
@settings(max_examples=1, **HOWEVER_LONG)
def test_the_api_does_what_its_document_says(case: schemathesis.Case, secret: str) -> None:
    check(case, secret)


@pytest.mark.schema
@pytest.mark.long
@whole_schema.parametrize()
@settings(max_examples=25, **HOWEVER_LONG)
def test_the_api_does_all_that_its_document_says(case: schemathesis.Case, secret: str) -> None:
    check(case, secret)
