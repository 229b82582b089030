"""Worlds whose truth is known: reps, kinds of lead and leads over a year, drawn from a seed.

The chance to win a lead is the share that is won of its kind, times how good the rep is at this kind, times what the
rep's expertise in its topic adds. Before the policies begin leads were handed out unevenly: seniors had the good ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp, log
from operator import mul
from random import Random
from typing import NamedTuple, TypeAlias

from routing.engine.types import RepId, Segment

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 360.0
ERA = 30.0
"""Skills change from one era to the next. In days."""
BASE = 0.06, 0.35
"""Between which the shares won of kinds of lead lie."""
CHANCES = 0.005, 0.95
WEIGHT_OF_REP, WEIGHT_OF_DIMENSIONS, WEIGHT_OF_KIND = 0.35, 0.35, 0.30
"""How much of the variance of skill is one's own, goes with one fact of a lead, and is that of the exact kind."""
FAVOUR = 1.0
"""How steeply good leads went to seniors before."""
TOPICS = 6
MISDECLARED = 0.2
WON_AFTER, LOST_AFTER = 20.0, 30.0
"""Days until an outcome is known, on average."""
DIMENSIONS = ("source", "size", "region", "industry")

Skill: TypeAlias = list[float]
"""One rep's logarithm of skill, by kind of lead."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a world is like. `skill`, `expertise` and `drift` are standard deviations of logarithms of chances.

    `history`: the part of the leads that was handed out before policies begin. `control`: the part of the others that
    goes by turn, to compare with. `joining` reps come, and `moving` ones change team (their skills), midway.
    """

    reps: int = 12
    kinds: int = 8
    leads: int = 8_000
    differ: bool = True
    skill: float = 0.3
    expertise: float = 0.0
    drift: float = 0.1
    with_topic: float = 0.25
    history: float = 1 / 3
    control: float = 0.5
    joining: int = 1
    moving: int = 1


class WorldLead(NamedTuple):
    """A lead; it is won by whoever's chance is above `luck`. `kind` and `topic` are numbers; topic -1: none.

    `rep` had it, if it came before the policies began. Its outcome is known `known_after` days after `day`.
    """

    number: int
    day: float
    at: datetime
    kind: int
    topic: int
    luck: float
    patience: float
    control: bool
    rep: RepId | None

    def known_on(self, won: bool) -> float:
        return self.day + self.patience * (WON_AFTER if won else LOST_AFTER)


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is to know. `base` and `shares` of the leads by kind, `skills` by era, rep and kind,
    `true_levels` by rep and topic.

    `joins`: the day on which a rep comes; who is not in it is there from the beginning.
    """

    terms: Terms
    reps: tuple[RepId, ...]
    dimensions: tuple[str, ...]
    segments: tuple[Segment, ...]
    base: Sequence[float]
    shares: Sequence[float]
    skills: Sequence[Mapping[RepId, Skill]]
    true_levels: Mapping[RepId, Sequence[float]]
    declared: Mapping[RepId, Mapping[int, float]]
    joins: Mapping[RepId, float]
    leads: Sequence[WorldLead]
    _chances: dict[tuple[int, ...], dict[RepId, float]] = field(default_factory=dict)

    def chances(self, lead: WorldLead) -> dict[RepId, float]:
        """Everybody's true chance to win this lead."""
        return self._chances_of(self._era(lead.day), lead.kind, lead.topic)

    def typical(self, day: float) -> dict[RepId, float]:
        """Everybody's true chance on that day, over all leads."""
        era, told = self._era(day), self.terms.with_topic
        topics = {-1: 1 - told, **dict.fromkeys(range(TOPICS), told / TOPICS)}
        found = dict.fromkeys(self.reps, 0.0)
        for kind, share in enumerate(self.shares):
            for topic, part in topics.items():
                for rep, chance in self._chances_of(era, kind, topic).items():
                    found[rep] += share * part * chance
        return found

    def spreads(self, day: float) -> tuple[float, ...]:
        """How far reps differ on that day: variances of log-odds everywhere, by each dimension, by the exact kind."""
        terms, depth = self.terms, len(self.dimensions)
        if not terms.differ:
            return ()
        won = sum(map(mul, self.base, self.shares))
        kind = WEIGHT_OF_KIND * terms.skill**2 + terms.drift**2 * day / DAYS
        dimension = WEIGHT_OF_DIMENSIONS * terms.skill**2 / depth
        parts = [0.0, kind + dimension] if depth == 1 else [dimension] * depth + [kind]
        return tuple(part / (1 - won) ** 2 for part in (WEIGHT_OF_REP * terms.skill**2, *parts))

    def _era(self, day: float) -> int:
        return min(int(day / ERA), len(self.skills) - 1)

    def _chances_of(self, *key: int) -> dict[RepId, float]:
        if key not in self._chances:
            self._chances[key] = {rep: self._chance(rep, *key) for rep in self.reps}
        return self._chances[key]

    def _chance(self, rep: RepId, era: int, kind: int, topic: int) -> float:
        chance = self.base[kind] * exp(self.skills[era][rep][kind])
        if topic >= 0:
            chance *= exp(self.true_levels[rep][topic])
        return min(max(chance, CHANCES[0]), CHANCES[1])


def draw_world(terms: Terms, seed: int) -> World:
    """The world of a seed: the same terms and seed give the same world, to the last lead."""
    random = Random(seed)
    reps = tuple(range(1, terms.reps + 1))
    sizes = factors(terms.kinds)
    places = _places(sizes)
    names = DIMENSIONS[: len(sizes)]
    segments = tuple(tuple(f"{name} {part + 1}" for name, part in zip(names, place, strict=True)) for place in places)
    base = [exp(random.uniform(log(BASE[0]), log(BASE[1]))) for _ in places]
    drawn = [random.gammavariate(2.0, 1.0) for _ in places]
    shares = [one / sum(drawn) for one in drawn]
    skills = _skills(random, terms, reps, places)
    levels = {rep: [float(random.choice((0, 0, 1, 2, 3))) for _ in range(TOPICS)] for rep in reps}
    late = random.sample(reps, min(terms.joining, len(reps) - 2))
    joins = {rep: DAYS * random.uniform(0.45, 0.7) for rep in late}
    return World(
        terms=terms,
        reps=reps,
        dimensions=names,
        segments=segments,
        base=base,
        shares=shares,
        skills=skills,
        true_levels=_effects(levels, terms),
        declared={rep: _declared(random, mine) for rep, mine in levels.items()},
        joins=joins,
        leads=_leads(random, terms, base, shares, skills[0], [rep for rep in reps if rep not in joins]),
    )


def factors(kinds: int) -> tuple[int, ...]:
    """How many values each dimension has, so that there are that many kinds of lead."""
    found, left, divisor = list[int](), max(kinds, 1), 2
    while divisor * divisor <= left:
        while left % divisor == 0 and len(found) < len(DIMENSIONS) - 1:
            found.append(divisor)
            left //= divisor
        divisor += 1
    return tuple(sorted([*found, left] if left > 1 or not found else found, reverse=True))


def _places(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    places: list[tuple[int, ...]] = [()]
    for size in sizes:
        places = [(*place, part) for place in places for part in range(size)]
    return places


def _skills(
    random: Random, terms: Terms, reps: Sequence[RepId], places: Sequence[tuple[int, ...]]
) -> list[dict[RepId, Skill]]:
    """By era. Whoever changes team has other skills from some era on."""
    if not terms.differ:
        return [dict.fromkeys(reps, [0.0] * len(places))]
    eras = int(DAYS / ERA)
    step = terms.drift / eras**0.5
    now = {rep: _skill(random, terms.skill, places) for rep in reps}
    moves = {
        rep: random.randrange(eras // 2, eras * 3 // 4) for rep in random.sample(reps, min(terms.moving, len(reps)))
    }
    found = [now]
    for era in range(1, eras):
        now = {
            rep: _skill(random, terms.skill, places)
            if moves.get(rep) == era
            else [one + random.gauss(0, step) for one in mine]
            for rep, mine in now.items()
        }
        found.append(now)
    return found


def _skill(random: Random, spread: float, places: Sequence[tuple[int, ...]]) -> Skill:
    own = random.gauss(0, WEIGHT_OF_REP**0.5)
    depth = len(places[0])
    by_part = [
        {
            part: random.gauss(0, (WEIGHT_OF_DIMENSIONS / depth) ** 0.5)
            for part in sorted({one[level] for one in places})
        }
        for level in range(depth)
    ]
    return [
        spread
        * (
            own
            + sum(by_part[level][part] for level, part in enumerate(place))
            + random.gauss(0, WEIGHT_OF_KIND**0.5)
        )
        for place in places
    ]  # fmt: skip


def _effects(levels: Mapping[RepId, Sequence[float]], terms: Terms) -> dict[RepId, list[float]]:
    """What expertise adds to the logarithm of the chance, on average nothing; nothing at all where reps are alike."""
    flat = [level for mine in levels.values() for level in mine]
    mean = sum(flat) / len(flat)
    spread = (sum((level - mean) ** 2 for level in flat) / len(flat)) ** 0.5 or 1.0
    scale = terms.expertise / spread if terms.differ else 0.0
    return {rep: [scale * (level - mean) for level in mine] for rep, mine in levels.items()}


def _declared(random: Random, levels: Sequence[float]) -> dict[int, float]:
    """What a rep says to know. Some of it is wrong."""
    return {
        topic: float(random.randrange(4)) if random.random() < MISDECLARED else level
        for topic, level in enumerate(levels)
    }


def _leads(
    random: Random,
    terms: Terms,
    base: Sequence[float],
    shares: Sequence[float],
    first: Mapping[RepId, Skill],
    present: Sequence[RepId],
) -> list[WorldLead]:
    """In order of time. Those of before have their reps."""
    favours = _favours(random, base, first, present)
    begins = terms.history * DAYS
    found = []
    for number in range(terms.leads):
        day = DAYS * (number + random.random()) / terms.leads
        kind = random.choices(range(len(base)), shares)[0]
        topic = random.randrange(TOPICS) if random.random() < terms.with_topic else -1
        luck, patience, control = random.random(), random.expovariate(1.0), random.random() < terms.control
        rep = random.choices(present, favours[kind])[0] if day < begins else None
        at = START + timedelta(days=day)
        found.append(WorldLead(number, day, at, kind, topic, luck, patience, control and rep is None, rep))
    return found


def _favours(
    random: Random, base: Sequence[float], first: Mapping[RepId, Skill], present: Sequence[RepId]
) -> list[list[float]]:
    """Weights by kind and rep: the better the leads, the more of them went to seniors, who are not always better."""
    logs = [log(one) for one in base]
    mean = sum(logs) / len(logs)
    spread = (sum((one - mean) ** 2 for one in logs) / len(logs)) ** 0.5 or 1.0
    senior = [sum(first[rep]) / len(base) + random.gauss(0, 1) for rep in present]
    return [[exp(FAVOUR * years * (one - mean) / spread) for years in senior] for one in logs]
