"""The linter claims only what is certain: held against the engine on leads and rules made by chance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.conditions import evaluate
from routing.engine.types import Condition, Rule, ToPark
from routing.rulebook.lint.admitted import admit_group
from routing.rulebook.lint.order import Earlier, Read
from routing.rulebook.lint.readings import Reading, options_of, read
from tests.examples import examples

NOW = datetime(2026, 3, 3, tzinfo=UTC)
TEXTS = ("a", "ab", "abc", "b", "bc")
NUMBERS = (1, 2, 3, 2.5)
CODES = ("94105", "94*", "94100-94199", "9", "90000-96199")
DAYS = ("2026-01-01", "2026-02-01", "2026-03-01T12:00:00Z")
text, number, code, day = map(st.sampled_from, (TEXTS, NUMBERS, CODES, DAYS))


def rows_of(field: str, operators: list[str], value: Any) -> st.SearchStrategy[Condition]:
    return st.builds(Condition, st.just(field), st.sampled_from(operators), value)


def several(value: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(value, min_size=1, max_size=3).map(tuple)


ON_TEXT = ("city", "attributes.tags")
CONDITIONS = st.one_of(
    *(
        rows_of(f, ["is", "is_not", "contains", "starts_with", "ends_with", "empty", "not_empty"], text)
        for f in ON_TEXT
    ),
    *(rows_of(f, ["any_of", "none_of"], several(text)) for f in ON_TEXT),
    *(
        rows_of(f, ["is", "is_not", "lt", "lte", "gt", "gte"], number)
        for f in ("employees", "attributes.sizes", "account.size")
    ),
    rows_of("employees", ["between"], st.tuples(number, number)),
    rows_of("employees", ["any_of", "none_of"], several(number)),
    rows_of("returning", ["is", "is_not"], st.booleans()),
    rows_of("submitted_at", ["before", "after", "is"], day),
    rows_of("submitted_at", ["in_last_days"], st.sampled_from([7, 30, 100])),
    rows_of("postal_code", ["in_postal"], code),
    rows_of("kind", ["any_of", "none_of"], several(st.sampled_from(["demo", "trial", "gone"]))),
)
GROUPS = st.lists(CONDITIONS, min_size=1, max_size=3).map(tuple)
FACTS = st.fixed_dictionaries(
    {
        "city": st.none() | text,
        "attributes.tags": st.lists(text, max_size=2).map(tuple),
        "employees": st.none() | number,
        "attributes.sizes": st.lists(number, max_size=2).map(tuple),
        "account.size": st.none() | number,
        "returning": st.none() | st.booleans(),
        "submitted_at": st.sampled_from([datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3)]),
        "postal_code": st.none() | st.sampled_from(["94105", "941", "90001", "10115"]),
        "kind": st.sampled_from(["demo", "trial", "other"]),
    }
)


def readings(group: tuple[Condition, ...]) -> tuple[Reading, ...]:
    return tuple(read(row, options=options_of({}), zone=UTC) for row in group)


def meets(group: tuple[Condition, ...], facts: dict[str, Any]) -> bool:
    return evaluate((group,), facts, now=NOW, in_territory=lambda name: False)[0]


@settings(max_examples=examples(60))
@given(group=GROUPS, leads=st.lists(FACTS, min_size=5, max_size=20))
def test_no_lead_meets_a_group_that_is_called_impossible(group: Any, leads: list[dict[str, Any]]) -> None:
    impossible = any(one.impossible() for one in admit_group(readings(group)).values())

    assert not (impossible and any(meets(group, facts) for facts in leads))


@settings(max_examples=examples(100))
@given(earlier=st.lists(GROUPS, min_size=1, max_size=4), later=GROUPS, leads=st.lists(FACTS, min_size=5, max_size=20))
def test_every_lead_of_a_covered_group_meets_what_covers_it(earlier: Any, later: Any, leads: Any) -> None:
    admitted = admit_group(readings(later))
    books = Earlier()
    books.add(Read(Rule(1, 1, "Before", (), ToPark("")), tuple(map(readings, earlier)), ()))

    if not any(one.impossible() for one in admitted.values()) and books.covering(admitted):
        missed = [f for f in leads if meets(later, f) and not any(meets(group, f) for group in earlier)]
        assert missed == []
