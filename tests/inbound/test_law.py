"""Nothing of a body vanishes: each value ends in a field, in an attribute, left out with a reason, or as unwanted."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.intake.bodies import item_body
from routing.intake.mapping import Kind
from routing.models import InboundAddress
from routing.services.inbound.presets import inbound_presets
from routing.services.inbound.trying import Tried, would_make
from tests.work import work_of

MOST_WORK = 40
"""Million steps of a loop, whatever the machine."""
REACHABLE = {"phone": {"value": "+1 415 555 2671"}}
NAMES = st.sampled_from(
    ["email", "E-Mail", "First Name", "firstName", "Company", "company", "tags", "data", "fields", "name", "value", ""]
)
SHAPES = st.recursive(
    st.sampled_from(["text", "number", True, None, ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=25,
)
FIELDS = st.sampled_from(
    ["email", "first_name", "last_name", "company", "country", "employees", "expected_amount", "consent", "message",
     "utm.source", "utm.*", "attributes.plan", "attributes.*"]
)  # fmt: skip
PATHS = st.sampled_from(
    ["email", "first_name", "company", "data", "data.company", "data[*]", "tags", "tags[0]", "fields", "$",
     "fields[name=email].value", "data[-1].value"]
)  # fmt: skip
TRANSFORMS = st.sampled_from(
    [[], ["trim"], ["lower"], ["first_word"], ["last_words"], ["join"], ["first"], [{"pairs": "name = value"}],
     [{"unwrap": "value"}], [{"without": "company"}], [{"only": "name, email"}], [{"contains": "7"}],
     [{"get": "value"}]]
)  # fmt: skip
WAYS = st.lists(
    st.builds(lambda path, steps: {"path": path, "transforms": steps}, PATHS, TRANSFORMS), min_size=1, max_size=3
)
MAPPINGS = st.dictionaries(FIELDS, WAYS, max_size=5)


def tried(mapping: Any, body: Any) -> Tried:
    return would_make(InboundAddress(name="x", mapping=mapping), item_body(body))


def marked(shape: Any, numbers: Iterator[int]) -> Any:
    """Each text and number of its own kind, so that it can be found again."""
    if isinstance(shape, dict):
        return {name: marked(inner, numbers) for name, inner in shape.items()}
    if isinstance(shape, list):
        return [marked(item, numbers) for item in shape]
    if shape == "text":
        return f"mark{next(numbers)}"
    return next(numbers) if shape == "number" else shape


def values_of(body: Any) -> Iterator[Any]:
    if isinstance(body, dict | list):
        for inner in body.values() if isinstance(body, dict) else body:
            yield from values_of(inner)
    elif body not in (None, ""):
        yield body


def lost(found: Tried, body: Any) -> list[Any]:
    """What neither the lead, nor what is said of it, nor what is unwanted has."""
    said = json.dumps([dict(found.lead), found.left_out, found.errors], default=str, ensure_ascii=False).lower()
    unwanted = {end.source.value for end in found.ends if end.kind == Kind.UNWANTED}
    return [each for each in values_of(body) if each is not True and str(each) not in said and each not in unwanted]


@settings(max_examples=150)
@given(shape=st.dictionaries(NAMES, SHAPES, max_size=6), mapping=MAPPINGS, unwanted=st.lists(PATHS, max_size=2))
def test_every_value_of_every_body_has_an_end(shape: Any, mapping: Any, unwanted: Any) -> None:
    body = marked(shape, iter(range(70_001, 80_000)))

    found = tried(REACHABLE | mapping | ({"unwanted": unwanted} if unwanted else {}), body)

    assert found.lead
    assert lost(found, body) == []
    assert len(found.ends) == len(list(values_of(body)))


def test_nothing_is_unwanted_that_was_not_named_so() -> None:
    found = tried(REACHABLE | {"attributes.*": "data"}, {"data": {"a": 1}, "b": {"c": "x"}})

    assert found.lead["attributes.a"] == 1
    assert found.lead["attributes.b.c"] == "x"
    assert {end.kind for end in found.ends} == {Kind.ATTRIBUTE}


@pytest.mark.parametrize("name", ["First Name", "firstName", "FIRST_NAME", "first-name", "first name", "Firstname"])
def test_a_name_is_the_same_however_it_is_written(name: str) -> None:
    assert tried(REACHABLE | {"first_name": "first_name"}, {name: "Mia"}).lead["first_name"] == "Mia"


def test_of_two_spellings_the_one_that_is_written_so_counts_and_the_other_is_kept() -> None:
    found = tried(REACHABLE | {"company": "company"}, {"Company": "Other", "company": "Globex"})

    assert (found.lead["company"], found.lead["attributes.Company"]) == ("Globex", "Other")


def test_what_is_unwanted_goes_nowhere_unless_a_field_takes_it() -> None:
    mapping = REACHABLE | {"company": "data.company", "attributes.*": "$", "unwanted": ["data", "secret"]}

    found = tried(mapping, {"data": {"company": "Globex", "id": 7}, "secret": "x", "plan": "big"})

    assert found.lead["company"] == "Globex"
    assert [end.kind.value for end in found.ends] == ["field", "unwanted", "unwanted", "attribute"]


def test_what_finds_no_room_is_named() -> None:
    found = tried(REACHABLE, {f"n{number}": number for number in range(150)})

    assert len([name for name in found.lead if name.startswith("attributes.")]) == 100
    assert found.left_out["attributes"] == [
        "100 are the most. 50 more stay with the submission alone: n100, n101, n102, n103, n104, n105, n106, n107, …."
    ]


def test_what_is_too_long_is_cut_and_said() -> None:
    found = tried(REACHABLE, {"essay": "x" * 3_000, "q" * 120: 1})

    assert len(found.lead["attributes.essay"]) == 2_000
    assert found.left_out["attributes.essay"] == ["Too long: 3,000 characters, the first 2,000 are kept."]
    assert "it was: qqq" in found.left_out[f"attributes.{'q' * 100}"][0]


@pytest.mark.parametrize("transform", ["plain", "trim", "lower"])
def test_no_transform_of_texts_cuts_one_in_silence(transform: str) -> None:
    mapping = REACHABLE | {"message": {"path": "text", "transforms": [transform]}}
    found = tried(mapping, {"text": "x" * 60_000})

    assert "Too long" in found.left_out["message"][0]


def test_of_more_values_than_are_followed_the_answer_says_so() -> None:
    assert "More than 20,000 values" in tried(REACHABLE, {"n": list(range(20_002))}).left_out["body"][0]


@pytest.mark.parametrize("slug", inbound_presets())
def test_what_a_program_sends_beside_what_is_known_has_an_end_too(slug: str) -> None:
    preset, numbers = inbound_presets()[slug], iter(range(70_001, 80_000))
    body = with_more(copy.deepcopy(preset.body), numbers)

    found = tried(preset.mapping, body)

    assert found.lead
    assert len(found.ends) == len([value for value in values_of(body) if str(value).strip()])
    assert [value for value in lost(found, body) if str(value).startswith("mark")] == []


@pytest.mark.parametrize(("slug", "path"), [("typeform", ("form_response", "answers")), ("facebook", ("field_data",))])
def test_a_megabyte_of_answers_is_bounded_work(slug: str, path: tuple[str, ...]) -> None:
    body: Any = [{"name": "x", "field": {"ref": "x"}, "text": "y", "values": ["y"]} for _ in range(14_000)]
    for name in reversed(path):
        body = {name: body}

    assert work_of(lambda: tried(inbound_presets()[slug].mapping, body)) < MOST_WORK


def with_more(body: Any, numbers: Iterator[int]) -> Any:
    if isinstance(body, dict):
        more = {name: with_more(inner, numbers) for name, inner in body.items()}
        return more | {"something else": f"mark{next(numbers)}"}
    return [with_more(item, numbers) for item in body] if isinstance(body, list) else body
