"""The strategies: whom of those who may take a lead a pool gives it to. A table of pure functions.

Adding one: a name in the vocabulary, one function and one line here, one test. A strategy sees only whom every gate
let pass. Where what it goes by is missing it goes by turn, and notes so. Whatever it chooses, everybody who could
have taken the lead earns in the ledger, and the winner pays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from routing.engine.expertise import NOTHING, TOP_LEVEL, level_of, taught
from routing.engine.folding import fold
from routing.engine.ledger import Turn
from routing.engine.performance import has_statistics, segment_of
from routing.engine.round import Choice, Order, Round
from routing.engine.skill import estimate_of, nothing_shows_a_difference, usual_result
from routing.engine.types import (
    ONE_LEAD,
    Fairness,
    Learned,
    People,
    PerformanceTable,
    Pool,
    RepId,
    RepState,
    Strategy,
    TopicTag,
)

Chooser: TypeAlias = Callable[[Round], Choice | None]

SAME = 1e-9
"""Results and fits that differ by less are equal: what adding up in another order can make of them."""
BARE_RESULT = "best expected result"
"""The measure of the first generation."""
ABOVE_USUAL = "best result against their usual"
"""The measure of the second generation: an expected result less the same rep's own over all leads of the pool."""


def round_robin(round: Round, notes: tuple[str, ...] = ()) -> Choice | None:
    """The highest balance (or the lowest total); level: longest since the last lead; level: lowest id."""
    order = round.order()
    turn = order.turn()
    if turn is None:
        return None
    scores: dict[RepId, float] = {}
    if round.pool.fairness is Fairness.TOTALS:
        standings = zip(order.entitlement.reps, order.standings, strict=True)
        scores = {rep: -standing / ONE_LEAD for rep, standing in standings}
    why = _sentence(round, turn.level, turn, order.by, round.standing_in_words(turn.standing))
    return Choice(turn, order, turn.deciding, why, True, scores, notes)


def load_balanced(round: Round) -> Choice | None:
    """Whoever has the fewest open units by weight, with those that this batch gave; level: by turn."""
    order = round.order()
    reps = order.entitlement.reps
    loads = {rep: round.open_units(rep) * 1000 / round.contest.members[rep].weight for rep in reps}
    least = min(loads.values(), default=0)
    level = [rep for rep in reps if loads[rep] == least]
    by_turn = len(level) == len(reps) > 1
    return _chosen(round, order, level, "fewest open units", lambda _: f"{least:g} by weight", loads, by_turn=by_turn)


def performance(round: Round) -> Choice | None:
    """Whose expected result with this kind of lead is furthest above their usual one, of those within the band of the
    turn; level: by turn.

    The band bounds how far anybody's count can stray, so results decide who gets which leads, not how many. So a turn
    of somebody's has a price: what they would win with it otherwise. Going by the bare result, the best reps would
    take whatever comes whenever their turn allows it. Where a pool gives more leads to better results, the weights are
    tilted already and the same function chooses. Where nothing shows that the reps differ, results are left alone.

    Numbers of the first generation are compared bare, as they always were.
    """
    table = round.batch.people.performance.get(round.pool.id)
    if table is None or not has_statistics(table):
        return round_robin(round, ("There are no results to go by yet, so it went by turn",))
    if nothing_shows_a_difference(table):
        return round_robin(round, (f"Nothing shows that the reps of {round.pool.name} differ, so it went by turn",))
    order = round.order()
    reps = order.entitlement.reps
    expected = expected_results(round, table, reps)
    if table.skill is None:
        return _best(round, order, expected, BARE_RESULT, lambda rep: f"{expected[rep]:.1%} of such leads won")
    usual = {rep: usual_result(table, rep) for rep in reps}
    above = {rep: expected[rep] - usual[rep] for rep in reps}
    return _best(
        round,
        order,
        above,
        ABOVE_USUAL,
        lambda rep: f"{expected[rep]:.1%} of such leads won, {usual[rep]:.1%} of all",
    )


def intent(round: Round) -> Choice | None:
    """The best fit to what the lead is about, of those who fit and are within the band of the turn; level: by turn.

    Fit = Σ over the lead's topic tags of confidence × decay × (level of expertise ÷ 3): a tag that is sure and fresh
    counts 1 for whoever has the top level. The level is the one declared; where the pool learns, with what won deals
    teach. Only members with a fit of `minimum_fit` or more earn and pay. If nobody
    fits, or nothing is known of what the lead is about, it goes by turn among all.
    """
    if not round.lead.topics:
        return round_robin(round, ("Nothing is known of what this lead is about, so it went by turn",))
    people, weighed = round.batch.people, _weighed(round.lead.topics)
    able = [rep for rep in round.contest.members if rep not in round.contest.refusals]
    everybody = (*able, *round.contest.savers)
    fits = {rep: _fit(people.reps[rep], weighed, learned_of(people, round.pool, rep)) for rep in everybody}
    fitting = {rep for rep, fit in fits.items() if fit >= round.pool.minimum_fit}
    if fitting.isdisjoint(able):
        note = f"Nobody who could take it has a fit of {round.pool.minimum_fit:g} or more, so it went by turn"
        return round_robin(round, (note,))
    among = fitting if len(fitting) < len(fits) else None
    return _best(round, round.order(among), fits, "best fit", lambda rep: f"fit {fits[rep]:.2f}")


def fit_of(state: RepState, tags: Sequence[TopicTag], learned: Mapping[str, Learned] = NOTHING) -> float:
    """How well somebody's expertise fits these topics (see intent)."""
    return _fit(state, _weighed(tags), learned)


def learned_of(people: People, pool: Pool, rep: RepId) -> Mapping[str, Learned]:
    """What won deals teach of a rep, by topic; nothing where the pool does not learn."""
    return taught(people.expertise.get(pool.id), rep) if pool.learns else NOTHING


def _weighed(tags: Sequence[TopicTag]) -> list[tuple[str, float]]:
    """Topic and what a tag counts for whoever has the top level."""
    return [(fold(tag.topic), _part(tag.confidence) * _part(tag.decay)) for tag in tags]


def _fit(state: RepState, weighed: Sequence[tuple[str, float]], learned: Mapping[str, Learned]) -> float:
    return sum(weight * _part(level_of(state, topic, learned) / TOP_LEVEL) for topic, weight in weighed)


def _part(number: float) -> float:
    """A number from 0 to 1; what is none is 0."""
    return min(max(number, 0.0), 1.0) if number == number else 0.0


def expected_results(round: Round, table: PerformanceTable, reps: Sequence[RepId]) -> dict[RepId, float]:
    """What each is expected to make of such a lead; worked out once a batch for every kind of lead."""
    segment = segment_of(table.dimensions, round.fact)
    known = round.batch.rates.setdefault((round.pool.id, segment), {})
    for rep in reps:
        if rep not in known:
            known[rep] = _part(estimate_of(table, rep, segment).rate)
    return {rep: known[rep] for rep in reps}


def _best(
    round: Round,
    order: Order,
    scores: Mapping[RepId, float],
    measure: str,
    shown: Callable[[RepId], str],
) -> Choice | None:
    """The best score of those within the band of the turn; where all of them are level the turn decides."""
    reps = order.entitlement.reps
    if not reps:
        return None
    near = order.within(round.pool.band)
    best = max(scores[rep] for rep in near)
    level = [rep for rep in near if scores[rep] >= best - SAME]
    by_turn = len(level) == len(near) > 1 and len(reps) == round.able
    those = f"; {len(reps)} fit" if len(reps) < round.able else ""
    if len(near) < len(reps):
        those += f"; {len(near)} within the turn tolerance of {round.pool.band / ONE_LEAD:g}"
    return _chosen(round, order, level, measure, lambda rep: shown(rep) + those, scores, by_turn=by_turn)


def _chosen(
    round: Round,
    order: Order,
    level: Collection[RepId],
    measure: str,
    shown: Callable[[RepId], str],
    scores: Mapping[RepId, float],
    *,
    by_turn: bool,
) -> Choice | None:
    """The one of these whose turn it is, all of them being the best by some measure."""
    turn = order.turn(level)
    if turn is None:
        return None
    deciding = measure if len(level) == 1 else f"{measure}, then {turn.deciding}"
    why = _sentence(round, len(level), turn, measure, shown(turn.winner))
    return Choice(turn, order, turn.deciding if round.able == 1 else deciding, why, by_turn, scores)


def _sentence(round: Round, level: int, turn: Turn, measure: str, shown: str) -> str:
    able = round.able
    where = f"{measure} in {round.pool.name} ({shown})"
    if able == 1:
        return f"the only one of {len(round.contest.members)} in {round.pool.name} who could take it"
    if level == 1:
        return f"{where} of {able} who could take it"
    return f"{turn.deciding} of {level} with the {where}; {able} could take it"


STRATEGIES: Mapping[Strategy, Chooser] = MappingProxyType(
    {
        Strategy.ROUND_ROBIN: round_robin,
        Strategy.LOAD_BALANCED: load_balanced,
        Strategy.PERFORMANCE: performance,
        Strategy.INTENT: intent,
    }
)
