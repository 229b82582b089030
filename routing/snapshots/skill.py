"""The fitted skills of a day as they are stored, and back: what was decided by them can be decided alike again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from routing.engine.types import Level, RepSkill, Seen, SkillTable

DIGITS = 8
"""Significant ones."""


def pack_skill(table: SkillTable) -> dict[str, Any]:
    """Each kind of lead once, with its level; what was seen of a rep names a kind by its place among them."""
    place_of = {segment: place for place, segment in enumerate(table.levels)}
    return {
        "differ": table.differ,
        "p_value": None if table.p_value is None else _short(table.p_value),
        "spreads": _all_short(table.spreads),
        "kinds": [list(segment) for segment in table.levels],
        "levels": [_all_short(level) for level in table.levels.values()],
        "reps": [
            {
                "rep": rep,
                "parts": [list(part) for part in skill.parts],
                "means": _all_short(skill.means),
                "covariance": [_all_short(row[: place + 1]) for place, row in enumerate(skill.covariance)],
                "seen": [[place_of[segment], *_all_short(seen)] for segment, seen in skill.seen.items()],
            }
            for rep, skill in table.reps.items()
        ],
    }


def unpack_skill(content: Mapping[str, Any], *, dimensions: tuple[str, ...]) -> SkillTable:
    kinds = [tuple(kind) for kind in content["kinds"]]
    return SkillTable(
        dimensions=dimensions,
        differ=content["differ"],
        p_value=content["p_value"],
        levels={kind: Level(*level) for kind, level in zip(kinds, content["levels"], strict=True)},
        spreads=tuple(content["spreads"]),
        reps={
            one["rep"]: RepSkill(
                parts=tuple((place, value) for place, value in one["parts"]),
                means=tuple(one["means"]),
                covariance=_whole(one["covariance"]),
                seen={kinds[place]: Seen(*seen) for place, *seen in one["seen"]},
            )
            for one in content["reps"]
        },
    )


def _whole(lower: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """The matrix of which the lower triangle is stored."""
    size = range(len(lower))
    return tuple(tuple(lower[max(one, other)][min(one, other)] for other in size) for one in size)


def _all_short(values: Sequence[float]) -> list[float]:
    return [_short(value) for value in values]


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
