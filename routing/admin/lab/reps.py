"""Whether the reps differ at all beyond chance, and what routing makes of their results with which leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reps.admin_display import person
from reps.models import Rep
from routing.admin.lab.asked import Asked
from routing.admin.lab.pictures import edge_of, strip, ticks
from routing.admin.lab.words import chance, kind, listed, share, verdict_words
from routing.engine.chance import DOUBT, leads_a_rep
from routing.engine.counting import counted
from routing.engine.types import Segment
from routing.insights.conversion import (
    MOST_KINDS,
    MOST_PEOPLE,
    Basis,
    Converted,
    Counts,
    Judged,
    Kind,
    judged,
    kinds_at,
    looked_at_together,
    segments_at,
)

MOST_PICTURES = 12
LEAST_DRAWN = 5
"""Leads: a picture of fewer says nothing; the table has them."""
MOST_NAMED = 12
AGENT = "AI agent"
STRONGER = (
    "Looked at once that would count as a difference. Who looks every day finds such a thing by luck sooner or later, "
    "so it takes more."
)
WEAKER = "That alone could be luck; the answer goes by all outcomes of the last four half-lives."


def do_they_differ(basis: Basis, counts: Counts, asked: Asked, *, pool: str, by_results: bool) -> dict[str, Any]:
    """The first question, answered in words as routing answers it. `clear` is None where too little is known.

    What the leads of the period say alone stands beside it. Numbers that did not ask are answered by that.
    """
    skill = basis.table.skill
    found = judged((), counts, deepest=len(basis.table.dimensions))
    told = {"leads": counts.total.leads, "wins": counts.total.wins, "period": asked.period}
    clear = found.verdict.beyond_chance if found else None
    if skill is not None:
        clear = None if skill.p_value is None else skill.differ
    if clear is None:
        return told | {"clear": None, "answer": "Not enough data", "sentences": _too_little(basis, counts)}
    goes = verdict_words(pool, skill, by_results=by_results)
    return told | {
        "clear": clear,
        "answer": "Yes, more than chance explains" if clear else "Not more than chance explains",
        "sentences": [
            *filter(None, [goes]),
            *(_of_period(basis, found, clear=clear, period=asked.period) if found else []),
        ],
    }


def _too_little(basis: Basis, counts: Counts) -> list[str]:
    total = counts.total
    if len(basis.members) < 2:
        return ["A pool of one has nobody to compare with."]
    needed = leads_a_rep(total.wins / total.leads) if total.leads else None
    if needed is None:
        return ["Reps can be compared once some leads were won and others were not."]
    return [f"At that rate a rep can be compared from about {counted(needed, 'lead')} on, and it takes two."]


def _of_period(basis: Basis, found: Judged, *, clear: bool, period: str) -> list[str]:
    """People are named only where the answer is yes."""
    said = [*_how(basis, found, period), *(_standing_out(basis, found) if clear else []), *_aside(basis, found)]
    if clear == found.verdict.beyond_chance:
        return said
    return [*said, WEAKER if clear else STRONGER]


def _how(basis: Basis, found: Judged, period: str) -> list[str]:
    verdict = found.verdict
    apart = listed(basis.table.dimensions[: found.depth])
    within = f"within kinds of lead told apart by {apart}" if apart else "all kinds of lead together"
    return [
        f"In {period} alone: if all reps were alike, they would differ by as much {chance(verdict.p)}. "
        f"{counted(verdict.compared, 'lead')} could be compared, {within}.",
    ]


def _standing_out(basis: Basis, found: Judged) -> list[str]:
    verdict, said = found.verdict, []
    scores = verdict.standing_out()
    for names, words in (
        ([basis.members[rep].name for rep, score in scores.items() if score > 0], "more"),
        ([basis.members[rep].name for rep, score in scores.items() if score < 0], "fewer"),
    ):
        if names:
            said.append(f"{listed(names)} won {words} than chance explains.")
    if verdict.beyond_chance and not scores:
        said.append("Who it is cannot be told of anybody alone.")
    return said


def _aside(basis: Basis, found: Judged) -> list[str]:
    verdict, said = found.verdict, []
    if verdict.together:
        said.append(f"{_names(basis, verdict.together)} had fewer leads than the others, and were judged as one.")
    if verdict.left_out:
        said.append(f"{_names(basis, verdict.left_out)} had too few leads to be judged.")
    return said


def _names(basis: Basis, reps: Sequence[int]) -> str:
    names = sorted(basis.members[rep].name for rep in reps)
    return listed([*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else names)


# --- which leads --------------------------------------------------------------------------------------------------


def conversion(basis: Basis, counts: Counts, asked: Asked) -> dict[str, Any]:
    """Every lead first, then each kind: what was won, and what routing expects."""
    dimensions = basis.table.dimensions
    depth = min(asked.depth, len(dimensions))
    every, kinds = kinds_at(basis, 0), kinds_at(basis, depth) if depth else []
    there = len(segments_at(basis, depth)) if depth else 0
    drawn = [one for one in kinds if one.leads >= LEAST_DRAWN][:MOST_PICTURES]
    edge = edge_of(_width(row) for one in (*every, *drawn) for row in one.reps)
    chances = _chances(drawn, counts, dimensions)
    return {
        "every": [_panel(basis, one, edge, None) for one in every],
        "kinds": [_panel(basis, one, edge, chances.get(one.segment)) for one in drawn],
        "looked_at": len(chances),
        "more": there - len(drawn),
        "rows": [_row(basis, one, rep) for one in (*every, *kinds) for rep in one.reps],
        "beyond_table": max(0, there - MOST_KINDS),
        "shown": MOST_PEOPLE if len(basis.members) > MOST_PEOPLE else 0,
        "ticks": ticks(edge),
        "choices": [(listed(dimensions[:n]), asked.url(depth=n), n == depth) for n in range(1, len(dimensions) + 1)],
        "by": listed(dimensions[:depth]),
        "left_out": listed(basis.left_out),
    }


def _width(row: Converted) -> float:
    """How far a strip reaches. A bare share of next to no leads goes no farther: all others would be squeezed."""
    return max(row.high, row.rate or 0.0) if row.leads >= LEAST_DRAWN else row.high


def _chances(kinds: Sequence[Kind], counts: Counts, dimensions: Sequence[str]) -> Mapping[Segment, float]:
    found = {one.segment: judged(one.segment, counts, deepest=len(dimensions)) for one in kinds}
    return looked_at_together({segment: one for segment, one in found.items() if one is not None})


def _panel(basis: Basis, one: Kind, edge: float, p: float | None) -> dict[str, Any]:
    dimensions = basis.table.dimensions
    return {
        "title": kind(dimensions, one.segment),
        "leads": f"{one.leads:.1f}",
        "wins": f"{one.wins:.1f}",
        "rate": share(one.rate),
        "coarser": _coarser(dimensions, one),
        "differ": "" if p is None else "Reps differ" if p < DOUBT else "No more than chance",
        "clear": p is not None and p < DOUBT,
        "chance": "" if p is None else f"If all reps were alike, they would differ by as much {chance(p)}",
        "reps": [
            {
                "person": person(row.rep.name, AGENT if row.rep.kind == Rep.Kind.AGENT else ""),
                "counts": f"{row.wins:.1f} of {row.leads:.1f}",
                "bare": share(row.rate),
                "used": share(row.used),
                "text": _text(one, row),
                "strip": strip(low=row.low, high=row.high, used=row.used, bare=row.rate, everybody=one.rate, edge=edge),
            }
            for row in one.reps
        ],
    }


def _coarser(dimensions: Sequence[str], one: Kind) -> str:
    """By what people are compared where this kind has too few leads; nothing where it has enough."""
    if one.level == len(one.segment):
        return ""
    return kind(dimensions, one.segment[: one.level]).lower() if one.level else "every lead"


def _text(one: Kind, row: Converted) -> str:
    bare = f"{row.wins:.1f} of {row.leads:.1f} leads won ({share(row.rate)})" if row.leads else "no such lead yet"
    within = f"9 of 10 times between {share(row.low)} and {share(row.high)}"
    return f"{row.rep.name}: {bare}; routing expects {share(row.used)}, {within}; everybody: {share(one.rate)}"


def _row(basis: Basis, one: Kind, row: Converted) -> dict[str, str]:
    return {
        "kind": kind(basis.table.dimensions, one.segment),
        "rep": row.rep.name,
        "leads": f"{row.leads:.1f}",
        "wins": f"{row.wins:.1f}",
        "bare": share(row.rate),
        "everybody": share(one.rate),
        "used": share(row.used),
        "within": f"{row.low:.0%} – {row.high:.0%}",
        "by": _coarser(basis.table.dimensions, one) or "this kind",
    }
