"""The shapes of places as they are committed beside this file, read once a process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORLD, EUROPE, UNITED_STATES = "world", "europe", "united_states"


@dataclass(frozen=True, slots=True)
class Shape:
    """A country or a region. Without a `path` it is a dot. `roomy`: letters have room at its middle."""

    code: str
    name: str
    x: float
    y: float
    path: str
    roomy: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """`box`: left, top, width and height of the picture."""

    box: tuple[float, ...]
    shapes: tuple[Shape, ...]


@cache
def sheet(name: str) -> Sheet:
    """The world by country, or the United States by state."""
    text = Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")
    read = json.loads(text)
    shapes = (
        Shape(row["code"], row["name"], row["at"][0], row["at"][1], row.get("path", ""), row.get("roomy", False))
        for row in read["places"]
    )
    return Sheet(tuple(read["box"]), tuple(shapes))


@cache
def place_names() -> dict[str, str]:
    """Code → name, of every place that is drawn."""
    return {shape.code: shape.name for name in (EUROPE, WORLD, UNITED_STATES) for shape in sheet(name).shapes}
