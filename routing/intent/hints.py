"""What a text may be about though no keyword is in it: words of what is written about a topic, and of its keywords.

One word alone says nothing. A sentence hints at a topic where different words of it stand that are rare enough
together, and that say clearly more than those of any other topic. A word says the less the commoner it is and the more
topics have it. Only topics that something is written about are hinted at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

from routing.engine.types import Topic
from routing.intent.negation import is_negated
from routing.intent.stems import rarity, says_something, stem, stems
from routing.intent.wanted import Part
from routing.intent.words import words_of

LEAST = 1.2
"""A word that is rare, and that no other topic has, says 1: so it takes two."""
LEAST_LEAD = 0.2


class Hint(NamedTuple):
    """A topic, by its number, and the sentence that hints at it."""

    topic: int
    part: Part


def hints(parts: Sequence[Part], topics: tuple[Topic, ...]) -> list[Hint]:
    """The topics that these sentences hint at, each once, with the first sentence that does."""
    weights = _weights(topics)
    found: dict[int, Part] = {}
    for part in parts:
        topic = _hinted(part, weights)
        if topic is not None:
            found.setdefault(topic, part)
    return [Hint(*one) for one in found.items()]


def _hinted(part: Part, weights: Mapping[str, Mapping[int, float]]) -> int | None:
    sums: defaultdict[int, float] = defaultdict(float)
    for one in _stems(part, weights):
        for topic, weight in weights[one].items():
            sums[topic] += weight
    if not sums:
        return None
    best, *rest = sorted(sums, key=lambda topic: (-sums[topic], topic))
    lead = sums[best] - (sums[rest[0]] if rest else 0)
    return best if sums[best] >= LEAST and lead >= LEAST_LEAD else None


def _stems(part: Part, weights: Mapping[str, Mapping[int, float]]) -> list[str]:
    """Those of the sentence that a topic has, each once, without what is negated."""
    words = words_of(part.wanted)
    known = ((place, stem(word.text)) for place, word in enumerate(words) if says_something(word.text))
    return sorted({one for place, one in known if one in weights and not is_negated(part.wanted, words, place)})


@lru_cache(maxsize=16)
def _weights(topics: tuple[Topic, ...]) -> Mapping[str, Mapping[int, float]]:
    """By stem, what it says for each topic that has it. Found once for a list of topics."""
    having: defaultdict[str, list[int]] = defaultdict(list)
    told = [number for number, topic in enumerate(topics) if topic.about]
    for number in told:
        topic = topics[number]
        for one in sorted(stems(" ".join((topic.name, *topic.keywords, topic.about)))):
            having[one].append(number)
    return {
        one: dict.fromkeys(numbers, rarity(one) * _distinction(len(numbers), len(told)))
        for one, numbers in having.items()
    }


def _distinction(having: int, topics: int) -> float:
    """How much a word tells topics apart: 1 if one has it, 0 if all have."""
    return 1.0 if having == 1 else 1 - log(having) / log(topics)
