"""The extractor that always works: keywords and phrases, as whole words, however they are written.

Confidence is 0.6 for one mention. Every further keyword of the topic halves what is missing to 1, every repetition
takes a tenth of it; never more than 0.95. “Not”, “no longer”, “kein”, “sans” shortly before a keyword undo it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from routing.engine.types import Topic
from routing.intent.negation import is_negated
from routing.intent.tags import LONGEST_QUOTE, Tag
from routing.intent.words import Word, are_joined, folded_words, words_of

ONE_MENTION = 0.6
ANOTHER_KEYWORD = 0.5
A_REPETITION = 0.9
SUREST = 0.95
SHORTEST_PLURAL = 3
"""Shorter keywords have no plural: “ai” is not “ais”."""


class Node:
    """A place in the tree of all keywords, word by word."""

    __slots__ = ("ends", "then")

    def __init__(self) -> None:
        self.then: dict[str, Node] = {}
        self.ends: list[tuple[int, int]] = []
        """(topic, keyword) that are complete here, by number."""


class Mention(NamedTuple):
    """A keyword at a place: number of the topic and keyword, and its first and last word."""

    topic: int
    keyword: int
    first: int
    last: int


def extract(text: str, topics: Sequence[Topic]) -> list[Tag]:
    """The topics whose keywords the text mentions, the surest first."""
    return list(_extract(text, tuple(topics)))


@lru_cache(maxsize=1_000)
def _extract(text: str, topics: tuple[Topic, ...]) -> tuple[Tag, ...]:
    """Kept, since a signal is read again for every lead of its company."""
    words = words_of(text)
    found: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in _mentions(text, words, _tree(topics)):
        if not is_negated(text, words, mention.first):
            found[mention.topic].append(mention)
    tags = [
        Tag(topics[topic].name, _confidence(mentions), _quote(text, words, mentions[0]))
        for topic, mentions in found.items()
    ]
    return tuple(sorted(tags, key=lambda tag: -tag.confidence))


def _mentions(text: str, words: Sequence[Word], root: Node) -> Iterator[Mention]:
    """Every keyword at every place; of a topic only the longest that begins there."""
    for first in range(len(words)):
        node = root.then.get(words[first].text)
        longest: dict[int, Mention] = {}
        last = first
        while node is not None:
            longest.update({topic: Mention(topic, keyword, first, last) for topic, keyword in node.ends})
            last += 1
            if not node.then or last == len(words) or not are_joined(text, words[last - 1], words[last]):
                break
            node = node.then.get(words[last].text)
        yield from longest.values()


def _confidence(mentions: Sequence[Mention]) -> float:
    keywords = {mention.keyword for mention in mentions}
    missing = 1 - ONE_MENTION
    missing *= ANOTHER_KEYWORD ** (len(keywords) - 1) * A_REPETITION ** (len(mentions) - len(keywords))
    return round(min(1 - missing, SUREST), 3)


def _quote(text: str, words: Sequence[Word], mention: Mention) -> str:
    """As many whole words of the same line around the mention as fit, as they were written."""
    start, end = words[mention.first].start, words[mention.last].end
    before, after = mention.first - 1, mention.last + 1
    grown = True
    while grown:
        grown = False
        if before >= 0 and end - words[before].start <= LONGEST_QUOTE and "\n" not in text[words[before].start : start]:
            start, before, grown = words[before].start, before - 1, True
        if (
            after < len(words)
            and words[after].end - start <= LONGEST_QUOTE
            and "\n" not in text[end : words[after].end]
        ):
            end, after, grown = words[after].end, after + 1, True
    return text[start:end][:LONGEST_QUOTE]


# --- the tree of keywords -----------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _tree(topics: tuple[Topic, ...]) -> Node:
    """All keywords of all topics, and their plurals. Built once for a list of topics."""
    root = Node()
    for number, topic in enumerate(topics):
        phrases = dict.fromkeys(words for keyword in topic.keywords if (words := folded_words(keyword)))
        for keyword, words in enumerate(phrases):
            for last in _numbers_of(words[-1]):
                _leaf(root, (*words[:-1], last)).ends.append((number, keyword))
    return root


def _leaf(node: Node, words: Sequence[str]) -> Node:
    for word in words:
        node = node.then.setdefault(word, Node())
    return node


def _numbers_of(word: str) -> set[str]:
    """A word in the singular and plural, as far as English endings tell."""
    if len(word) < SHORTEST_PLURAL or not word.isalpha():
        return {word}
    if word.endswith(("s", "x", "z", "ch", "sh")):
        singular = {word[:-1]} if word.endswith("s") and not word.endswith(("ss", "us", "is")) else set()
        return {word, f"{word}es", *(one for one in singular if len(one) >= SHORTEST_PLURAL)}
    if word.endswith("y") and word[-2] not in "aeiou":
        return {word, f"{word[:-1]}ies"}
    return {word, f"{word}s"}
