"""What a pool's reps made of which kind of lead: counted outcomes, frozen for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias

from routing.engine.types.vocabulary import RepId

Segment: TypeAlias = tuple[str, ...]
"""Values of the pool's segment dimensions, in their order; shorter is coarser, () is everything."""


class Record(NamedTuple):
    """Leads with a final outcome, and how many of them were won. Both decayed, so not whole numbers.

    `expected` is what everybody would have won of the very same leads; None: the segment's rate of them.
    """

    wins: float
    leads: float
    expected: float | None = None


Part: TypeAlias = tuple[int, str]
"""What a skill may lie in: the place of a dimension and its value. EVERYWHERE is skill with any lead."""
EVERYWHERE: Part = (-1, "")


class Level(NamedTuple):
    """How often leads of a kind are won by a rep of average skill: log-odds, their variance, and leads (decayed)."""

    logit: float
    variance: float
    leads: float


class Seen(NamedTuple):
    """What a rep's leads of one finest kind say of their skill there: log-odds above the level.

    `information` is one over the variance of `result`; `leads` are decayed.
    """

    information: float
    result: float
    leads: float


@dataclass(frozen=True, slots=True)
class RepSkill:
    """One rep. `parts` have a `mean` each and vary together by `covariance`; `seen` is by finest kind."""

    parts: tuple[Part, ...]
    means: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    seen: Mapping[Segment, Seen]


@dataclass(frozen=True, slots=True)
class SkillTable:
    """The second generation's numbers of a pool. Skill is in log-odds: 0 is the average rep's.

    `differ` says whether anything shows that the reps differ at all; `p_value` is how strongly, and may be looked at
    every day (see routing.engine.evidence). `spreads` are the variances of skill that the outcomes show: everywhere,
    by each dimension, and by the finest kind. `usual` keeps what reps make of the pool's own mix of leads, once that
    was worked out.
    """

    dimensions: tuple[str, ...] = ()
    differ: bool = False
    p_value: float | None = None
    levels: Mapping[Segment, Level] = field(default_factory=dict)
    spreads: tuple[float, ...] = ()
    reps: Mapping[RepId, RepSkill] = field(default_factory=dict)
    usual: dict[RepId, float] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PerformanceTable:
    """The numbers of one pool as of the end of a day. Every prefix of a segment is a segment too.

    Without `skill` they are of the first generation, which shrinks a rep's results by `k` leads.
    """

    day: date
    dimensions: tuple[str, ...] = ()
    segments: Mapping[Segment, Record] = field(default_factory=dict)
    reps: Mapping[RepId, Mapping[Segment, Record]] = field(default_factory=dict)
    k: float = 30.0
    skill: SkillTable | None = None


class Learned(NamedTuple):
    """What outcomes teach of a rep with the leads about a topic.

    `level` is what is added to the level declared. `rate` is what they are expected to win of such leads, `usual` what
    the average rep is; `leads` and `wins` are those of theirs that it rests on, decayed.
    """

    level: float
    rate: float
    usual: float
    leads: float
    wins: float


@dataclass(frozen=True, slots=True)
class ExpertiseTable:
    """What the outcomes of a pool's reps teach of their expertise, as of the end of a day, by folded topic.

    `differ` says whether anything shows that the reps differ; as long as it does not, nothing is learned.
    """

    day: date
    differ: bool = False
    p_value: float | None = None
    reps: Mapping[RepId, Mapping[str, Learned]] = field(default_factory=dict)
