"""Score and grade: points of the rows that match."""

from __future__ import annotations

from typing import Any

import pytest

from routing.engine.operators import View
from routing.engine.scoring import score_of
from routing.engine.types import ScoreRule
from tests.engine.builders import NOW, row, rulebook

CHIEF = ScoreRule(((row("job_title", "contains", "chief"),),), 20)
LARGE = ScoreRule(((row("employees", "gte", 1000),), (row("account.target", "is", True),)), 55.5)
FREE_MAIL = ScoreRule(((row("domain", "is", "gmail.com"),),), -30)
BOOK = rulebook(score=(CHIEF, LARGE, FREE_MAIL), grades=(("A", 75), ("B", 50), ("C", 0)))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, (0, "C")),
        ({"job_title": "Chief of Staff"}, (20, "C")),
        ({"job_title": "CHIEF", "employees": 1000}, (75.5, "A")),
        ({"account.target": True}, (55.5, "B")),
        ({"domain": "gmail.com"}, (-30, "")),
    ],
)
def test_points_add_up_to_the_highest_grade_that_they_reach(facts: dict[str, Any], expected: tuple[float, str]) -> None:
    assert score_of(BOOK, facts.get, View(NOW)) == expected


def test_points_for_everything_and_points_that_are_no_number() -> None:
    book = rulebook(score=(ScoreRule((), 5), ScoreRule((), float("nan")), ScoreRule((), float("inf"))))

    assert score_of(book, {}.get, View(NOW)) == (5, "")
