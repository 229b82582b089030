"""A lead's score and grade by the weights of a rulebook."""

from __future__ import annotations

from datetime import datetime

from routing.engine.batch import Batch
from routing.engine.case import Case
from routing.engine.scoring import score_of
from routing.engine.types import Lead, People, Rulebook


def score_of_lead(lead: Lead, rulebook: Rulebook, now: datetime) -> tuple[float, str]:
    """Points of all weights that match, and the grade that so many points make."""
    case = Case(lead, rulebook, Batch(People({}, {}, {}), now))
    return score_of(rulebook, case.fact, case.facts.view)
