"""What somebody knows of a topic: the level that was declared, and what the leads that they won teach beside it.

Having had many leads about a topic teaches nothing. What counts is to win more of them than is usual with that topic,
shrunk as `skill` shrinks it: where reps barely differ, to nothing. Nothing is learned before the outcomes show that the
reps differ at all, and what is learned never lowers what is declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from routing.engine.evidence import in_order
from routing.engine.performance import Counted
from routing.engine.skill import learned_table, skill_estimate
from routing.engine.types import ExpertiseTable, Learned, RepId, RepState

TOPIC = "topic"
"""The one dimension by which leads are told apart here."""
TOP_LEVEL = 3
"""The highest level of expertise: who has it fits a topic in full."""
MORE_A_LEVEL = 0.5
"""Winning so much more than is usual is worth one level: 30 % instead of 20 %."""
MOST_LEARNED = 2.0
"""Levels. The highest is for people to declare."""
LEAST_WINS = 1.0
"""Decayed: so much must have been won of a topic before anything is learned of it."""
DIGITS = 1
"""Of a learned level: what differs by less is left to the turn."""
NOTHING: Mapping[str, Learned] = MappingProxyType({})


def learn_expertise(
    *, day: date, k: float, faded: Iterable[Counted], whole: Iterable[Counted], before: bool
) -> ExpertiseTable:
    """The table of a day from outcomes by rep and topic (the one dimension of the segments).

    `faded` are decayed, and a lead counts for each of its topics as far as it is about it; `whole` are whole leads,
    each once, and are asked whether reps differ. `before`: the table before this one said that they do.
    """
    rows = in_order(faded)
    skill = learned_table(day=day, dimensions=(TOPIC,), k=k, faded=rows, whole=whole, before=before).skill
    if skill is None:
        return ExpertiseTable(day)
    sums: dict[RepId, dict[str, list[float]]] = {}
    for row in rows:
        total = sums.setdefault(row.rep, {}).setdefault(row.segment[0], [0.0, 0.0])
        total[0] += row.leads
        total[1] += row.wins
    reps: dict[RepId, dict[str, Learned]] = {}
    for rep, topics in sorted(sums.items()):
        for topic, (leads, wins) in sorted(topics.items()):
            rate = skill_estimate(skill, rep, (topic,)).rate
            usual = skill_estimate(skill, None, (topic,)).rate
            level = learned_level(rate, usual, wins) if skill.differ else 0.0
            reps.setdefault(rep, {})[topic] = Learned(level, rate, usual, leads, wins)
    return ExpertiseTable(day, skill.differ, skill.p_value, reps)


def learned_level(rate: float, usual: float, wins: float) -> float:
    """What is added to a declared level for being expected to win `rate` of what others win `usual` of."""
    if wins < LEAST_WINS or not usual > 0:
        return 0.0
    return round(min(max((rate / usual - 1) / MORE_A_LEVEL, 0.0), MOST_LEARNED), DIGITS)


def known_of(state: RepState, topic: str, learned: Mapping[str, Learned] = NOTHING) -> tuple[float, float]:
    """The level declared in a folded topic, and the level learned; 0 for none."""
    taught = learned.get(topic)
    return state.expertise.get(topic, 0.0), taught.level if taught else 0.0


def level_of(state: RepState, topic: str, learned: Mapping[str, Learned] = NOTHING) -> float:
    """Both together, at most the highest level there is."""
    declared, more = known_of(state, topic, learned)
    return min(declared + more, TOP_LEVEL) if more > 0 else declared


def taught(table: ExpertiseTable | None, rep: RepId) -> Mapping[str, Learned]:
    """What a table says of a rep."""
    return table.reps.get(rep, NOTHING) if table else NOTHING
