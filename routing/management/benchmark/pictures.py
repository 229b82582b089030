"""Pictures of what was measured over time, as SVG files for a page of documents: no script, light and dark."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path
from typing import TypeAlias

from routing.management.benchmark.report import Row

PART = re.compile(r"^(?P<what>.+), part (?P<number>\d+) of (?P<parts>\d+)$")
WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 740, 46, 270
DASHES = ("none", "6 4", "2 3", "10 3 2 3")
"""Beside the hue, for whoever does not tell hues apart."""
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2937; } .title { font-weight: 600; font-size: 15px; }
.grid { stroke: #e5e7eb; } .line { fill: none; stroke-width: 2; }
.s0 { stroke: #1d4ed8; } .s1 { stroke: #b45309; } .s2 { stroke: #047857; } .s3 { stroke: #7c3aed; }
@media (prefers-color-scheme: dark) { svg { background: #111827; } text { fill: #e5e7eb; } .grid { stroke: #374151; }
.s0 { stroke: #93c5fd; } .s1 { stroke: #fbbf24; } .s2 { stroke: #6ee7b7; } .s3 { stroke: #c4b5fd; } }
"""
Series: TypeAlias = Mapping[str, Sequence[float]]
"""Values by what they are of, from the first part of the time to the last."""


def write_pictures(rows: Sequence[Row], folder: Path) -> list[Path]:
    """One file for each thing that was measured part by part of the time, and each database."""
    found: defaultdict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: {"p50": [], "p99": []})
    for row in rows:
        if (part := PART.match(row.part)) and row.p50 is not None and row.p99 is not None:
            series = found[part["what"], row.database]
            series["p50"].append(row.p50)
            series["p99"].append(row.p99)
    written = []
    for (what, database), values in found.items():
        path = folder / f"{_file_name(what)}-{database}.svg"
        path.write_text(picture(f"{what} ({database})", values), encoding="utf-8")
        written.append(path)
    return written


def picture(title: str, series: Series) -> str:
    """Milliseconds, on a scale on which ten times as much is always as far up."""
    values = [value for mine in series.values() for value in mine if value > 0]
    low, high = floor(log10(min(values))), max(ceil(log10(max(values))), floor(log10(min(values))) + 1)
    lines = [_line(number, name, mine, low, high) for number, (name, mine) in enumerate(series.items())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><style>{STYLE}</style>'
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}, ms</text>'
        f"{_grid(low, high)}{''.join(lines)}"
        f'<text x="{LEFT}" y="{HEIGHT - 8}">begin</text><text x="{RIGHT}" y="{HEIGHT - 8}" text-anchor="end">end</text>'
        "</svg>\n"
    )


def _grid(low: int, high: int) -> str:
    marks = []
    for power in range(low, high + 1):
        y = _height(10.0**power, low, high)
        marks.append(f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        marks.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    return "".join(marks)


def _line(number: int, name: str, values: Sequence[float], low: int, high: int) -> str:
    step = (RIGHT - LEFT - 60) / max(len(values) - 1, 1)
    points = [(LEFT + place * step, _height(value, low, high)) for place, value in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<polyline class="line s{number % 4}" stroke-dasharray="{DASHES[number % 4]}" points="{path}"/>'
        f'<text x="{x + 8:.1f}" y="{y + 4:.1f}">{escape(name)}</text>'
    )


def _height(value: float, low: int, high: int) -> float:
    return BOTTOM - (log10(max(value, 10.0**low)) - low) / (high - low) * (BOTTOM - TOP)


def _file_name(what: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
