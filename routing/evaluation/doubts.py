"""Tables that were written after the deals ended: refused where that is sure, asked about where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from routing.engine.counting import counted
from routing.engine.folding import quoted
from routing.engine.types import Segment
from routing.evaluation.refusals import CannotEvaluate
from routing.evaluation.telling import all_won, how_telling, none_won

SHOWN = 5


class Words(NamedTuple):
    """How whoever asked has named the columns: by options of a command, or as fields of a pool.

    `empty_is_usual`: that nothing is known of a lead there needs no word.
    """

    rep: str
    rep_instead: str
    segments: str
    empty_is_usual: bool = False


BY_OPTIONS = Words(
    rep="The column given by --rep",
    rep_instead="Give the column that says who had the lead when it came.",
    segments="--segments",
)


def look_at_reps(reps: Sequence[str], won: Sequence[bool], words: Words) -> list[str]:
    """Warnings. Deals that change hands when they are won say nothing of who is good: raises CannotEvaluate."""
    if found := all_won(reps, won):
        raise CannotEvaluate(f"{words.rep} is written when a deal is won: {found}. {words.rep_instead}")
    return [
        f"None of the {counted(leads, 'lead')} of {quoted(rep, 30)} was won. If lost deals are handed to them, leave "
        "them out: who hands them over looks better than they are."
        for rep, leads in none_won(reps, won)[:SHOWN]
    ]


def look_at_kinds(
    dimensions: Sequence[str], segments: Sequence[Segment], won: Sequence[bool], words: Words
) -> list[str]:
    """Warnings. Columns that give the outcome away together raise CannotEvaluate."""
    telling = how_telling(segments, won)
    if telling.gives_away:
        raise CannotEvaluate(
            f"Known only after the outcome, so nothing to route by: {' and '.join(map(quoted, dimensions))} together "
            f"tell which leads were won. Take out of {words.segments} what is not known when a lead comes."
        )
    warnings = []
    if telling.doubtful:
        warnings.append(
            f"By its kind a won lead can be told from a lost one in {telling.ranks:.0%} of all pairs, which is hard to "
            f"believe of leads that only just came. Is all of {words.segments} known then?"
        )
    for place, name in enumerate(dimensions):
        for value, leads in none_won([segment[place] for segment in segments], won)[:SHOWN]:
            warnings.append(
                f"None of the {counted(leads, 'lead')} with {quoted(value, 30)} in {quoted(name)} was won. Is that "
                "known when a lead comes?"
            )
    return warnings
