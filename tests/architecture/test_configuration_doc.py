"""docs/configuration.md names everything that a condition can be made of."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from routing.engine.fields import FIELDS, OPERATORS_BY_KIND, OPTIONS, PREFIXES, FieldKind
from routing.engine.types import Operator

PAGE = (settings.BASE_DIR / "docs" / "configuration.md").read_text(encoding="utf-8")
CONDITIONS = PAGE.partition("\n## Conditions\n")[2].partition("\n## ")[0]
ROWS = [
    [frozenset(re.findall("`([^`]+)`", cell)) for cell in line.strip("|").split("|")]
    for line in CONDITIONS.splitlines()
    if line.startswith("|")
]
"""What each row of the tables names: a set of names per cell."""
NAMED = {**FIELDS, **{f"{prefix}NAME": kind for prefix, kind in PREFIXES.items()}}


@pytest.mark.parametrize("field", NAMED)
def test_the_page_says_what_kind_a_field_is(field: str) -> None:
    assert [row[1] for row in ROWS if field in row[0] and NAMED[field] in row[1]] != []


@pytest.mark.parametrize("kind", FieldKind)
def test_the_page_says_which_operators_fit_a_kind(kind: FieldKind) -> None:
    assert [row[1] for row in ROWS if kind in row[0] and OPERATORS_BY_KIND[kind] == row[1]] != []


@pytest.mark.parametrize("operator", Operator)
def test_the_page_says_what_the_value_of_an_operator_looks_like(operator: Operator) -> None:
    assert [row[1] for row in ROWS if operator in row[0]] != []


@pytest.mark.parametrize("field", OPTIONS)
def test_the_page_lists_the_options_of_a_field(field: str) -> None:
    assert [row[2] for row in ROWS if field in row[0] and OPTIONS[field] == row[2]] != []
