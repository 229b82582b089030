"""What policies would have made of past deals: off-policy estimates, each deal judged by what was known before it.

The first third of the deals only teaches. The others are judged in blocks of time: a policy learns from all deals
before a block, deals the block's leads out in the ledger, and so gets a chance for each rep with each kind of lead.
Those chances against how leads really went out weigh the outcomes that there were.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import partial
from random import Random
from typing import TypeAlias

from routing.engine.performance import build_table, expected_result
from routing.engine.types import RepId, Segment
from routing.evaluation.dealing import Desk
from routing.evaluation.deals import Deal, Deals
from routing.evaluation.differ import DifferTest, do_reps_differ
from routing.evaluation.intervals import may_claim
from routing.evaluation.memory import Memory, Tallies
from routing.evaluation.policies import LEARNT, SAY_CHANCES, SHRINKAGE, SOME_DAY, TURN, Known, Question, Scores
from routing.evaluation.weighing import Judged, Weighed, weigh

TEACHING = 1 / 3
BLOCKS, LEADS_OF_BLOCK = 8, 100
"""At most so many blocks, and at least so many leads in each."""
DEALT = 2_000
"""A block's leads are dealt out anew, in other orders, until there were so many: chances, not the luck of an order."""
BLEND = 30.0
"""How many leads the shares of the whole time weigh, beside those of a block, in how leads went out."""

LEAST_EFFECTIVE, MOST_UNHEARD = 100, 0.2
"""Fewer effective leads, or more for reps who never had such ones, and nothing is claimed."""
UNEVEN, LEADS_OF_KIND = 3.0, 50
"""Of kinds with fewer leads nothing is said about who got them."""

Chances: TypeAlias = dict[Segment, dict[RepId, float]]
"""By kind of lead, with what chance each rep gets one. They add up to 1."""


@dataclass(frozen=True, slots=True)
class Past:
    """What policies would have made of deals. `largest_balances`: how far from zero, in leads, by policy.

    `uneven`: some kinds of lead went to somebody far more often than others did.
    """

    judged: Sequence[Weighed]
    differ: DifferTest
    deals: int
    judged_deals: int
    reps: int
    kinds: int
    uneven: bool
    largest_balances: Mapping[str, float] = field(default_factory=dict)

    def claims(self, one: Weighed) -> bool:
        """Reps differ, the whole interval lies above nothing, and the deals that there were say enough of it."""
        enough = one.effective >= LEAST_EFFECTIVE and one.unheard <= MOST_UNHEARD
        return enough and may_claim(one.uplift, self.differ)


def nobody(done: int, total: int) -> None:
    """Nobody waits to hear how far it is."""


def evaluate_past(deals: Deals, *, band: float = 1.0, progress: Callable[[int, int], object] = nobody) -> Past:
    """Every policy that needs nothing but outcomes, in a band of so many leads. Says `progress` of so many blocks."""
    rows = deals.deals
    begin = round(len(rows) * TEACHING)
    blocks = max(1, min(BLOCKS, (len(rows) - begin) // LEADS_OF_BLOCK))
    edges = [begin + (len(rows) - begin) * part // blocks for part in range(blocks + 1)]
    course = _Course(deals, band)
    course.learn(rows[:begin])
    for done, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
        course.alive = partial(progress, done, blocks)
        course.judge(rows[start:end])
        course.learn(rows[start:end])
    return Past(
        judged=list(course.weighed()),
        differ=do_reps_differ(course.tallies.kinds),
        deals=len(rows),
        judged_deals=len(rows) - begin,
        uneven=_uneven(course.whole),
        reps=len(deals.names),
        kinds=len({row.segment for row in rows}),
        largest_balances={policy: desk.largest for policy, desk in course.desks.items()},
    )


class _Course:
    """An evaluation under way, block by block."""

    def __init__(self, deals: Deals, band: float) -> None:
        self.deals, self.band = deals, band
        self.memory, self.tallies, self.random = Memory(), Tallies(), Random(len(deals.deals))
        self.memory.day = float(deals.deals[0].day)
        self.whole = Counter((row.segment, row.rep) for row in deals.deals)
        self.by_results = set[str]()
        self.desks = {policy: Desk((), band) for policy in LEARNT}
        self.judged: dict[str, list[Judged]] = {policy: [] for policy in (TURN, *LEARNT)}
        self.waiting: list[Deal] = []
        self.alive: Callable[[], object] = lambda: None

    def learn(self, block: Sequence[Deal]) -> None:
        """What became of these, as soon as it is known."""
        for row in block:
            self.tallies.add(row.rep, row.segment, row.won, float(row.day))
            if row.known is None:
                self._remember(row, row.day)
            else:
                self.waiting.append(row)

    def learn_until(self, day: int) -> None:
        """Outcomes that became known before this day."""
        ready = [row for row in self.waiting if row.known is not None and row.known < day]
        self.waiting = [row for row in self.waiting if row.known is not None and row.known >= day]
        for row in sorted(ready, key=lambda row: (row.known, row.row)):
            self._remember(row, row.known or row.day)

    def _remember(self, row: Deal, day: int) -> None:
        if day > self.memory.day:
            self.memory.wait_until(float(day))
        self.memory.add(row.rep, row.segment, row.won, float(day))

    def judge(self, block: Sequence[Deal]) -> None:
        """By what is known before this block."""
        self.learn_until(block[0].day)
        present = sorted({row.rep for row in block})
        known = Known(present, self.deals.dimensions, self.memory.counted(), self.memory.whole())
        went, expected = self._went(block, present), self._expected(block, known)
        even = dict.fromkeys(present, 1 / len(present))
        for policy in self.judged:
            self.alive()
            scores = self._scores(policy, known)
            self.alive()
            chances = dict.fromkeys(went, even) if scores is None else self._dealt(policy, scores, block, present)
            unheard = self._unheard(chances)
            predicted = _predicted(scores if policy in SAY_CHANCES else None, went)
            self.judged[policy] += [
                Judged(
                    won=row.won,
                    weight=chances[row.segment][row.rep] / went[row.segment][row.rep],
                    expected=expected[row.segment][row.rep],
                    promised=_mean(expected[row.segment], chances[row.segment]),
                    unheard=unheard[row.segment],
                    said=predicted[row.segment].get(row.rep),
                )
                for row in block
            ]

    def weighed(self) -> Iterator[Weighed]:
        for policy, judged in self.judged.items():
            self.alive()
            yield weigh(policy, judged, self.judged[TURN])

    def _scores(self, policy: str, known: Known) -> Scores | None:
        scores = LEARNT[policy](replace(known, before=policy in self.by_results)) if policy in LEARNT else None
        if scores is None:
            self.by_results.discard(policy)
        else:
            self.by_results.add(policy)
        return scores

    def _went(self, block: Sequence[Deal], present: Sequence[RepId]) -> Chances:
        """How leads of each kind really went out: in this block, blended with the whole time."""
        here = Counter((row.segment, row.rep) for row in block)
        found: Chances = {}
        for segment in {row.segment for row in block}:
            before = sum(self.whole[segment, rep] for rep in present)
            leads = sum(here[segment, rep] for rep in present)
            found[segment] = {
                rep: (here[segment, rep] + BLEND * self.whole[segment, rep] / before) / (leads + BLEND)
                for rep in present
            }
        return found

    def _expected(self, block: Sequence[Deal], known: Known) -> Chances:
        """What each rep is expected to win of each kind, by what was known before: shrunk, never bare."""
        table = build_table(day=SOME_DAY, dimensions=known.dimensions, k=SHRINKAGE, counted=known.counted)
        segments = {row.segment for row in block}
        return {one: {rep: expected_result(table, rep, one).rate for rep in known.reps} for one in segments}

    def _dealt(self, policy: str, scores: Scores, block: Sequence[Deal], present: Sequence[RepId]) -> Chances:
        """With what chance each rep gets a lead of each kind, in the band of the ledger."""
        desk = self.desks[policy]
        desk.sit(present)
        gets: defaultdict[Segment, Counter[RepId]] = defaultdict(Counter)
        order, dealt = list(block), 0
        while dealt < max(DEALT, len(block)):
            for number, row in enumerate(order):
                if number % DEALT == 0:
                    self.alive()
                rep = desk.deal(datetime.combine(datetime.fromordinal(row.day), time()), scores(Question(row.segment)))
                gets[row.segment][rep] += 1
            dealt += len(order)
            self.random.shuffle(order)
        return {
            segment: {rep: reps[rep] / reps.total() for rep in present} for segment, reps in gets.items()
        }  # fmt: skip

    def _unheard(self, chances: Chances) -> dict[Segment, float]:
        """The part of each kind's leads that would go to somebody who never had such a lead."""
        return {
            segment: sum(chance for rep, chance in reps.items() if not self.whole[segment, rep])
            for segment, reps in chances.items()
        }


def _predicted(scores: Scores | None, segments: Chances) -> dict[Segment, Mapping[RepId, float]]:
    return {segment: scores(Question(segment)) if scores else {} for segment in segments}


def _mean(values: Mapping[RepId, float], chances: Mapping[RepId, float]) -> float:
    return sum(chance * values[rep] for rep, chance in chances.items())


def _uneven(whole: Mapping[tuple[Segment, RepId], int]) -> bool:
    """Whether somebody's share of one kind is more than three times their share of another."""
    leads = Counter[Segment]()
    for (segment, _), number in whole.items():
        leads[segment] += number
    shares = defaultdict[RepId, list[float]](list)
    for rep in {rep for _, rep in whole}:
        shares[rep] = [whole.get((one, rep), 0) / many for one, many in leads.items() if many >= LEADS_OF_KIND]
    return any(max(mine) > UNEVEN * min(mine) for mine in shares.values() if mine)
