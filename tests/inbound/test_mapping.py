"""Paths, transforms and mappings: what they find, what they make of it, and what they say if they cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.intake.bodies import form_body, json_body, kept_body, pasted_body
from routing.intake.mapping import (
    TRANSFORMS,
    InvalidMapping,
    apply_mapping,
    check_mapping,
    mapping_document,
    read_mapping,
    transform_lines,
    transforms_of_lines,
)
from routing.intake.mapping.numbers import Unfit, read_date
from routing.intake.mapping.paths import follow, read_path
from routing.services.inbound.presets import inbound_presets

BODY = {
    "answers": [
        {"field": {"ref": "email"}, "email": "mia@globex.com"},
        {"field": {"ref": "Plan"}, "choices": ["a", "b"]},
        {"field": {"ref": 7}, "ok": False},
    ],
    "First name": "Mia",
    "utm.source": "ads",
    "empty": "",
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("answers[field.ref=email].email", "mia@globex.com"),
        ("answers[field.ref=plan].choices", ["a", "b"]),
        ('answers[field.ref="plan"].choices[-1]', "b"),
        ("answers[field.ref=7].ok", False),
        ("answers[*].email", ["mia@globex.com"]),
        ("answers[*].choices[*]", ["a", "b"]),
        ("answers[1].choices[0]", "a"),
        ("First name", "Mia"),
        ('["utm.source"]', "ads"),
        ("$.First name", "Mia"),
        ("$", BODY),
        ("answers[9].email", None),
        ("answers.email", None),
        ("nothing.at.all", None),
    ],
)
def test_a_path_leads_to(path: str, found: Any) -> None:
    assert follow(read_path(path), BODY) == found


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a..b", "A name is missing at character 3."),
        ("a[b", "The bracket at character 2 is not closed."),
        ("a[b]", "write a number, *, a name in quotes, or name=value"),
        ("[0]a", "Put a dot before a name."),
        ("a[b[*]=c]", "write a number"),
        ("x" * 301, "longer than 300"),
        (".".join("abcdefghijklmnopqrstuv"), "22 steps, 20 are the most"),
    ],
)
def test_a_path_that_cannot_be_read_says_where(path: str, message: str) -> None:
    with pytest.raises(InvalidMapping, match="Path “") as caught:
        read_mapping({"email": path})

    assert message in caught.value.errors["email"][0]


def made(value: Any, *transforms: Any) -> Any:
    mapping = read_mapping({"attributes.x": {"path": "x", "transforms": list(transforms)}, "unwanted": "x"})
    mapped = apply_mapping(mapping, {"x": value})
    return mapped.errors["attributes.x"][0] if mapped.errors else mapped.facts.get("attributes", {}).get("x")


@pytest.mark.parametrize(
    ("value", "transforms", "expected"),
    [
        ("  Mia   Chen ", ["trim"], "Mia Chen"),
        ("MIA", ["lower"], "mia"),
        ("mia", ["upper"], "MIA"),
        ("mia o’hara", ["title"], "Mia O’hara"),
        ("Mia Li Chen", ["first_word"], "Mia"),
        ("Mia Li Chen", ["last_words"], "Li Chen"),
        ("Mia", ["last_words", {"default": "?"}], "?"),
        ("<p>a &amp; b</p>c", ["plain"], "a & b\nc"),
        ("Budget <10k per year, team >50 people", ["plain"], "Budget <10k per year, team >50 people"),
        ("a < b and <b class='x'>c</b><br/><o:p></o:p> > d <!-- e -->", ["plain"], "a < b and c\n > d"),
        ("Mia <mia@globex.com> <https://globex.com>", ["plain"], "Mia <mia@globex.com> <https://globex.com>"),
        ("+49 (30) 12", ["digits"], "493012"),
        ("1.234,56 €", ["number"], 1234.56),
        ("$1,234.56", ["number"], 1234.56),
        ("1.234", ["number"], 1234),
        ("1.234", [{"number": "."}], 1.234),
        ("1'234.50", ["number"], 1234.5),
        ("many", ["number"], "“many” at x, transform number: no number is in it."),
        ("Ja", ["yes_no"], True),
        ("OFF", ["yes_no"], False),
        ("hm", ["yes_no"], "“hm” at x, transform yes_no: this is neither yes nor no."),
        ("2026-03-03T12:00:00Z", ["date"], "2026-03-03"),
        ("31.12.2026", [{"date": "dmy"}], "2026-12-31"),
        ("12/31/2026", [{"date": "mdy"}], "2026-12-31"),
        (1772553600000, ["date"], "2026-03-03"),
        ("1772553600000", ["date"], "2026-03-03"),
        ("1772553600", ["date"], "2026-03-03"),
        (20260303, ["date"], "2026-03-03"),
        ("20260303", ["date"], "2026-03-03"),
        ("31.12.26", [{"date": "dmy"}], "2026-12-31"),
        ("12/31/26", [{"date": "mdy"}], "2026-12-31"),
        ("Demo", [{"map": {"demo": "d", "*": "o"}}], "d"),
        ("Else", [{"map": {"demo": "d", "*": "o"}}], "o"),
        ("", [{"default": "none"}], "none"),
        ("30 12", [{"prefix": "+49 "}], "+49 30 12"),
        ("Globex", [{"suffix": " AG"}], "Globex AG"),
        ("abcdef", [{"cut": 3}], "abc"),
        ("order ID-77", [{"regex": "ID-([0-9]+)"}], "77"),
        ("order", [{"regex": "ID-([0-9]+)"}], None),
        (["a", "b"], [{"join": " + "}], "a + b"),
        ("a; b;", [{"split": ";"}], ["a", "b"]),
        (["a", "b"], ["first"], "a"),
        (["a", "b"], ["last"], "b"),
        (["A", "B"], ["lower"], ["a", "b"]),
        ('{"a": {"b": 3}}', ["json", {"get": "a.b"}], 3),
        ("{", ["json"], "“{” at x, transform json: the text in it is not JSON: "),
        ([{"n": "a", "v": 1}, {"n": "b"}], [{"pairs": "n = w, v"}, {"get": "a"}], 1),
        ({"a": 1, "b": 2}, [{"only": "a"}, {"get": "$"}], "{a} at x: an object is there"),
        ({"a": 1, "b": 2}, [{"without": "A"}, {"get": "b"}], 2),
        ([{"n": "a", "v": 1}, {"n": "a", "v": 2}], [{"pairs": "n = v"}, {"get": "a"}], [1, 2]),
        ({"value": 3, "since": 9}, [{"unwrap": "value"}], 3),
        ({"a": {"Value": 3, "since": 9}, "b": 4}, [{"unwrap": "value"}, {"get": "a"}], 3),
        (7, [{"unwrap": "value"}], 7),
        ({"a": [1, "My DUMMY"]}, [{"contains": "dummy"}], True),
        ({"a": "real"}, [{"contains": "dummy"}], None),
        ({"a": 1}, [], "{a} at x: an object is there, choose one of its fields"),
    ],
)
def test_a_transform_makes(value: Any, transforms: list[Any], expected: Any) -> None:
    found = made(value, *transforms)

    assert found.startswith(expected) if isinstance(expected, str) and isinstance(found, str) else found == expected


@pytest.mark.parametrize(
    ("value", "order"),
    [
        ("31.12.70", "dmy"), ("31.12.126", "dmy"), ("31.12.6", "dmy"), ("26-12-31", "ymd"), ("0026-12-31", "ymd"),
        (2026, "ymd"), (46084, "ymd"), ("46084", "ymd"), (20261331, "ymd"), (0, "ymd"), (-1772553600, "ymd"),
        (10**400, "ymd"), ("9" * 90, "ymd"), (1.5, "ymd"),
    ],
)  # fmt: skip
def test_a_day_that_is_not_sure_is_none(value: Any, order: str) -> None:
    with pytest.raises(Unfit):
        read_date(value, order)


def test_every_transform_has_a_case_here() -> None:
    marks: Any = test_a_transform_makes.pytestmark  # type: ignore[attr-defined]  # what parametrize leaves
    used = {
        name for case in marks[0].args[1] for each in case[1] for name in ([each] if isinstance(each, str) else each)
    }

    assert used == set(TRANSFORMS)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"emial": "a"}, "A lead has no such field. Did you mean email?"),
        ({"owner": "a"}, "A lead has no such field."),
        ({"attributes": "a"}, "attributes.NAME, or attributes.*"),
        ({"email": 3}, "Write a path, or an object"),
        ({"email": {}}, "A path or a value is missing."),
        ({"email": {"path": "a", "trasforms": []}}, "Unknown: trasforms."),
        ({"email": {"path": "a", "transforms": ["trm"]}}, "There is no transform “trm”. Did you mean trim?"),
        ({"email": {"path": "a", "transforms": ["cut"]}}, "Transform cut: something is missing after it"),
        ({"email": {"path": "a", "transforms": [{"regex": "("}]}}, "Transform regex: this is no regular expression"),
        ({"email": {"path": "a", "transforms": [{"trim": 1}]}}, "Transform trim takes nothing after it."),
        ({"email": ["a"] * 21}, "More than 20 ways"),
        ({"unwanted": {"path": "a", "transforms": ["trim"]}}, "What is unwanted is named by paths alone"),
        ({f"attributes.{n}": "a" for n in range(101)}, "101 fields are mapped, 100 are the most."),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(written: Any, message: str) -> None:
    with pytest.raises(InvalidMapping) as caught:
        read_mapping(written)

    assert message in " ".join(text for texts in caught.value.errors.values() for text in texts)


TWICE = [
    ("attributes.plan", "attributes.Plan "),
    ("attributes.team size", "attributes.teamSize"),
    ("utm.source", "utm.SOURCE"),
    ("attributes.---", "attributes. --- "),
    ("attributes.*", "attributes. *"),
]


@pytest.mark.parametrize(("name", "again"), TWICE)
def test_two_rows_of_one_name_are_refused(name: str, again: str) -> None:
    with pytest.raises(InvalidMapping) as caught:
        check_mapping({name: "a", "attributes.other": "c", again: "b"})

    texts = [f"This is “{name}” again, written otherwise. Make one row of both."]
    assert caught.value.errors == {again: texts}


def test_a_field_has_one_spelling() -> None:
    with pytest.raises(InvalidMapping) as caught:
        check_mapping({"first_name": "a", "First Name": "b"})

    assert caught.value.errors == {"First Name": ["A lead has no such field. Did you mean first_name?"]}


def test_rows_of_one_name_that_were_saved_before_lose_nothing() -> None:
    mapping = read_mapping({"attributes.plan": "a", "attributes.plan ": "b"})

    assert apply_mapping(mapping, {"a": 1, "b": 2}).facts["attributes"] == {"plan": 1, "plan (2)": 2}


@pytest.mark.parametrize("slug", inbound_presets())
def test_presets_can_be_saved(slug: str) -> None:
    assert check_mapping(inbound_presets()[slug].mapping) == read_mapping(inbound_presets()[slug].mapping)


def test_the_first_way_that_gives_something_counts() -> None:
    mapping = read_mapping(
        {"company": ["a", {"path": "b", "transforms": [{"regex": "[0-9]+"}]}, "c", {"value": "none"}]}
    )

    found = [
        apply_mapping(mapping, body).facts["company"] for body in ({"a": " ", "b": "x", "c": "C"}, {"b": "n1"}, {})
    ]

    assert found == ["C", "1", "none"]


@pytest.mark.parametrize(("answers", "company"), [(["", " "], None), (["", "Globex"], "Globex"), (["\u200b"], None)])
def test_empty_answers_are_none(answers: list[str], company: str | None) -> None:
    facts = apply_mapping(read_mapping({"company": "a", "attributes.*": "$"}), {"a": answers}).facts

    assert facts == ({"company": company} if company else {})


def test_all_that_lies_under_a_path_becomes_attributes() -> None:
    mapping = read_mapping({"attributes.plan": "p", "attributes.*": "more", "utm.*": "tags"})
    body = {
        "p": "big",
        "tags": {"source": 3},
        "more": {"plan": "x", "a": {"b": [1, 2]}, "list": [{"c": True}], "no": None},
    }

    mapped = apply_mapping(mapping, body)

    assert mapped.facts == {
        "attributes": {"plan": "big", "plan (2)": "x", "a.b": [1, 2], "list.1.c": True},
        "utm": {"source": "3"},
    }


@pytest.mark.parametrize("slug", inbound_presets())
def test_a_mapping_written_as_a_document_says_the_same(slug: str) -> None:
    document = mapping_document(read_mapping(inbound_presets()[slug].mapping))

    assert mapping_document(read_mapping(document)) == document


def test_transforms_written_one_a_line_say_the_same() -> None:
    written: list[Any] = [
        "trim",
        {"map": {"Ja": "yes", "*": "no"}},
        {"map": {"a,b": 1}},
        {"join": "; "},
        {"number": ","},
    ]

    assert transforms_of_lines(transform_lines(written)) == written


def test_a_kept_form_says_the_same_again() -> None:
    body = form_body(b"a=1&b=x&b=y")

    assert (
        kept_body(body.raw, body.content_type).value == pasted_body("a=1&b=x&b=y").value == {"a": "1", "b": ["x", "y"]}
    )


# --- anything at all ----------------------------------------------------------------------------------------------

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=20)
BODIES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a", "b", "name", "values", "email", "$", "*"]) | st.text(max_size=4), inner, max_size=4
        )
    ),
    max_leaves=20,
)
ARGUMENTS: dict[str, Any] = {
    "map": {"a": "b", "*": 1}, "default": "x", "prefix": "+", "suffix": "!", "cut": 3, "regex": "(a|b*)+c?",
    "get": "a[*].b", "unwrap": "value", "contains": "b", "pairs": "name = values[0], a", "only": "a", "without": "b",
}  # fmt: skip
STEPS = st.sampled_from([{name: ARGUMENTS[name]} if name in ARGUMENTS else name for name in TRANSFORMS])
PATHS = st.sampled_from(["$", "a", "a.b", "a[0]", "a[*]", "[*]", "[*].a[name=b].values", "[a=1]", "b[-1].a"])
FIELDS = st.sampled_from(["email", "employees", "consent", "message", "attributes.x", "attributes.*", "utm.*"])


@settings(max_examples=80)
@given(
    body=BODIES,
    mapping=st.dictionaries(
        FIELDS, st.builds(lambda p, t: {"path": p, "transforms": t}, PATHS, st.lists(STEPS, max_size=4)), max_size=4
    ),
)
def test_whatever_comes_nothing_is_raised(body: Any, mapping: dict[str, Any]) -> None:
    mapped = apply_mapping(read_mapping(mapping), body)

    assert set(mapped.errors) <= {*mapping, "attributes"}
    assert all(isinstance(mapped.origin(look.field), str) for look in mapped.looks)


@settings(max_examples=50)
@given(raw=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: json.dumps(text).encode()))
def test_any_bytes_are_a_body_or_have_a_problem(raw: bytes) -> None:
    assert all(body.problem or body.value is not None for body in (json_body(raw), form_body(raw)))
