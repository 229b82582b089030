"""Everybody as a version meets them while the replay goes on: standing, caps, open leads, balances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reps.schedules import midnight
from routing.engine.batch import Batch
from routing.engine.types import LedgerAccount, LedgerKey, People, RepId, RepState, Strategy
from routing.services.replay.attendance import Attendance
from routing.services.replay.opening import Totals, opening_accounts
from routing.services.replay.workload import Load, Workload
from routing.snapshots.rulebook import Published


class Crew:
    """Owns the batch in which leads are decided; a new one is begun only when somebody's state has changed."""

    def __init__(
        self,
        people: People,
        published: Published,
        attendance: Attendance,
        loads: Mapping[RepId, Sequence[Load]],
        *,
        since: datetime,
    ) -> None:
        pools = published.rulebook.pools
        self.people = people
        self._attendance = attendance
        self._ledgers = opening_accounts(people.ledgers, since=since)
        self._totals = Totals([pools[pool] for pool in {pool for pool, _ in people.joined}], since=since)
        balanced = {pool for pool, terms in pools.items() if terms.strategy is Strategy.LOAD_BALANCED}
        self._balanced = {member.rep for pool in balanced for member in people.members.get(pool, ())}
        self._loads = {
            rep: Workload(rep, attendance.schedule(rep).zone, state.caps, list(loads.get(rep, ())))
            for rep, state in people.reps.items()
        }
        self._states = {rep: self._state(rep, since) for rep in people.reps}
        self._changed: set[RepId] = set()
        self._batch: Batch | None = None

    def changes(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, RepId]]:
        """Every instant at which somebody's state may change, whatever is decided."""
        yield from ((at, rep) for at, rep in self._attendance.changes() if rep in self._loads)
        for rep, load in self._loads.items():
            if load.has_daily_caps():
                day = since.astimezone(load.zone).date() + timedelta(days=1)
                while (at := midnight(day, load.zone)) < until:
                    yield at, rep
                    day += timedelta(days=1)
            for had in load.loads:
                yield from ((at, rep) for at in self._ends(rep, had) if since < at < until)

    def change(self, rep: RepId) -> None:
        """Somebody's state has to be looked at again."""
        self._changed.add(rep)

    def frees(self, rep: RepId, now: datetime) -> bool:
        """Whether somebody could take leads that wait, as far as their hours go."""
        return self._attendance.standing(rep, now).refusal is None

    def batch(self, now: datetime) -> Batch:
        """Everybody as they are now."""
        if self._batch is None or self._changed:
            self._batch = self._begin(now)
        self._batch.now = now  # nothing that it has worked out depends on the instant until somebody changes
        return self._batch

    def give(self, rep: RepId, load: Load) -> Iterable[datetime]:
        """Somebody got a lead; when that changes their state again."""
        self._loads[rep].loads.append(load)
        return self._ends(rep, load)

    def won(self, ledger: LedgerKey, rep: RepId, now: datetime) -> None:
        self._totals.won(ledger, rep, now)

    def balances(self) -> Mapping[LedgerKey, Mapping[RepId, LedgerAccount]]:
        """The ledgers as they stand now."""
        self._collect()
        return self._ledgers

    def _ends(self, rep: RepId, load: Load) -> list[datetime]:
        ends = list(self._loads[rep].next_changes(load))
        if rep in self._balanced and load.closed_at:
            ends.append(load.closed_at)
        return ends

    def _begin(self, now: datetime) -> Batch:
        touched = self._changed | self._collect()
        for rep in touched & self._states.keys():
            self._states[rep] = self._state(rep, now)
        self._changed = set()
        people = replace(self.people, reps=dict(self._states), ledgers=self._ledgers, totals=self._totals.at(now))
        return Batch(people, now)

    def _collect(self) -> set[RepId]:
        """Take over what the batch has posted; whom it gave leads."""
        if self._batch is None:
            return set()
        for ledger, rep, account in self._batch.changed_accounts():
            self._ledgers.setdefault(ledger, {})[rep] = account
        return {rep for rep, _, _ in self._batch.given.units}

    def _state(self, rep: RepId, now: datetime) -> RepState:
        load = self._loads[rep]
        load.forget(now)
        refusal, detail, available_at = self._attendance.standing(rep, now)
        return replace(
            self.people.reps[rep],
            standing=refusal,
            standing_detail=detail,
            available_at=available_at,
            caps=load.used(now),
            open_units=load.open_units(now) if rep in self._balanced else 0,
            released=load.released(now),
        )
