"""Score and grade of a lead by weights: the points of every row that matches, and the highest grade they reach."""

from __future__ import annotations

from collections.abc import Callable

from routing.engine.conditions import Facts
from routing.engine.operators import View
from routing.engine.plan import plan_of
from routing.engine.types import Rulebook


def score_of(rulebook: Rulebook, fact: Callable[[str], object], view: View) -> tuple[float, str]:
    """The points of a lead whose facts are looked up by field name, and its grade; "" if it reaches none."""
    facts = Facts(fact, view)
    scores = plan_of(rulebook).scores
    points = sum(points for conditions, points in scores if conditions.first_failed(facts)[0] is None)
    return points, grade_of(rulebook, points)


def grade_of(rulebook: Rulebook, score: float) -> str:
    """The highest grade that a score reaches; "" if it reaches none."""
    reached = [(least, grade) for grade, least in rulebook.settings.grades if score >= least]
    return max(reached, default=(0.0, ""))[1]
