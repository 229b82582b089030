"""Rows → what people speak, can do and know, as requirements ask for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reps.models import Expertise, Rep
from routing.engine.folding import fold
from routing.engine.types import RepId
from routing.snapshots.hours import RepRow


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Language codes and folded names; topics with the level declared, 1 to 3."""

    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    expertise: Mapping[str, float] = field(default_factory=dict)


def load_knowledge(rows: Sequence[RepRow]) -> dict[RepId, Knowledge]:
    """What each of these people knows. Two queries."""
    reps = [row.id for row in rows]
    skills: defaultdict[RepId, set[str]] = defaultdict(set)
    for rep, name in Rep.skills.through.objects.filter(rep__in=reps).values_list("rep_id", "skill__name"):
        skills[rep].add(fold(name))
    levels: defaultdict[RepId, dict[str, float]] = defaultdict(dict)
    for rep, topic, level in Expertise.objects.filter(rep__in=reps).values_list("rep_id", "topic", "level"):
        levels[rep][fold(topic)] = float(level)
    return {
        row.id: Knowledge(_languages(row.languages), frozenset(skills.get(row.id, ())), levels.get(row.id, {}))
        for row in rows
    }


def _languages(codes: Any) -> frozenset[str]:
    """Whatever a row written around the validator holds, only texts are languages."""
    return frozenset(fold(code) for code in codes if isinstance(code, str)) if isinstance(codes, list) else frozenset()
