"""The OpenAPI document says what the API does, and the API does what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from hypothesis import given, settings
from schemathesis import Case, GenerationMode

from routing.api.problems import MEDIA_TYPE
from routing.api.schema import MEANINGS
from routing.api.urls import urlpatterns
from routing.api.views.docs import document
from routing.intake.facts import READERS
from tests.api.conftest import API
from tests.api.described import HOWEVER_LONG, check, described

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

    assert named == {"name", "email", "rulebook", "used", "rep"}


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


@pytest.mark.schema
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("label", [label for label, _ in OPERATIONS])
def test_the_api_does_what_its_document_says(label: str, mode: GenerationMode, used_key: str) -> None:
    """One request that keeps to the document, and one that does not; many more of each in make test-long."""
    method, path = label.split(" ", 1)

    @settings(max_examples=1, **HOWEVER_LONG)
    @given(case=described()[path][method].as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        check(case, used_key)

    ask()
