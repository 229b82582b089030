"""The policies: ways of telling who should get a lead. A table of functions; adding one is a function and a line.

A policy is handed what is known on a day and answers how good each rep is for a lead, or nothing, where it goes by
turn. Whoever deals the leads out keeps to the band.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from routing.engine.evidence import evidence_of
from routing.engine.expertise import TOP_LEVEL
from routing.engine.performance import Counted, build_table, expected_result, has_statistics
from routing.engine.skill import fit_skill, skill_estimate
from routing.engine.types import RepId, Segment

SHRINKAGE = 30.0
"""The k of the first generation: what a pool has unless told otherwise."""
SOME_DAY = date(2025, 1, 1)
TURN, GREEDY, INTENT = "turn", "greedy_rate", "intent"
ORACLE, ORACLE_BY_RATE = "oracle", "oracle_by_rate"
KNOWS_SPREADS = "knows_how_far"
FIRST, SECOND = "first_generation", "second_generation"
FIRST_ADVANTAGE, SECOND_ADVANTAGE = "first_generation_advantage", "second_generation_advantage"


class Question(NamedTuple):
    """The lead that a policy is asked about. `topic`: what it is about, if it says so.

    `truth`, everybody's true chance, is for the oracle alone; nobody knows it of past deals.
    """

    segment: Segment
    topic: int | None = None
    truth: Mapping[RepId, float] | None = None


Scores: TypeAlias = Callable[[Question], Mapping[RepId, float]]
"""How good each rep is for a lead: for most policies their chance to win it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known on a day: outcomes counted by rep and kind of lead, and what reps say to be experts in.

    `counted` outcomes have faded, `whole` ones have not. `before`: by what was known before, leads went by results.
    `typical`, everybody's true chance over all leads, is for the oracle alone; `spreads`, how far reps truly differ in
    each part of skill, for `knows_how_far`.
    """

    reps: Sequence[RepId]
    dimensions: Sequence[str]
    counted: Sequence[Counted]
    whole: Sequence[Counted] = ()
    before: bool = False
    expertise: Mapping[RepId, Mapping[int, float]] = field(default_factory=dict)
    typical: Mapping[RepId, float] = field(default_factory=dict)
    spreads: Sequence[float] = ()


Policy: TypeAlias = Callable[[Known], Scores | None]


def turn(known: Known) -> Scores | None:
    """By turn, whatever is known."""
    return None


def greedy_rate(known: Known) -> Scores | None:
    """The bare share won of such leads: who was lucky twice is the best. Of no such lead: of all of theirs."""
    wins, leads = (
        defaultdict[tuple[RepId, Segment | None], float](float),
        defaultdict[tuple[RepId, Segment | None], float](float),
    )
    for row in known.counted:
        for segment in (row.segment, None):
            wins[row.rep, segment] += row.wins
            leads[row.rep, segment] += row.leads
    if not leads:
        return None

    def share(rep: RepId, segment: Segment) -> float:
        key = (rep, segment) if leads.get((rep, segment)) else (rep, None)
        return wins[key] / leads[key] if leads.get(key) else 0.0

    return _by_segment(known.reps, share)


def first_generation(known: Known) -> Scores | None:
    """What routing once went by: results measured against what everybody wins of the same leads, shrunk by k."""
    table = build_table(day=SOME_DAY, dimensions=known.dimensions, k=SHRINKAGE, counted=known.counted)
    if not has_statistics(table):
        return None
    return _by_segment(known.reps, lambda rep, segment: expected_result(table, rep, segment).rate)


def second_generation(known: Known) -> Scores | None:
    """Hierarchical shrinkage; by turn unless reps differ beyond chance. By advantage it is what routing does."""
    found = evidence_of(known.whole or known.counted)
    if found is None or not found.differ(before=known.before):
        return None
    table = fit_skill(known.counted, dimensions=known.dimensions, differ=True)
    return _by_segment(known.reps, lambda rep, segment: float(skill_estimate(table, rep, segment).rate))


def knows_how_far(known: Known) -> Scores | None:
    """The second generation told that reps differ, and how far: all that outcomes can teach of who is good at what."""
    if not known.counted or not known.spreads:
        return None
    table = fit_skill(known.counted, dimensions=known.dimensions, differ=True, spreads=known.spreads)
    return _by_segment(known.reps, lambda rep, segment: float(skill_estimate(table, rep, segment).rate))


def intent(known: Known) -> Scores | None:
    """The expertise that somebody says to have in what the lead is about; leads about nothing go by turn."""
    nobody = dict.fromkeys(known.reps, 0.0)
    fits = {
        topic: {rep: known.expertise.get(rep, {}).get(topic, 0.0) / TOP_LEVEL for rep in known.reps}
        for topic in {topic for mine in known.expertise.values() for topic in mine}
    }
    return lambda question: nobody if question.topic is None else fits.get(question.topic, nobody)


def oracle(known: Known) -> Scores | None:
    """The truth, ranked by advantage: nothing is known that does better inside the same band."""

    def scores(question: Question) -> Mapping[RepId, float]:
        return {rep: chance - known.typical.get(rep, 0.0) for rep, chance in (question.truth or {}).items()}

    return scores


def oracle_by_rate(known: Known) -> Scores | None:
    """The truth, but ranked by the bare chance: what going by results as such can come to."""
    return lambda question: question.truth or {}


def by_advantage(policy: Policy) -> Policy:
    """The same chances, ranked by how far they lie above the rep's own over all leads.

    In a band everybody gets as many leads, whoever is best. Going by the bare chance, the best take whatever comes
    whenever their turn allows it; by advantage each gets those leads that are theirs.
    """

    def ranked(known: Known) -> Scores | None:
        scores = policy(known)
        return _above_own(known, scores) if scores else None

    return ranked


def _above_own(known: Known, scores: Scores) -> Scores:
    leads = defaultdict[Segment, float](float)
    for row in known.counted:
        leads[row.segment] += row.leads
    whole = sum(leads.values())
    own = dict.fromkeys(known.reps, 0.0)
    for segment, many in leads.items():
        for rep, chance in scores(Question(segment)).items():
            own[rep] += chance * many / whole
    return _by_segment(known.reps, lambda rep, segment: scores(Question(segment))[rep] - own[rep])


def _by_segment(reps: Sequence[RepId], score: Callable[[RepId, Segment], float]) -> Scores:
    """Worked out once for each kind of lead."""
    known: dict[Segment, dict[RepId, float]] = {}

    def scores(question: Question) -> Mapping[RepId, float]:
        if question.segment not in known:
            known[question.segment] = {rep: score(rep, question.segment) for rep in reps}
        return known[question.segment]

    return scores


LEARNT: Mapping[str, Policy] = MappingProxyType(
    {
        GREEDY: greedy_rate,
        FIRST: first_generation,
        FIRST_ADVANTAGE: by_advantage(first_generation),
        SECOND: second_generation,
        SECOND_ADVANTAGE: by_advantage(second_generation),
    }
)
"""Those that need nothing but outcomes: they can be judged on past deals."""
POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        TURN: turn,
        **LEARNT,
        INTENT: intent,
        KNOWS_SPREADS: by_advantage(knows_how_far),
        ORACLE_BY_RATE: oracle_by_rate,
        ORACLE: oracle,
    }
)
SAY_CHANCES = frozenset((GREEDY, FIRST, SECOND, ORACLE_BY_RATE))
"""Whose scores are chances to win, so that they can be compared with what happened."""
