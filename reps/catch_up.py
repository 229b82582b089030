"""Catching up after a leave: what somebody goes on earning meanwhile, and how fast it is paid out afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

DEFAULTS: Mapping[str, float] = {"share": 0, "cap": 5, "max_rate": 1.5}
BOUNDS: Mapping[str, tuple[float, float]] = {"share": (0, 1), "cap": (0, 1_000), "max_rate": (1, 10)}


class CatchUpTerms(NamedTuple):
    """`share` of one's share is earned on leave, up to `cap` leads; then at most `max_rate` times one's share."""

    share: float
    cap: float
    max_rate: float


def check_catch_up(value: object) -> list[str]:
    """What is wrong with {"share": 0.5, "cap": 5, "max_rate": 1.5}; nothing if it is right."""
    if not isinstance(value, Mapping):
        return ['Catching up is written as {"share": 0.5, "cap": 5, "max_rate": 1.5}.']
    return [error for key, number in value.items() for error in _check(str(key), number)]


def _check(key: str, number: object) -> list[str]:
    if key not in BOUNDS:
        return [f"“{key}” is unknown. Use {', '.join(BOUNDS)}."]
    low, high = BOUNDS[key]
    if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
        return [f"{key}: “{number}” is not a number from {low:g} to {high:g}."]
    return []


def read_catch_up(value: object) -> CatchUpTerms | None:
    """The terms in `value`, missing ones by default; None where nothing is earned on leave or it cannot be read."""
    if not value or check_catch_up(value) or not isinstance(value, Mapping):
        return None
    terms = CatchUpTerms(**{**DEFAULTS, **value})
    return terms if terms.share > 0 else None
