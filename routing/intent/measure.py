"""How well an extractor does on texts whose topics are known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from routing.engine.types import Topic
from routing.intent.tags import Extractor

CONFIDENT = 0.8
"""Whoever is so sure should be wrong next to never."""


class Labelled(NamedTuple):
    """A text with all topics that it is about. `half` and `family` are what figures are told apart by."""

    text: str
    topics: frozenset[str]
    half: str = ""
    family: str = ""


@dataclass(slots=True)
class Score:
    """Counts over texts: topics found rightly, found wrongly, and missed; and of those found confidently, the wrong."""

    texts: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    confident: int = 0
    confident_wrong: int = 0

    def add(self, true: Collection[str], found: Iterable[tuple[str, float]]) -> None:
        sure = dict(found)
        self.texts += 1
        self.right += len(sure.keys() & true)
        self.wrong += len(sure.keys() - true)
        self.missed += len(set(true) - sure.keys())
        confident = {topic for topic, confidence in sure.items() if confidence >= CONFIDENT}
        self.confident += len(confident)
        self.confident_wrong += len(confident - set(true))

    @property
    def precision(self) -> float:
        """Of the topics found, the share that is right, 0 to 1; 1 where none was found."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Of the topics that the texts have, the share that is found, 0 to 1."""
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Micro-F1, 0 to 1: the harmonic mean of the two over all texts together."""
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)

    @property
    def confident_but_wrong(self) -> float:
        """Of the topics found with a confidence of CONFIDENT or more, the share that is wrong, 0 to 1."""
        return self.confident_wrong / self.confident if self.confident else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def measure(texts: Iterable[Labelled], topics: Sequence[Topic], extract: Extractor) -> Score:
    """Let an extractor read them all; what it raises is raised."""
    score = Score()
    for one in texts:
        score.add(one.topics, ((tag.topic, tag.confidence) for tag in extract(one.text, topics)))
    return score
