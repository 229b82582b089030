"""The strips of the lab: a share with its interval on a line from 0 to an edge. Places are those of an SVG."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LEFT, RIGHT = 6.0, 314.0
"""Where 0 and the edge of a strip lie."""
EDGES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
ARROW = 9.0
"""Marks that are nearer than this need no arrow between them."""
BARS = 100
"""The length of the longest bar."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Where things lie: the interval, what is used, the bare share (empty without any) and what everybody has."""

    low: str
    width: str
    used: str
    bare: str
    everybody: str
    arrow: str


def edge_of(shares: Iterable[float]) -> float:
    """The share at the right end of all strips of a page, so that they can be compared."""
    most = max(shares, default=0.0)
    return next((edge for edge in EDGES if edge >= most), 1.0)


def ticks(edge: float) -> list[str]:
    """What is written at the beginning, in the middle and at the end."""
    return [f"{edge * part:.0%}" if edge > 0.1 else f"{edge * part:.1%}" for part in (0, 0.5, 1)]


def strip(*, low: float, high: float, used: float, bare: float | None, everybody: float | None, edge: float) -> Strip:
    return Strip(
        low=_place(low, edge),
        width=f"{max(_at(high, edge) - _at(low, edge), 1):.1f}",
        used=_place(used, edge),
        bare="" if bare is None else _place(bare, edge),
        everybody="" if everybody is None else _place(everybody, edge),
        arrow=_arrow(bare, used, edge),
    )


def bar(value: float, longest: float) -> str:
    """The length of a bar, where the longest one of the column is as long as can be."""
    return f"{BARS * max(value, 0.0) / longest:.2f}" if longest > 0 else "0"


def _arrow(bare: float | None, used: float, edge: float) -> str:
    """From the bare share to what is used, short of either mark."""
    if bare is None:
        return ""
    start, end = _at(bare, edge), _at(used, edge)
    if abs(end - start) < 2 * ARROW:
        return ""
    way = 1 if end > start else -1
    tip = end - way * 7
    return f"M{start + way * 5:.1f} 12H{tip:.1f}M{tip - way * 4:.1f} 8.5L{tip:.1f} 12L{tip - way * 4:.1f} 15.5"


def _place(share: float, edge: float) -> str:
    return f"{_at(share, edge):.1f}"


def _at(share: float, edge: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(max(share / edge, 0.0), 1.0)
