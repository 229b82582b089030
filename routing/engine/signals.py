"""Buying signals as conditions see them: how strong those of a kind are by now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from routing.engine.folding import fold
from routing.engine.performance import decay
from routing.engine.types import SignalFact

SIGNAL = "signal."
"""What comes before the kind of a signal in the name of a field."""
FADED = 1 / 16
"""After four half-lives nothing is left of a signal."""


def strengths(signals: Iterable[SignalFact], kind: str, now: datetime) -> tuple[float, ...]:
    """The strength by now of each signal of a kind that has not faded, from 0 to 1; the strongest first."""
    wanted = fold(kind)
    fresh = [
        min(max(signal.strength, 0.0), 1.0) * left
        for signal in signals
        if fold(signal.kind) == wanted
        and (left := decay((now - signal.observed_at) / timedelta(days=1), signal.half_life_days)) > FADED
    ]
    return tuple(sorted((strength for strength in fresh if strength > 0), reverse=True))
