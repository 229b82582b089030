"""What the OpenAPI document promises, asked of the API by requests that schemathesis makes up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import CHECKS
from schemathesis.schemas import BaseSchema

from leadrouting.wsgi import application
from routing.api.uploads import XlsxBody
from tests.api.conftest import API

HOWEVER_LONG: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
NAMED = ("/statement", "/why")
"""Reads whose parameters name something that there is, or instants that belong together."""
FILES = ("text/csv", "application/x-ndjson", "application/jsonl", XlsxBody.media_type)


@cache
def described() -> BaseSchema:
    """The document as it is served."""
    schema = schemathesis.openapi.from_wsgi(f"{API}/schema/", application)
    refusals = schema.config.checks.negative_data_rejection
    refusals.expected_statuses = [*refusals.expected_statuses, "412"]  # If-Match is looked at before the body
    return schema


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """No cursor can be guessed: they are encrypted."""
    return {name: value for name, value in query.items() if name != "cursor"} if query else query


def _is_valid_after_all(case: schemathesis.Case) -> bool:
    """What is not sent at all breaks no rule, and blanks around a text do not count to its length."""
    unsent = any(value in (None, [], {}) for value in (case.query or {}).values())
    return unsent or any(text.strip() not in (text, "") for text in _texts(case.body))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


@schemathesis.serializer(*FILES)
def as_it_is(context: Any, value: Any) -> bytes:
    """A file is sent as it was made up."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def check(case: schemathesis.Case, secret: str) -> None:
    """What fields mean (a country, an address, a name) is more than a schema can say, so they may be refused."""
    label = case.operation.label
    is_read = label.startswith("GET ") and not label.endswith(NAMED) and "/insights/" not in label

    guessed = [] if is_read else [CHECKS.get_one("positive_data_acceptance")]
    if _is_valid_after_all(case):
        guessed.append(CHECKS.get_one("negative_data_rejection"))
    case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, excluded_checks=guessed)
