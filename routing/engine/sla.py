"""After assignment: which step of its SLA policy comes next for a lead that nobody answered, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from routing.engine.deadlines import after, deadline
from routing.engine.types import Method, PoolId

MOST_STEPS = 60
"""A policy has at most so many steps: which were taken is kept as one number, a bit for each. The bits above are for
the steps of whatever stands in for a policy that cannot be read any more.
"""


class StepKind(StrEnum):
    REMIND = "remind"
    ALERT_MANAGER = "alert_manager"
    OFFER = "offer"
    REASSIGN = "reassign"
    PAUSE_REP = "pause_rep"


class Unless(StrEnum):
    """What the owner must have done for a step to be left out. A response ends all steps anyway."""

    ACCEPTED = "accepted"
    RESPONDED = "responded"


MOVED_BY_ACCEPTING = frozenset({StepKind.REASSIGN, StepKind.OFFER})
"""Steps that wait until an owner who accepted has had time to answer."""
OWNERS = frozenset({Method.ACCOUNT, Method.RETURNING, Method.SAME_COMPANY})
"""Ways in which a lead comes to whom it belongs."""
NAMED = frozenset({Method.TERRITORY, Method.DIRECT, Method.TABLE})
"""Ways in which it does unless a pool picked."""
LAST = frozenset({Method.MANAGER, Method.LAST_RESORT})
"""Ways in which a lead comes to the last one who can have it."""


@dataclass(frozen=True, slots=True)
class SlaStep:
    """What happens so long after the clock started, unless the lead was accepted or responded to by then."""

    after_minutes: float
    do: StepKind
    unless: Unless = Unless.RESPONDED


@dataclass(frozen=True, slots=True)
class SlaClock:
    """A clock that counts only inside the UTC windows, in order; None: around the clock."""

    started_at: datetime
    windows: Sequence[tuple[datetime, datetime]] | None = None

    def passed(self, minutes: float) -> datetime:
        """When so much time has passed since it started."""
        return self.later(self.started_at, minutes)

    def later(self, start: datetime, minutes: float) -> datetime:
        """So much of its time after an instant. Beyond the last window it runs in real time."""
        due = deadline(start, minutes, self.windows)
        if due is not None:
            return due
        opened = [(max(opens, start), closes) for opens, closes in self.windows or () if closes > max(opens, start)]
        counted = sum((closes - opens for opens, closes in opened), timedelta())
        rest = minutes - counted / timedelta(minutes=1)
        return after(opened[-1][1] if opened else start, minutes=rest) or datetime.max.replace(tzinfo=start.tzinfo)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an owner has come: which steps were taken (bits, by number), and when they accepted."""

    taken: int = 0
    accepted_at: datetime | None = None

    def with_taken(self, number: int) -> int:
        return self.taken | 1 << number


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step of a policy, by number, and the instant from which on it is taken."""

    number: int
    step: SlaStep
    at: datetime


def next_step(
    steps: Sequence[SlaStep], clock: SlaClock, standing: Standing, *, accept_minutes: float
) -> DueStep | None:
    """The next step of an owner who has not responded; None if none is left."""
    left = _left(steps, clock, standing, accept_minutes)
    return min(left, key=lambda due: (due.at, due.step.after_minutes, due.number), default=None)


def _left(steps: Sequence[SlaStep], clock: SlaClock, standing: Standing, accept_minutes: float) -> Iterator[DueStep]:
    accepted = standing.accepted_at
    for number, step in enumerate(steps[:MOST_STEPS]):
        if standing.taken >> number & 1 or (accepted is not None and step.unless is Unless.ACCEPTED):
            continue
        at = clock.passed(step.after_minutes)
        if accepted is not None and step.do in MOVED_BY_ACCEPTING:
            at = max(at, clock.later(accepted, accept_minutes))
        yield DueStep(number, step, at)


def once_taken(taken: DueStep, following: DueStep, clock: SlaClock, *, now: datetime) -> datetime:
    """When a step follows one that was taken long after it was due: as much later as the policy has between them."""
    between = following.step.after_minutes - taken.step.after_minutes
    return max(following.at, clock.later(now, max(0.0, between)))


def done_for(step: StepKind, *, method: Method, pool: PoolId | None, take_away: bool) -> StepKind:
    """What a step does to a lead that came this way: one that belongs to its owner is not given to others."""
    if step not in MOVED_BY_ACCEPTING:
        return step
    theirs = method in OWNERS or (method in NAMED and pool is None)
    stays = method in LAST or (theirs and not take_away)
    return StepKind.ALERT_MANAGER if stays else step
