"""One policy in one world: leads come, are dealt out by what is known by then, and are won or not by the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.engine.chance import Tally
from routing.engine.types import RepId
from routing.evaluation.calibration import Calibration, calibration
from routing.evaluation.dealing import Desk
from routing.evaluation.differ import DifferTest, do_reps_differ
from routing.evaluation.intervals import NO_UPLIFT, Uplift, may_claim, uplift_of
from routing.evaluation.memory import Memory, Tallies
from routing.evaluation.policies import INTENT, POLICIES, SAY_CHANCES, TURN, Known, Question, Scores
from routing.evaluation.world import World, WorldLead

REBUILD = 7
"""Days after which a policy learns anew."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a policy in a world. `worth`: the leads it can truly be expected to win, of those it dealt out.

    `dealt` and `control`: what was won of its leads, and of those that went by turn to compare with. `differ` is the
    test on what anybody would know in the end: outcomes of leads of before, and of the control group.
    """

    policy: str
    worth: float
    dealt: Tally
    control: Tally
    shares: Mapping[RepId, float]
    largest_balance: float
    differ: DifferTest
    calibration: Calibration | None

    @property
    def measured(self) -> Uplift | None:
        """What somebody measures who does not know the truth."""
        return NO_UPLIFT if self.policy == TURN else uplift_of(self.dealt, self.control)

    @property
    def claims_uplift(self) -> bool:
        return may_claim(self.measured, self.differ)


@dataclass(slots=True)
class _Course:
    """A trial under way. Outcomes wait in `due`, by the week in which they become known."""

    world: World
    policy: str
    desk: Desk
    control_desk: Desk
    memory: Memory = field(default_factory=Memory)
    tallies: Tallies = field(default_factory=Tallies)
    due: defaultdict[int, list[tuple[WorldLead, RepId, bool]]] = field(default_factory=lambda: defaultdict(list))
    scores: Scores | None = None
    worth: float = 0.0
    wins: int = 0
    control: Tally = Tally(0, 0)
    said: list[tuple[float, bool]] = field(default_factory=list)


def run_trial(world: World, policy: str, *, band: float) -> Trial:
    """The policy of this name from the first lead to the last, in a band of so many leads."""
    first = [rep for rep in world.reps if rep not in world.joins]
    course = _Course(world, policy, Desk(first, band), Desk(first, band))
    week = -1
    for lead in world.leads:
        if int(lead.day // REBUILD) > week:
            earlier, week = week, int(lead.day // REBUILD)
            _learn(course, earlier, week, lead.rep is None)
        _hand_out(course, lead)
    for waiting in course.due.values():
        _note(course, waiting)
    dealt = sum(course.desk.shares.values())
    shares = {rep: count / dealt for rep, count in sorted(course.desk.shares.items())}
    largest = max(course.desk.largest, course.control_desk.largest)
    return Trial(
        policy=policy,
        worth=course.worth,
        dealt=Tally(course.wins, dealt),
        control=course.control,
        shares=shares,
        largest_balance=largest,
        differ=do_reps_differ(course.tallies.kinds),
        calibration=calibration(course.said),
    )


def _learn(course: _Course, earlier: int, week: int, begun: bool) -> None:
    """What became known before this week is learnt, and who came meanwhile takes leads."""
    world, day = course.world, float(week * REBUILD)
    for past in range(max(earlier, 0), week):
        waiting = course.due.pop(past, [])
        _note(course, waiting)
        for lead, rep, won in waiting:
            course.memory.add(rep, world.segments[lead.kind], won, lead.known_on(won))
    course.memory.wait_until(day)
    present = [rep for rep in world.reps if world.joins.get(rep, 0.0) <= day]
    if len(present) > len(course.desk.members):
        course.desk.sit(present)
        course.control_desk.sit(present)
    if begun:
        known = Known(
            reps=world.reps,
            dimensions=world.dimensions,
            counted=course.memory.counted(),
            whole=course.memory.whole(),
            before=course.scores is not None,
            expertise=world.declared,
            typical=world.typical(day),
            spreads=world.spreads(day),
        )
        course.scores = POLICIES[course.policy](known)


def _note(course: _Course, known: list[tuple[WorldLead, RepId, bool]]) -> None:
    """What the test may look at: leads that no policy has picked somebody for.

    Where it is about topics those who say to know as much of a topic stand together, whoever they are.
    """
    by_topic = course.policy == INTENT or course.world.terms.expertise > 0
    for lead, rep, won in known:
        if lead.rep is None and not lead.control:
            continue
        if not by_topic:
            course.tallies.add(rep, lead.kind, won, lead.day)
        elif lead.topic >= 0:
            level = int(course.world.declared[rep][lead.topic])
            course.tallies.add(level, lead.topic, won, lead.day, lead.kind)


def _hand_out(course: _Course, lead: WorldLead) -> None:
    chances = course.world.chances(lead)
    if lead.rep is not None:
        rep = lead.rep
    elif lead.control:
        rep = course.control_desk.deal(lead.at)
    else:
        rep = _dealt(course, lead, chances)
    won = lead.luck < chances[rep]
    if lead.rep is None and lead.control:
        course.control = Tally(course.control.wins + won, course.control.leads + 1)
    course.due[int(lead.known_on(won) // REBUILD)].append((lead, rep, won))


def _dealt(course: _Course, lead: WorldLead, chances: Mapping[RepId, float]) -> RepId:
    question = Question(course.world.segments[lead.kind], lead.topic if lead.topic >= 0 else None, chances)
    scores = course.scores(question) if course.scores else None
    rep = course.desk.deal(lead.at, scores)
    won = lead.luck < chances[rep]
    course.worth += chances[rep]
    course.wins += won
    if scores is not None and course.policy in SAY_CHANCES:
        course.said.append((min(max(scores[rep], 0.0), 1.0), won))
    return rep
