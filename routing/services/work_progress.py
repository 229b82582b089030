"""How far a long run has come: told to whoever looks on, and the place at which it learns that it must stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.models import Work

SAY_SECONDS = 0.5
TRY_AGAIN = (
    "Try again. If it happens again, tell whoever runs this installation: the log of the reports worker says more."
)


class Cancelled(Exception):
    """Somebody asked for it."""


class Superseded(Exception):
    """Another worker took the run over, since this one was silent for too long."""


class CannotRun(Exception):
    """The run cannot be done as asked; `errors` says by field why, and what to do."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(texts)}" for field, texts in errors.items()))
        self.errors = errors


def nobody(now: datetime) -> None:
    """Nobody needs to hear that the worker lives."""


@dataclass(slots=True)
class Progress:
    """Of one run. `started_at` tells this run from one that took it over."""

    pk: int
    started_at: datetime
    clock: Callable[[], datetime]
    beat: Callable[[datetime], object] = nobody
    done: int = 0
    total: int = 0
    _said_at: float = float("-inf")

    def alive(self) -> None:
        """Say that the run goes on, no further than before. Raises Cancelled or Superseded if it must stop."""
        self.report(self.done, self.total)

    def report(self, done: int, total: int) -> None:
        """Say how far the run is, at most every half second. Raises Cancelled or Superseded if it must stop."""
        self.done, self.total = done, total
        if time.monotonic() < self._said_at + SAY_SECONDS:
            return
        self._said_at = time.monotonic()
        now = self.clock()
        mine = Work.objects.filter(pk=self.pk, status=Work.Status.RUNNING, started_at=self.started_at)
        if not mine.update(done=done, total=total, beat_at=now):
            raise Superseded
        if mine.filter(cancel_asked=True).exists():
            raise Cancelled
        self.beat(now)
