"""First and last name are of one person: a whole name fills only what is missing of the same name."""

from __future__ import annotations

from typing import Any

import pytest

from routing.intake.bodies import item_body
from routing.models import InboundAddress
from routing.services.inbound.presets import inbound_presets
from routing.services.inbound.trying import would_make
from tests.work import work_of

MOST_WORK = 40
"""Million steps of a loop, whatever the machine."""
WHOLE = ["full_name", "name"]
FIRST_WORD = {"path": WHOLE, "transforms": ["trim", "first_word", {"cut": 50}]}
LAST_WORDS = {"path": WHOLE, "transforms": ["trim", "last_words", {"cut": 50}]}
OWN_ROWS = {"email": "email", "first_name": ["first_name", FIRST_WORD], "last_name": ["last_name", LAST_WORDS]}
WHOLE_FIRST = {"email": "email", "first_name": [FIRST_WORD, "first_name"], "last_name": [LAST_WORDS, "last_name"]}
ZAPIER = dict(inbound_presets()["zapier"].mapping) | {"external_id": "crm_id"}


def names(mapping: Any, body: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """First and last name, and the attributes."""
    lead = would_make(InboundAddress(name="x", mapping=mapping), item_body({"email": "mia@globex.com"} | body)).lead
    rest = {name.removeprefix("attributes."): value for name, value in lead.items() if name.startswith("attributes.")}
    return lead.get("first_name"), lead.get("last_name"), rest


@pytest.mark.parametrize("mapping", [OWN_ROWS, ZAPIER])
@pytest.mark.parametrize(
    ("body", "first", "last", "rest"),
    [
        ({"full_name": "Mia Li Chen"}, "Mia", "Li Chen", {}),
        ({"first_name": "Mia", "full_name": "Mia Chen"}, "Mia", "Chen", {}),
        ({"first_name": "MIA", "full_name": "Mia Chen"}, "MIA", "Chen", {}),
        ({"first_name": "Mia Li", "full_name": "Mia Li Chen"}, "Mia Li", "Chen", {}),
        ({"first_name": "Mia", "full_name": "Dr. Mia Chen"}, "Mia", "Chen", {}),
        ({"last_name": "Chen", "full_name": "Mia Li Chen"}, "Mia Li", "Chen", {}),
        ({"last_name": "Müller-Lüdenscheid", "name": "Jo Muller Ludenscheid"}, "Jo", "Müller-Lüdenscheid", {}),
        ({"last_name": "Chen", "name": "Mia"}, "Mia", "Chen", {}),
        ({"first_name": "Mia", "full_name": "Jonas Weber"}, "Mia", None, {"full_name": "Jonas Weber"}),
        ({"last_name": "Chen", "full_name": "Jonas Weber"}, None, "Chen", {"full_name": "Jonas Weber"}),
        ({"first_name": "Mia", "full_name": "Weber, Mia"}, "Mia", None, {"full_name": "Weber, Mia"}),
        ({"last_name": "Chen", "name": "chen"}, None, "Chen", {"name": "chen"}),
        ({"first_name": "Mia", "name": "Weber"}, "Mia", None, {"name": "Weber"}),
        (
            {"last_name": "Chen", "full_name": "Jonas Weber", "name": "Mia Chen"},
            "Mia", "Chen", {"full_name": "Jonas Weber"},
        ),
        ({"full_name": "Madonna", "name": "Jonas Weber"}, "Madonna", None, {"name": "Jonas Weber"}),
        ({"first_name": "Mia", "name": ["Jonas Weber", "Mia Chen"]}, "Mia", "Chen", {"name": ["Jonas Weber"]}),
        ({"full_name": ["Mia Chen", "Jonas Weber"]}, "Mia", "Chen", {"full_name": ["Jonas Weber"]}),
        ({"full_name": ["Madonna", "Jonas Weber"]}, "Madonna", None, {"full_name": ["Jonas Weber"]}),
        ({"first_name": "Mia", "full_name": "Mia " * 5_000}, "Mia", None, None),
    ],
)  # fmt: skip
def test_a_name_is_of_one_person(mapping: Any, body: Any, first: Any, last: Any, rest: Any) -> None:
    found = names(mapping, body)

    assert found[:2] == (first, last)
    assert rest is None or found[2] == rest


@pytest.mark.parametrize(
    ("body", "first", "last"),
    [
        ({"full_name": "Mia Chen"}, "Mia", "Chen"),
        ({"first_name": "Mia", "full_name": "Mia Chen"}, "Mia", "Chen"),
        ({"first_name": "Mia", "full_name": "Jonas Weber"}, "Mia", "Unknown"),
        ({"last_name": "Chen"}, "Friend", "Chen"),
        ({"full_name": "Mia"}, "Mia", "Unknown"),
        ({}, "Friend", "Unknown"),
    ],
)
def test_what_the_rows_say_themselves_is_nobodys_name(body: Any, first: str, last: str) -> None:
    rows = OWN_ROWS | {
        "first_name": ["first_name", FIRST_WORD, {"value": "Friend"}],
        "last_name": ["last_name", LAST_WORDS, {"value": "Unknown"}],
    }

    assert names(rows, body)[:2] == (first, last)


def test_a_whole_name_stays_beside_a_name_that_rows_say_themselves() -> None:
    rows = OWN_ROWS | {"first_name": {"path": "first_name", "transforms": [{"default": "Friend"}]}}

    assert names(rows, {"full_name": "Mia Chen"}) == ("Friend", "Chen", {})


def test_a_megabyte_of_names_is_bounded_work() -> None:
    body = {"first_name": "Mia", "full_name": ["Jonas Maria Li Weber " * 5] * 10_000}

    assert work_of(lambda: names(OWN_ROWS, body)) < MOST_WORK


@pytest.mark.parametrize("mapping", [OWN_ROWS, ZAPIER])
def test_where_both_parts_came_the_whole_name_is_an_attribute(mapping: Any) -> None:
    body = {"first_name": "Mia", "last_name": "Chen", "full_name": "Jonas Weber"}

    assert names(mapping, body) == ("Mia", "Chen", {"full_name": "Jonas Weber"})


@pytest.mark.parametrize(
    ("body", "first", "last", "rest"),
    [
        ({"full_name": "Jonas Weber"}, "Jonas", "Weber", {}),
        ({"first_name": "Mia", "last_name": "Chen"}, "Mia", "Chen", {}),
        ({"first_name": "Mia", "full_name": "Jonas Weber"}, "Jonas", "Weber", {"first_name": "Mia"}),
        ({"last_name": "Chen", "full_name": "Jonas Weber"}, "Jonas", "Weber", {"last_name": "Chen"}),
        ({"first_name": "Mia", "last_name": "Chen", "name": "Jonas"}, "Mia", "Chen", {"name": "Jonas"}),
    ],
)
def test_rows_that_prefer_the_whole_name_get_all_of_it(body: Any, first: str, last: str, rest: Any) -> None:
    assert names(WHOLE_FIRST, body) == (first, last, rest)
