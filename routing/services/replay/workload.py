"""What one person has during the replay: leads got, answered and closed, and so how much of their caps is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reps.caps import Cap
from routing.engine.types import CapKind, CapUse, Method, PoolId, RepId
from routing.snapshots.cap_use import HOUR, NOT_COUNTED, OPEN_FOR, Days, Got, OwnedCap, days_of, use_of


class Load(NamedTuple):
    """One lead that somebody got. None: it is never answered, or never closed."""

    at: datetime
    pool: PoolId | None
    method: str
    units: int
    answered_at: datetime | None
    closed_at: datetime | None
    released: bool

    def is_open(self, now: datetime) -> bool:
        return (self.closed_at is None or self.closed_at > now) and self.at > now - OPEN_FOR

    def is_unanswered(self, now: datetime) -> bool:
        return self.answered_at is None or self.answered_at > now


@dataclass(slots=True)
class Workload:
    """Of one person. `caps` are their limits, of everything and of memberships."""

    rep: RepId
    zone: ZoneInfo
    caps: tuple[CapUse, ...] = ()
    loads: list[Load] = field(default_factory=list)
    days: Days | None = None

    def forget(self, now: datetime) -> None:
        """Let go of what no cap can count any more."""
        if self.loads and not self.loads[0].is_open(now) and not self.loads[0].is_unanswered(now):
            self.loads = [load for load in self.loads if load.at > now - OPEN_FOR]

    def open_units(self, now: datetime) -> int:
        return sum(load.units for load in self.loads if load.is_open(now))

    def released(self, now: datetime) -> int:
        """How many leads that had waited are not answered yet."""
        return sum(load.released for load in self.loads if load.is_open(now) and load.is_unanswered(now))

    def used(self, now: datetime) -> tuple[CapUse, ...]:
        """The caps, with what is used of them at this instant."""
        if not self.caps:
            return ()
        if self.days is None or not self.days.today <= now < self.days.tomorrow:
            self.days = days_of(self.zone, now)
        return tuple(self._use(cap, self.days, now) for cap in self.caps)

    def _use(self, cap: CapUse, days: Days, now: datetime) -> CapUse:
        owned = OwnedCap(self.rep, cap.pool, Cap(cap.kind, cap.limit, cap.every_kind))
        return use_of(owned, {self.rep: list(_counted(self.loads, cap.kind, now))}, days, now)

    def next_changes(self, load: Load) -> Iterator[datetime]:
        """When a lead that was just got stops counting for something."""
        kinds = {cap.kind for cap in self.caps}
        if CapKind.HOUR in kinds:
            yield load.at + HOUR
        if load.answered_at and (CapKind.UNANSWERED in kinds or load.released):
            yield load.answered_at
        if CapKind.OPEN in kinds:
            yield min(load.closed_at or load.at + OPEN_FOR, load.at + OPEN_FOR)

    def has_daily_caps(self) -> bool:
        return any(cap.kind in (CapKind.DAY, CapKind.WEEK) for cap in self.caps)


def _counted(loads: Sequence[Load], kind: CapKind, now: datetime) -> Iterator[Got]:
    """What counts for a cap of this kind; what counts as of now says so."""
    for load in loads:
        counted = Method(load.method) not in NOT_COUNTED
        if kind is CapKind.OPEN or kind is CapKind.UNANSWERED:
            if load.is_open(now) and (kind is CapKind.OPEN or load.is_unanswered(now)):
                yield Got(load.pool, counted, now, load.units)
        elif kind is not CapKind.HOUR or load.at > now - HOUR:
            yield Got(load.pool, counted, load.at, load.units)
