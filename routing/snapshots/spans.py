"""Numbers of a version's JSON, kept within bounds whatever an old version says."""

from __future__ import annotations

from typing import Any


def span(value: Any, longest: float) -> float:
    """A number from 0 to `longest`."""
    return min(max(float(value), 0.0), longest)
