"""Score and grade of a lead: the points of every row that matches, and the highest grade that they reach."""

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
    reached = [(least, grade) for grade, least in rulebook.settings.grades if points >= least]
    return points, max(reached, default=(0.0, ""))[1]
