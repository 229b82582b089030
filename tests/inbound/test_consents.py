"""A consent is what somebody said, and nothing else is: no word of the mapping's own, no half of a list."""

from __future__ import annotations

from typing import Any

import pytest

from routing.intake.bodies import item_body
from routing.models import InboundAddress
from routing.services.inbound.trying import would_make

BEGINS_YES = {"regex": "^(?i:ja|yes)"}


def consent_of(rows: Any, body: dict[str, Any]) -> Any:
    address = InboundAddress(name="x", mapping={"email": "email", "consent": rows})
    return would_make(address, item_body({"email": "mia@globex.com"} | body)).lead.get("consent")


@pytest.mark.parametrize(
    ("rows", "body"),
    [
        ([{"path": "c", "transforms": [BEGINS_YES]}, {"value": True}], {"c": "Nein danke"}),
        ({"path": "c", "transforms": [BEGINS_YES, {"default": "yes"}]}, {"c": "Nein danke"}),
        ([{"path": "c", "transforms": [{"get": "given"}]}, {"value": True}], {"c": {"refused": "yes"}}),
        ("c", {"c": ["yes", {"text": "no"}]}),
        ("c", {"c": ["yes", ["no"]]}),
    ],
    ids=["a later way", "a default", "another name", "an object in a list", "a list in a list"],
)
def test_what_cannot_be_read_is_none(rows: Any, body: dict[str, Any]) -> None:
    assert consent_of(rows, body) is None


@pytest.mark.parametrize("body", [{"c": "Ja, gern"}, {}])
def test_a_default_counts_where_nothing_was_said(body: dict[str, Any]) -> None:
    assert consent_of({"path": "c", "transforms": [BEGINS_YES, {"default": "yes"}]}, body) is True


def test_of_several_spellings_one_no_is_a_no() -> None:
    assert consent_of("opt_in", {"opt_in": "yes", "optIn": "no"}) is False
