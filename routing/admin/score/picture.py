"""The reliability curve: what was said against what came of it. Places are those of an SVG, 0 at the bottom left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.admin.lab.pictures import edge_of, ticks
from routing.engine.performance import wilson

LEFT, RIGHT, TOP, BOTTOM = 44.0, 346.0, 10.0, 250.0


@dataclass(frozen=True, slots=True)
class Point:
    """A tenth of the leads: where it lies, its interval, and its words."""

    x: str
    y: str
    low: str
    high: str
    text: str
    said: str
    won: str
    within: str
    leads: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The points, the way through them, and what is written at both axes."""

    points: Sequence[Point]
    way: str
    x_ticks: Sequence[tuple[str, str]]
    y_ticks: Sequence[tuple[str, str]]


def curve(bins: Sequence[tuple[int, float, float]]) -> Curve:
    """Of (leads, said, won), in the order of what was said."""
    spans = [wilson(won, leads) for leads, _, won in bins]
    edge = edge_of([*(said for _, said, _ in bins), *(high for _, high in spans)])
    points = [
        _point(leads, said, won, low, high, edge) for (leads, said, won), (low, high) in zip(bins, spans, strict=True)
    ]
    names = ticks(edge)
    places = [edge * part for part in (0, 0.5, 1)]
    return Curve(
        points=points,
        way="M" + "L".join(f"{point.x} {point.y}" for point in points),
        x_ticks=[(f"{_x(at, edge):.1f}", name) for at, name in zip(places, names, strict=True)],
        y_ticks=[(f"{_y(at, edge):.1f}", name) for at, name in zip(places, names, strict=True)],
    )


def _point(leads: int, said: float, won: float, low: float, high: float, edge: float) -> Point:
    within = f"{low:.1%} – {high:.1%}"
    return Point(
        x=f"{_x(said, edge):.1f}",
        y=f"{_y(won, edge):.1f}",
        low=f"{_y(low, edge):.1f}",
        high=f"{_y(high, edge):.1f}",
        text=f"Said {said:.1%}; {won:.1%} of {leads:,} leads were won (9 of 10 times within {within})",
        said=f"{said:.1%}",
        won=f"{won:.1%}",
        within=within,
        leads=f"{leads:,}",
    )


def _x(share: float, edge: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(share / edge, 1.0)


def _y(share: float, edge: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * min(share / edge, 1.0)
