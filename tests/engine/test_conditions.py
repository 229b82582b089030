"""Conditions: every operator, every kind of field, and everything that can be wrong with a row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing.engine.conditions import FIELDS, OPTIONS, check_condition, evaluate, kind_of
from routing.engine.fields import OPERATORS_BY_KIND, FieldKind
from routing.engine.operators import OPERATORS
from routing.engine.types import Condition, Operator
from routing.models import Account, Lead
from tests.engine.builders import NOW, row


def matched(*rows: Condition, in_territory: Any = lambda name: False, **facts: Any) -> bool:
    plain = {name.replace("__", "."): value for name, value in facts.items()}
    return evaluate((rows,), plain, now=NOW, in_territory=in_territory)[0]


MATCHES = [
    ("country", "is", "de", "DE"),
    ("city", "is", "Zürich", " zurich"),
    ("city", "is", "Łódź", "lodz"),
    ("city", "is_not", "Berlin", "Bern"),
    ("city", "is_not", "Berlin", None),
    ("country", "any_of", ("US", "CA"), "ca"),
    ("country", "none_of", ("US", "CA"), "DE"),
    ("country", "none_of", ("US", "CA"), None),
    ("job_title", "contains", "CHIEF", "Chief Executive"),
    ("company", "starts_with", "acme", "ÁCME Labs"),
    ("email", "ends_with", "@globex.com", "Mia@Globex.com"),
    ("company", "empty", None, ""),
    ("company", "empty", None, None),
    ("company", "not_empty", None, "Globex"),
    ("employees", "lt", 101, 100),
    ("employees", "lte", 100, 100),
    ("employees", "gt", "100", 101),
    ("employees", "gte", 100.0, "100"),
    ("employees", "is", 100, 100.0),
    ("employees", "any_of", (1, 100), "100"),
    ("annual_revenue", "is", 0.1, Decimal("0.10")),
    ("employees", "between", (101, 1000), 1000),
    ("employees", "between", {"min": 101, "max": None}, 101),
    ("submitted_at", "before", "2026-03-04", NOW),
    ("submitted_at", "after", "2026-03-02", NOW),
    ("submitted_at", "after", "2026-03-03T15:59:59Z", NOW),
    ("submitted_at", "is", "2026-03-03", NOW),
    ("submitted_at", "between", ("2026-03-01", "2026-03-03"), NOW),
    ("submitted_at", "in_last_days", 7, NOW - timedelta(days=7)),
    ("attributes.trial_ends", "before", "2026-06-01", "2026-05-31"),
    ("attributes.trial_ends", "is", date(2026, 5, 31), "2026-05-31"),
    ("postal_code", "in_postal", ("90000-96199", "94*"), "94105"),
    ("postal_code", "in_postal", "10115, 94*", "94105-1234"),
    ("postal_code", "in_postal", ("SW1*",), "sw1a 1aa"),
    ("returning", "is", True, True),
    ("returning", "is", "yes", True),
    ("returning", "is_not", True, False),
    ("kind", "is", "demo", "demo"),
    ("kind", "any_of", ("demo", "no longer there"), "demo"),
    ("attributes.plan", "is", "Gold", "gold"),
    ("attributes.seats", "is", 5, "5"),
    ("attributes.seats", "gte", 5, "5.5"),
    ("attributes.tags", "any_of", ("red", "blue"), ("green", "Blue")),
    ("attributes.tags", "none_of", ("red", "blue"), ("green", "black")),
    ("attributes.tags", "is", "green", ("green", "black")),
    ("attributes.tags", "contains", "ack", ("green", "black")),
    ("utm.source", "is", "google", "Google"),
    ("account.stage", "is", "customer", "customer"),
    ("account.anything", "is", "x", "X"),
]


@pytest.mark.parametrize(("field", "op", "value", "fact"), MATCHES)
def test_a_row_holds(field: str, op: str, value: Any, fact: Any) -> None:
    found, failed, warnings = evaluate(((row(field, op, value),),), {field: fact}, now=NOW, in_territory=bool)

    assert found
    assert failed is None
    assert not warnings or "does not exist" in warnings[0]


MISMATCHES = [
    ("country", "is", "DE", "AT"),
    ("country", "is", "DE", None),
    ("country", "none_of", ("US", "DE"), "de"),
    ("city", "is_not", "Bern", "bern"),
    ("company", "contains", "acme", ""),
    ("employees", "gt", 100, 100),
    ("employees", "lt", 100, None),
    ("employees", "between", (101, 1000), 1001),
    ("submitted_at", "before", "2026-03-03", NOW),
    ("submitted_at", "after", "2026-03-03", NOW),
    ("submitted_at", "in_last_days", 7, NOW - timedelta(days=7, seconds=1)),
    ("submitted_at", "in_last_days", 7, NOW + timedelta(seconds=1)),
    ("postal_code", "in_postal", ("94*",), "95000"),
    ("postal_code", "in_postal", ("94105",), "941"),
    ("returning", "is", True, None),
    ("attributes.tags", "none_of", ("red", "blue"), ("green", "Blue")),
    ("signal.funding", "has_signal", None, None),
    ("signal.funding", "has_signal", 0.5, (0.4, 0.1)),
]


@pytest.mark.parametrize(("field", "op", "value", "fact"), MISMATCHES)
def test_a_row_does_not_hold(field: str, op: str, value: Any, fact: Any) -> None:
    found, failed, warnings = evaluate(((row(field, op, value),),), {field: fact}, now=NOW, in_territory=bool)

    assert not found
    assert failed is not None
    assert not warnings


BROKEN = [
    ("colour", "is", "red", "red", "no such field"),
    ("utm.", "is", "red", "red", "no such field"),
    ("country", "equals", "DE", "DE", "no operator"),
    ("country", "gt", "DE", "DE", "does not fit"),
    ("employees", "contains", "1", 100, "does not fit"),
    ("employees", "gt", "many", 100, "not a number"),
    ("employees", "gt", 100, "many", "cannot be compared"),
    ("employees", "is_not", 100, "many", "cannot be compared"),
    ("employees", "gt", 100, True, "cannot be compared"),
    ("employees", "gt", 100, float("nan"), "cannot be compared"),
    ("employees", "between", 100, 100, "needs a range"),
    ("employees", "between", {}, 100, "at least one end"),
    ("submitted_at", "before", "soon", NOW, "not a date"),
    ("submitted_at", "before", "2026-03-04", "soon", "cannot be compared"),
    ("submitted_at", "in_last_days", 1e300, NOW, "too many"),
    ("kind", "is", "fax", "fax", "does not exist"),
    ("kind", "is_not", "fax", "demo", "does not exist"),
    ("kind", "none_of", ("fax", "telex"), "demo", "does not exist"),
    ("account.stage", "is", "lead", "lead", "does not exist"),
    ("postal_code", "in_postal", "*", "94105", "not a postal code"),
    ("postal_code", "in_postal", "96199-90000", "94105", "ends before"),
    ("returning", "is", "perhaps", True, "neither yes nor no"),
    ("returning", "is", True, "perhaps", "cannot be compared"),
    ("country", "is", None, "DE", "needs a value"),
    ("country", "any_of", (), "DE", "needs a value"),
    ("country", "is", ("DE", "AT"), "DE", "one value"),
    ("country", "is", (("DE",),), "DE", "list inside a list"),
    ("company", "matches", "(", "Globex", "not a valid pattern"),
    ("attributes.size", "is", "x", {"a": 1}, "cannot be compared"),
    ("attributes.size", "empty", None, object(), "cannot be compared"),
]


@pytest.mark.parametrize(("field", "op", "value", "fact", "warning"), BROKEN)
def test_a_broken_row_never_matches_and_warns(field: str, op: str, value: Any, fact: Any, warning: str) -> None:
    found, _, warnings = evaluate(((row(field, op, value),),), {field: fact}, now=NOW, in_territory=bool)

    assert not found
    assert len(warnings) == 1
    assert warning in warnings[0]
    assert warnings[0].startswith(f"{field}: ")


@pytest.mark.parametrize(("size", "segment"), [(100, "smb"), (101, "mid"), (1000, "mid"), (1001, "enterprise")])
def test_sizes_fall_into_their_segment(size: int, segment: str) -> None:
    bands = {
        "smb": row("employees", "lte", 100),
        "mid": row("employees", "between", (101, 1000)),
        "enterprise": row("employees", "gt", 1000),
    }

    assert [name for name, band in bands.items() if matched(band, employees=size)] == [segment]


DE, BIG = row("country", "is", "DE"), row("employees", "gt", 100)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((), True),
        (((), ()), True),
        (((DE,),), True),
        (((DE, BIG),), False),
        (((BIG,), (DE,)), True),
        (((), (BIG,)), False),
    ],
)
def test_rows_are_anded_and_groups_are_ored(conditions: Any, expected: bool) -> None:
    found, _, _ = evaluate(conditions, {"country": "DE", "employees": 5}, now=NOW, in_territory=bool)

    assert found is expected


def test_the_first_row_that_failed_is_told_with_the_value_seen() -> None:
    _, failed, _ = evaluate(((DE, BIG),), {"country": "DE", "employees": 5}, now=NOW, in_territory=bool)

    assert failed == ("employees", "gt", "100", "5")


def test_a_pattern_is_asked_with_the_text_as_it_was_written() -> None:
    asked: list[str] = []
    condition = Condition("domain", "matches", r"^alpha\.", pattern=lambda text: asked.append(text) or True)  # type: ignore[func-returns-value]

    assert matched(condition, domain="Alpha.example")
    assert asked == ["Alpha.example"]


def test_a_pattern_that_fails_does_not_match_and_warns() -> None:
    def explode(text: str) -> bool:
        raise RuntimeError

    found, _, warnings = evaluate(
        ((Condition("domain", "matches", "x", pattern=explode),),), {"domain": "a"}, now=NOW, in_territory=bool
    )

    assert not found
    assert warnings


def test_in_territory_asks_by_name() -> None:
    condition = row("territory", "in_territory", ("West", "East"))

    assert matched(condition, in_territory=lambda name: name == "East")
    assert not matched(condition)


def test_days_begin_at_midnight_of_the_zone() -> None:
    condition = row("submitted_at", "is", "2026-03-04")
    late = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)  # 00:30 on the 4th in Berlin
    facts = {"submitted_at": late}

    assert not evaluate(((condition,),), facts, now=NOW, in_territory=bool)[0]
    assert evaluate(((condition,),), facts, now=NOW, in_territory=bool, zone=ZoneInfo("Europe/Berlin"))[0]


def test_a_row_that_can_be_saved_has_nothing_wrong() -> None:
    assert check_condition("employees", "between", [1, 500]) is None
    assert check_condition("domain", "matches", "^alpha") is None


@pytest.mark.parametrize(("field", "op", "value", "fact", "warning"), BROKEN)
def test_what_is_wrong_with_a_row_is_told_when_it_is_saved(
    field: str, op: str, value: Any, fact: Any, warning: str
) -> None:
    problem = check_condition(field, op, value)

    assert warning in (problem or "") or "cannot be compared" in warning or op == "matches"


def test_a_row_tells_which_operators_fit_its_field() -> None:
    assert "use one of" in (check_condition("employees", "contains", 1) or "")


def test_every_operator_has_a_function_and_fits_some_kind() -> None:
    fitting = frozenset().union(*OPERATORS_BY_KIND.values())

    assert set(OPERATORS) == set(Operator) == fitting
    assert set(OPERATORS_BY_KIND) == set(FieldKind)


def test_a_field_of_options_says_which() -> None:
    assert {name for name, kind in FIELDS.items() if kind is FieldKind.OPTION} == set(OPTIONS)


def test_the_options_are_those_of_the_models() -> None:
    assert {"kind": set(Lead.Kind.values), "account.stage": set(Account.Stage.values)} == OPTIONS


@pytest.mark.parametrize(
    ("field", "kind"),
    [("employees", FieldKind.NUMBER), ("utm.term", FieldKind.TEXT), ("attributes.x", FieldKind.ANY), ("x", None)],
)
def test_the_kind_of_a_field_is_known(field: str, kind: FieldKind | None) -> None:
    assert kind_of(field) is kind
