"""Pictures of figures over time."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from routing.management.benchmark.pictures import picture, write_pictures
from routing.management.benchmark.report import Row


def heights(svg: str) -> list[list[float]]:
    """Of the points of each line, downwards."""
    return [[float(point.split(",")[1]) for point in points.split()] for points in re.findall(r'points="([^"]+)"', svg)]


def test_what_takes_longer_lies_higher() -> None:
    (line,) = heights(picture("POST", {"p50": [10.0, 20.0, 500.0, 5.0]}))

    assert line[2] < line[1] < line[0] < line[3]


def test_a_value_of_nothing_lies_at_the_bottom() -> None:
    (line,) = heights(picture("POST", {"p50": [0.0, 3.0]}))

    assert line[0] > line[1]


def test_what_was_measured_part_by_part_is_a_file_each(tmp_path: Path) -> None:
    parts = [Row(f"POST → 202, part {part} of 2", "sqlite", 1, "ms", p50=part, p99=9 * part) for part in (1, 2)]
    all_of_it = Row("POST → 202, all", "sqlite", 1, "ms", p50=1, p99=2)

    (path,) = write_pictures([*parts, all_of_it], tmp_path)

    assert path.name == "post-202-sqlite.svg"
    assert [len(line) for line in heights(path.read_text(encoding="utf-8"))] == [2, 2]
    ElementTree.parse(path)
