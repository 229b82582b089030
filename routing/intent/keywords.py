"""The extractor that always works: keywords and phrases, as whole words, however they are written.

Confidence is 0.6 for one mention. Every further keyword of the topic halves what is missing to 1, every repetition
takes a tenth of it; never more than 0.95. “Not”, “no longer”, “kein”, “sans” shortly before a keyword undo it, and so
does a sentence that turns it down. Where a sentence has no keyword, words of what is written about a topic may hint at
it, with a confidence of 0.5 (see hints).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from routing.engine.types import Topic
from routing.intent.hints import hints
from routing.intent.negation import is_negated
from routing.intent.tags import LONGEST_QUOTE, Tag
from routing.intent.wanted import quote, refused, sentences
from routing.intent.words import Word, are_joined, folded_words, words_of

ONE_MENTION = 0.6
ANOTHER_KEYWORD = 0.5
A_REPETITION = 0.9
SUREST = 0.95
ONLY_HINTED = 0.5
SHORTEST_PLURAL = 3
"""Shorter keywords have no plural: “ai” is not “ais”."""
SHORTEST_IN_EN = 6
"""So long are words of which a German plural is known, too: “Schulungen”."""
SHORTEST_OF_TWO = 4
JOINTS = ("", "s")
"""What stands between two words that are written as one."""


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
    """The topics whose keywords the text mentions, and those that it hints at, the surest first."""
    return list(_extract(text, tuple(topics)))


@lru_cache(maxsize=1_000)
def _extract(text: str, topics: tuple[Topic, ...]) -> tuple[Tag, ...]:
    """Kept, since a signal is read again for every lead of its company."""
    tags = mentioned(text, topics)
    if any(topic.about for topic in topics):
        tags += _hinted(text, topics, {tag.topic for tag in tags})
    return tuple(sorted(tags, key=lambda tag: -tag.confidence))


def _hinted(text: str, topics: tuple[Topic, ...], known: Collection[str]) -> list[Tag]:
    """What sentences hint at that mention no keyword at all."""
    parts = sentences(text)
    if known:
        parts = [part for part in parts if not mentioned(part.wanted, topics)]
    found = ((topics[topic].name, part) for topic, part in hints(parts, topics))
    return [Tag(name, ONLY_HINTED, quote(text, part)) for name, part in found if name not in known]


def mentioned(text: str, topics: tuple[Topic, ...]) -> list[Tag]:
    """The topics whose keywords are in the text and not turned down there."""
    words = words_of(text)
    found: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in _mentions(text, words, _tree(topics)):
        if not is_negated(text, words, mention.first):
            found[mention.topic].append(mention)
    down = _turned_down(text) if found else bytearray()
    tags = []
    for topic, mentions in found.items():
        wanted = [mention for mention in mentions if not down[words[mention.first].start]]
        if wanted:
            tags.append(Tag(topics[topic].name, _confidence(wanted), _quote(text, words, wanted[0])))
    return tags


def _turned_down(text: str) -> bytearray:
    """For each character, whether it is of something that the text turns down."""
    marks = bytearray(len(text))
    for start, end in refused(text):
        marks[start:end] = b"\x01" * (end - start)
    return marks


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
                for written in ((*words[:-1], last), *_as_one_word(words[:-1], last)):
                    _leaf(root, written).ends.append((number, keyword))
    return root


def _as_one_word(before: Sequence[str], last: str) -> Iterator[tuple[str]]:
    """Two words as German writes them: “Penetrationstest” is a “penetration test”."""
    if len(before) == 1 and min(len(before[0]), len(last)) >= SHORTEST_OF_TWO:
        yield from ((f"{before[0]}{joint}{last}",) for joint in JOINTS)


def _leaf(node: Node, words: Sequence[str]) -> Node:
    for word in words:
        node = node.then.setdefault(word, Node())
    return node


def _numbers_of(word: str) -> set[str]:
    """A word in the singular and plural, as far as endings tell."""
    if len(word) < SHORTEST_PLURAL or not word.isalpha():
        return {word}
    if word.endswith(("s", "x", "z", "ch", "sh")):
        singular = {word[:-1]} if word.endswith("s") and not word.endswith(("ss", "us", "is")) else set()
        return {word, f"{word}es", *(one for one in singular if len(one) >= SHORTEST_PLURAL)}
    if word.endswith("y") and word[-2] not in "aeiou":
        return {word, f"{word[:-1]}ies"}
    return {word, f"{word}s", f"{word}en"} if len(word) >= SHORTEST_IN_EN else {word, f"{word}s"}
