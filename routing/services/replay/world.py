"""One version living through the leads of a replay, in the order of time: what each one became, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from heapq import heapify, heappop, heappush
from itertools import count

from routing.engine.decide import decide
from routing.engine.earlier import as_earlier
from routing.engine.ledger import taken_by
from routing.engine.types import (
    Assigned,
    Decision,
    Deferred,
    Duplicate,
    Held,
    Lead,
    LeadId,
    Method,
    Outcome,
    Parked,
    PoolId,
    Refusal,
    RepId,
    RepState,
    RuleId,
)
from routing.models import SlaClock
from routing.services.hold_deadline import hold_deadline
from routing.services.replay.crew import Crew
from routing.services.replay.kin import Kin
from routing.services.replay.responses import Responses
from routing.services.replay.workload import Load
from routing.snapshots.earlier_of_one import is_of_person
from routing.snapshots.rulebook import Published

FIRST_LOOK, LONGEST_LOOK = timedelta(minutes=15), timedelta(hours=6)
"""A lead for which nobody knows when it can go on is looked at again so soon, then ever more rarely."""
AT_ONCE = 25
"""When somebody becomes free, so many leads that wait are looked at."""
GONE = "no longer here"


class Event(IntEnum):
    """What can happen; at one instant in this order, so that a lead meets those whose shift has just begun."""

    CHANGE = 0
    AGAIN = 1
    ARRIVE = 2


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a lead. `waited` is how long nobody could take it, None if somebody could at once."""

    outcome: Outcome
    rep: RepId | None = None
    method: str = ""
    rule: RuleId | None = None
    pool: PoolId | None = None
    waited: timedelta | None = None
    late: bool = False


@dataclass(slots=True)
class _Waiting:
    """A lead that is held: since when, and how often it was looked at. `turn` tells which appointment is good."""

    lead: Lead
    since: datetime
    turn: int
    looks: int = 0


class World:
    """A version with its people, ledgers and memory of earlier leads."""

    def __init__(
        self,
        published: Published,
        crew: Crew,
        kin: Kin,
        responses: Responses,
        closes_after: Mapping[LeadId, timedelta],
        *,
        since: datetime,
        until: datetime,
    ) -> None:
        self._published = published
        self._rulebook = published.rulebook
        self._rules = {rule.id: rule for rule in published.rulebook.rules}
        self._crew, self._kin, self._responses, self._closes_after = crew, kin, responses, closes_after
        self._since, self._until = since, until
        self._agenda: list[tuple[datetime, Event, int, int]] = []
        self._order = count()
        self._arriving: Mapping[int, Lead] = {}
        self._waiting: dict[LeadId, _Waiting] = {}
        self._deadlines: dict[datetime, datetime] = {}
        self.fates: dict[LeadId, Fate] = {}

    def run(self, leads: Sequence[Lead], *, step: Callable[[int], None]) -> None:
        """Live through it all. `step` is told how many leads have come in."""
        self._arriving = {lead.id: lead for lead in leads}
        self._agenda = [(lead.submitted_at, Event.ARRIVE, next(self._order), lead.id) for lead in leads]
        changes = self._crew.changes(self._since, self._until)
        self._agenda += [(at, Event.CHANGE, next(self._order), rep) for at, rep in changes]
        heapify(self._agenda)
        arrived = 0
        while self._agenda:
            now, event, turn, key = heappop(self._agenda)
            if now >= self._until:
                break
            if event is Event.CHANGE:
                self._change(key, now)
            elif event is Event.ARRIVE:
                arrived += 1
                self._decide(self._acquainted(self._arriving[key]), now)
                step(arrived)
            elif (waiting := self._waiting.get(key)) and waiting.turn == turn:
                self._decide(self._acquainted(waiting.lead), now)
        for lead, waiting in self._waiting.items():
            self.fates[lead] = replace(self.fates[lead], waited=self._until - waiting.since)

    def _plan(self, at: datetime, event: Event, key: int) -> int:
        turn = next(self._order)
        heappush(self._agenda, (at, event, turn, key))
        return turn

    def _change(self, rep: RepId, now: datetime) -> None:
        """Somebody comes, goes, or is free again: leads that wait have another look, those that came first first."""
        self._crew.change(rep)
        if self._waiting and self._crew.frees(rep, now):
            for lead, waiting in list(self._waiting.items())[:AT_ONCE]:
                waiting.turn = self._plan(now, Event.AGAIN, lead)

    def _acquainted(self, lead: Lead) -> Lead:
        earlier = self._kin.of(lead)
        if not earlier:
            return lead
        back = any(other.owner and is_of_person(lead, other) for other in earlier)
        return replace(lead, earlier=earlier, facts={**lead.facts, "returning": True} if back else lead.facts)

    def _decide(self, lead: Lead, now: datetime) -> None:
        batch = self._crew.batch(now)
        decision = decide(lead, self._rulebook, batch)
        while isinstance(decision, Deferred) and decision.rep is not None and decision.rep not in batch.people.reps:
            # named by the rulebook, but gone
            gone = RepState(decision.rep, "Somebody", standing=Refusal.INACTIVE, standing_detail=GONE)
            batch.people = replace(batch.people, reps={**batch.people.reps, decision.rep: gone})
            decision = decide(lead, self._rulebook, batch)
        if isinstance(decision, Deferred):
            raise AssertionError(f"Lead {lead.id} reaches a pool that was not loaded: {decision.pool}")
        if isinstance(decision, Held) and decision.offers:
            decision = self._taken(lead, decision)
        batch.record(lead, decision)
        if isinstance(decision, Held):
            self._hold(lead, decision, now)
        else:
            self._settle(lead, decision, now)

    def _taken(self, lead: Lead, held: Held) -> Assigned:
        """An offer counts as taken at once: by whom it is made to, or by who answers first."""
        never = float("inf")

        def soon(rep: RepId) -> float:
            seconds = self._responses.seconds(rep, lead.key)
            return never if seconds is None else seconds

        rep = min((offer.rep for offer in held.offers), key=lambda one: (soon(one), one))
        selection = held.trace.selection
        posting = taken_by(selection.posting, rep) if selection and selection.posting else None
        rule = self._rules.get(held.rule or 0)
        return Assigned(
            rep, Method.CLAIM, held.reason, held.trace, held.rule, held.pool, posting, units=rule.units if rule else 1
        )

    def _hold(self, lead: Lead, held: Held, now: datetime) -> None:
        waiting = self._waiting.get(lead.id)
        if waiting is None:
            waiting = self._waiting[lead.id] = _Waiting(lead, now, 0)
            self.fates[lead.id] = Fate(Outcome.HELD, rule=held.rule, pool=held.pool)
            self._kin.remember(as_earlier(lead, held, now))
        due = lead.hold_deadline_at or self._deadline(now)
        waiting.lead = replace(lead, released=True, hold_deadline_at=due, first_reached=dict(held.first_reached))
        waiting.looks += 1
        again = held.look_again_at
        if again is None or again <= now:
            again = now + min(FIRST_LOOK * 2 ** min(waiting.looks - 1, 10), LONGEST_LOOK)
        if due > now:
            again = min(again, due)
        waiting.turn = self._plan(again, Event.AGAIN, lead.id)

    def _deadline(self, now: datetime) -> datetime:
        """By the hour, since it is counted in days: thousands of leads that wait share few deadlines."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour not in self._deadlines:
            self._deadlines[hour] = hold_deadline(hour, self._published)
        return self._deadlines[hour] + (now - hour)

    def _settle(self, lead: Lead, decision: Decision, now: datetime) -> None:
        waiting = self._waiting.pop(lead.id, None)
        waited = now - waiting.since if waiting else None
        if isinstance(decision, Assigned):
            self._assign(lead, decision, waited, now)
        elif isinstance(decision, Parked):
            self.fates[lead.id] = Fate(Outcome.PARKED, rule=decision.rule, waited=waited)
            self._kin.remember(as_earlier(lead, decision, now))
        else:
            outcome = Outcome.DUPLICATE if isinstance(decision, Duplicate) else Outcome.QUARANTINED
            self.fates[lead.id] = Fate(outcome, waited=waited)

    def _assign(self, lead: Lead, decision: Assigned, waited: timedelta | None, now: datetime) -> None:
        rep = decision.rep
        answered_at = self._responses.answered_at(rep, lead.key, now)
        closes = self._closes_after.get(lead.id)
        load = Load(
            now,
            decision.pool,
            decision.method,
            decision.units,
            answered_at,
            now + closes if closes is not None else None,
            lead.released,
        )
        for at in self._crew.give(rep, load):
            self._plan(at, Event.CHANGE, rep)
        if decision.posting:
            self._crew.won(decision.posting.ledger, rep, now)
        self._kin.remember(as_earlier(lead, decision, now))
        self.fates[lead.id] = Fate(
            Outcome.ASSIGNED,
            rep,
            decision.method,
            decision.rule,
            decision.pool,
            waited,
            self._is_late(rep, lead.key, decision.rule, now, answered_at),
        )

    def _is_late(self, rep: RepId, lead: str, rule: RuleId | None, now: datetime, answered_at: datetime | None) -> bool:
        """Whether the answer comes after the SLA's time: in working time, or in real time where its clock says so."""
        seconds = self._responses.seconds(rep, lead)
        terms = self._published.sla_of(self._rules.get(rule or 0))
        if seconds is None or answered_at is None:
            return True
        if terms.clock is SlaClock.ALWAYS:
            seconds = (answered_at - now).total_seconds()
        return seconds > terms.first_response_minutes * 60
