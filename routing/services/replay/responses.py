"""How soon everybody answers: drawn, by lead, from each one's own past, in their working time."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from routing.engine.types import RepId
from routing.services.replay.working_time import WorkingTime

MOST_KNOWN = 300
"""So many of somebody's latest answers say enough."""
NEVER_AFTER = timedelta(days=2)
"""What is unanswered for so long is not answered any more."""


class Answer(NamedTuple):
    """One lead of the past: when its owner was told, and when they answered, if they did."""

    rep: RepId
    told_at: datetime
    answered_at: datetime | None


class Responses:
    """The same lead and person always give the same answer, whatever the version."""

    def __init__(self, answers: Iterable[Answer], working: Mapping[RepId, WorkingTime], *, until: datetime) -> None:
        self._working = working
        own: defaultdict[RepId, list[float | None]] = defaultdict(list)
        for rep, told_at, answered_at in answers:
            if answered_at is not None:
                own[rep].append(working[rep].seconds(told_at, answered_at))
            elif told_at < until - NEVER_AFTER:
                own[rep].append(None)
        self._own: Mapping[RepId, Sequence[float | None]] = {rep: some[-MOST_KNOWN:] for rep, some in own.items()}
        self._everybodys = [seconds for some in self._own.values() for seconds in some]

    @property
    def known(self) -> bool:
        """Whether anybody ever answered anything."""
        return bool(self._everybodys)

    def seconds(self, rep: RepId, lead: str) -> float | None:
        """Of working time until somebody answers a lead; None: never. Who has no past answers like the others."""
        past = self._own.get(rep) or self._everybodys
        return past[zlib.crc32(f"{lead}/{rep}".encode()) % len(past)] if past else 0.0

    def answered_at(self, rep: RepId, lead: str, told_at: datetime) -> datetime | None:
        seconds = self.seconds(rep, lead)
        return None if seconds is None else self._working[rep].after(told_at, seconds)
