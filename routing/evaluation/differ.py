"""Whether reps differ at all beyond chance: on the whole, or each in kinds of lead of their own."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

from routing.engine.chance import DOUBT, Tally, chi_square_tail, compare
from routing.engine.types import RepId

QUESTIONS = 2
SMALLEST = 1e-300


class Differ(StrEnum):
    """Whether reps differ: the closed list of answers."""

    YES = "yes"
    NO = "no"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True, slots=True)
class DifferTest:
    """`p_value`: how often chance alone makes reps differ by as much; None if too little is known to say."""

    p_value: float | None

    @property
    def verdict(self) -> Differ:
        if self.p_value is None:
            return Differ.NOT_ENOUGH_DATA
        return Differ.YES if self.p_value < DOUBT else Differ.NO


def do_reps_differ(kinds: Mapping[Hashable, Mapping[Hashable, Mapping[RepId, Tally]]]) -> DifferTest:
    """The test on leads by kind, and within a kind by period or whatever else they shall be alike in.

    It asks twice: whether somebody wins more on the whole (one test over all kinds), and whether somebody wins more of
    some kind and less of another, which adds up to nothing (a test within each kind, their statistics added up). Each
    answer counts half, since two were asked for.
    """
    strata = [list(alike.values()) for alike in kinds.values()]
    chances = [chance for chance in (_on_the_whole(strata), _within_kinds(strata)) if chance is not None]
    return DifferTest(min(min(chances) * QUESTIONS, 1.0) if chances else None)


def together(tests: Iterable[DifferTest]) -> DifferTest:
    """The tests of several companies as one (Fisher): whether reps differ in any of them."""
    chances = [test.p_value for test in tests if test.p_value is not None]
    if len(chances) < 2:
        return DifferTest(chances[0] if chances else None)
    statistic = -2 * sum(log(max(chance, SMALLEST)) for chance in chances)
    return DifferTest(chi_square_tail(statistic, 2 * len(chances)))


def _on_the_whole(strata: Sequence[Iterable[Mapping[RepId, Tally]]]) -> float | None:
    verdict = compare(leads for kind in strata for leads in kind)
    return verdict.p if verdict else None


def _within_kinds(strata: Sequence[Iterable[Mapping[RepId, Tally]]]) -> float | None:
    verdicts = [verdict for verdict in map(compare, strata) if verdict]
    degrees = sum(verdict.degrees for verdict in verdicts)
    return chi_square_tail(sum(verdict.statistic for verdict in verdicts), degrees) if degrees else None
