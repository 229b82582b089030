"""How the lab says chances, shares and kinds of lead."""

from __future__ import annotations

from collections.abc import Sequence

from routing.engine.types import Segment

MINUS = "−"


def chance(p: float) -> str:
    """In how many cases something happens."""
    if p < 0.001:
        return "in fewer than 1 of 1,000 cases"
    if p < 0.01:
        return f"in {p * 1000:.0f} of 1,000 cases"
    return f"in {p * 100:.0f} of 100 cases"


def share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def points(value: float) -> str:
    """A difference of shares: +1.2 points."""
    return f"{100 * value:+.1f} points".replace("-", MINUS)


def kind(dimensions: Sequence[str], segment: Segment) -> str:
    """source website, size 11-50; every lead where nothing tells them apart."""
    named = zip(dimensions, segment, strict=False)
    return ", ".join(f"{name} {value or 'unknown'}" for name, value in named) or "Every lead"


def listed(names: Sequence[str], *, last: str = "and") -> str:
    """Ana, Bob and Cem."""
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
