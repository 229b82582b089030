"""The labelled texts and their topics: written before any extractor was tuned, half of them never looked at since."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import yaml

from routing.engine.folding import fold
from routing.engine.types import Topic

HERE = Path(__file__).parent
TUNING, HELD_OUT = "tuning", "held_out"
HELD_OUT_FAMILY = "story"
"""Of these phrasings nobody has tuned on a single one."""
MORE, FRESH = "texts_more.tsv", "texts_fresh.tsv"
"""Written when the first texts had been measured twice: more to tune on, and others that nobody had looked at yet, half
of them of one new family."""
FRESH_FAMILY = "notes"


class Labelled(NamedTuple):
    """A text of a lead with all topics that it is about; `half` says whether an extractor may be tuned on it."""

    half: str
    family: str
    topics: frozenset[str]
    text: str


def labelled(name: str = "texts.tsv") -> list[Labelled]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Labelled(row["half"], row["family"], frozenset(filter(None, row["topics"].split(", "))), row["text"])
        for row in rows
    ]


def topics() -> tuple[Topic, ...]:
    rows = yaml.safe_load((HERE / "topics.yaml").read_text(encoding="utf-8"))
    return tuple(Topic(row["name"], tuple(map(fold, row["keywords"])), row["about"]) for row in rows)
