"""How a pool chose, in words: why somebody was first, and why somebody else was not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from routing.engine.explain.values import Told, Values, of_fair_share, standing
from routing.engine.strategies import ABOVE_USUAL
from routing.engine.types import ONE_LEAD, TIE

NEAR = 1e-4
"""Scores are kept to four digits: what differs by less is equal."""

FIRST: Mapping[str, str] = MappingProxyType(
    {
        "fewest open units": "{name} had the least open work ({score:g} by weight)",
        "best expected result": "{name} does best with such leads ({score:.0%} expected to be won)",
        ABOVE_USUAL: "{name} does most above their own usual result with such leads ({points} points)",
        "best fit": "{name} knows most of what the lead is about (fit {score:.2f}{known})",
        "lowest total": "{name} had the fewest leads of late ({score:.2f} by weight)",
    }
)
"""What the deciding measure says of whoever came first."""

BEHIND: Mapping[str, str] = MappingProxyType(
    {
        "fewest open units": "{winner} had less open work: {ahead:g} against {own:g} by weight",
        "best expected result": "{winner} does better with such leads: {ahead:.0%} against {own:.0%} expected won",
        ABOVE_USUAL: "{winner} does further above their own usual result with such leads: {ahead_points} points, "
        "{name} {own_points}",
        "best fit": "{winner} knows more of what the lead is about: a fit of {ahead:.2f} against {own:.2f}",
        "lowest total": "{winner} had fewer leads of late: {ahead:.2f} against {own:.2f} by weight",
    }
)
"""And of whoever did not."""

WITHIN_BAND = ("best expected result", ABOVE_USUAL, "best fit")
"""Measures that count only among those whose turn is near enough."""


def why_chosen(told: Told) -> str | None:
    """Why the pool gave the lead to whom it gave it; None if no pool chose, or it is not known how."""
    winner, deciding = told.candidate(told.chosen), told.trace.get("deciding") or ""
    if winner is None or not deciding:
        return None
    name, able = told.name(winner["rep"]), _able(told)
    measure, _, then = deciding.partition(", then ")
    if measure == "the only one who could take it":
        return f"{name} was the only one of {len(told.candidates)} in {told.pool} who could take it"
    if measure not in FIRST or winner.get("score") is None:
        return _by_turn(told, winner, measure)
    said = FIRST[measure].format(
        name=name, score=winner["score"], points=_points(winner["score"]), known=_in_brackets(winner)
    )
    text = f"{said} of the {able} in {told.pool} who could take it"
    if measure in WITHIN_BAND and any(_better(other, winner) for other in told.candidates):
        text += " and whose turn was near enough"
    return f"{text}. Others had the same: {_then(told, winner, then)}" if then else text


def _able(told: Told) -> int:
    return sum(1 for candidate in told.candidates if candidate["eligible"])


def _better(other: Values, winner: Values) -> bool:
    return bool(other["eligible"]) and (other.get("score") or 0) > winner["score"] + NEAR


def _by_turn(told: Told, winner: Values, measure: str) -> str:
    name, able, own = told.name(winner["rep"]), _able(told), standing(winner)
    if measure in ("longest without a lead", "first in line"):
        level = sum(
            1 for other in told.candidates if other["eligible"] and abs(standing(other) - own) <= TIE / ONE_LEAD
        )
        last = "had been longest without a lead" if measure != "first in line" else "comes first in line"
        those = f"{level} of the {able} who could take it" if level < able else f"all {able} who could take it"
        return f"It was {name}'s turn: {those} in {told.pool} were level, and {name} {last}"
    place = "the furthest behind" if own > 0 else "the least ahead"
    share = f"{name} was {of_fair_share(own)}"
    return f"It was {name}'s turn: counting this lead, {share}, {place} of the {able} in {told.pool} who could take it"


def _then(told: Told, winner: Values, then: str) -> str:
    if then == "lowest total":
        return f"of those {told.name(winner['rep'])} had the fewest leads of late"
    return f"of those it was {told.name(winner['rep'])}'s turn ({then})"


def why_behind(told: Told, candidate: Values, winner: Values) -> str:
    """Why somebody who could take the lead was not chosen."""
    measure = (told.trace.get("deciding") or "").partition(", then ")[0]
    own, ahead = candidate.get("score"), winner.get("score")
    if measure not in BEHIND or own is None or ahead is None:
        return _turn_behind(told, candidate, winner)
    if candidate["share"] <= 0 < winner["share"]:
        return _left_out(own)
    lower_wins = measure in ("fewest open units", "lowest total")
    if abs(own - ahead) <= NEAR:
        same = _turn_behind(told, candidate, winner)
        return f"both came out the same, so the turn decided: {same}" if measure != "lowest total" else same
    if (own < ahead) != lower_wins:
        text = BEHIND[measure].format(
            winner=told.name(winner["rep"]),
            name=told.name(candidate["rep"]),
            own=own,
            ahead=ahead,
            own_points=_points(own),
            ahead_points=_points(ahead),
        )
        return text + _compared(told, candidate, winner) if measure == "best fit" else text
    return _out_of_turn(told, candidate, winner)


def _compared(told: Told, candidate: Values, winner: Values) -> str:
    """What both know, where something of it was learned."""
    if not (_learned_something(candidate) or _learned_something(winner)):
        return ""
    known = [(told.name(one["rep"]), knowledge(one)) for one in (winner, candidate)]
    return " (" + "; ".join(f"{name}: {text or 'nothing of it'}" for name, text in known) + ")"


def _in_brackets(candidate: Values) -> str:
    return f": {knowledge(candidate)}" if _learned_something(candidate) else ""


def _learned_something(candidate: Values) -> bool:
    return any(one["learned"] for one in candidate.get("expertise", ()))


def knowledge(candidate: Values) -> str:
    """kubernetes 2 declared and 0.6 learned, payments 3 declared."""
    return ", ".join(
        f"{one['topic']} " + " and ".join(filter(None, [_part(one, "declared"), _part(one, "learned")]))
        for one in candidate.get("expertise", ())
    )


def _part(one: Values, name: str) -> str:
    return f"{one[name]:g} {name}" if one[name] else ""


def _points(score: float) -> str:
    """A difference of shares: +4.4."""
    return f"{100 * score:+.1f}"


def _left_out(fit: float) -> str:
    return f"they know too little of what the lead is about (fit {fit:.2f}): only those who know enough took part"


def _out_of_turn(told: Told, candidate: Values, winner: Values) -> str:
    name, own, ahead = told.name(candidate["rep"]), of_fair_share(standing(candidate)), of_fair_share(standing(winner))
    return (
        f"it was too far from {name}'s turn: {name} was {own}, {told.name(winner['rep'])} {ahead}, "
        "and the pool goes by the best only among those whose turn is near"
    )


def _turn_behind(told: Told, candidate: Values, winner: Values) -> str:
    first, own, ahead = told.name(winner["rep"]), standing(candidate), standing(winner)
    if abs(ahead - own) <= TIE / ONE_LEAD:
        return f"{first}, who was level, had been longer without a lead"
    if own > ahead:
        return f"leads that were offered to {told.name(candidate['rep'])} and not taken yet counted as theirs"
    return (
        f"it was {first}'s turn, who was {of_fair_share(ahead)}, and {told.name(candidate['rep'])} {of_fair_share(own)}"
    )
