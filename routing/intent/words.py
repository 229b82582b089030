"""A text as words that can be compared, each with its place in the text as it was written."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from routing.engine.folding import fold

NO_SPACES = "\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Scripts that write words without blanks, or with endings joined on: Thai, Korean, Japanese, Chinese."""
WORD = re.compile(rf"[{NO_SPACES}]|(?:(?<![\w.])\.)?[^\W_{NO_SPACES}]+(?:\+{{1,2}}|\#)?(?!\+)")
"""One character of those scripts, or a word as in “helm”, “c++”, “c#” and “.net”."""
JOINT = re.compile(r"|\s{1,3}|\s?[-‐‑–_/&'’]\s?|\.")
"""What may stand between the words of a phrase: blanks or one joining character, never the end of a clause."""


class Word(NamedTuple):
    """A folded word; `start` and `end` are its place in the original text."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """All words, in order, in time that grows with the text alone."""
    if text.isascii():
        return [Word(found[0], found.start(), found.end()) for found in WORD.finditer(text.lower())]
    letters = [_folded(letter) for letter in text]
    places = [place for place, folded in enumerate(letters) for _ in folded]
    return [
        Word(found[0], places[found.start()], places[found.end() - 1] + 1) for found in WORD.finditer("".join(letters))
    ]


def folded_words(text: str) -> tuple[str, ...]:
    """The words of a keyword or phrase."""
    return tuple(word.text for word in words_of(text))


def are_joined(text: str, one: Word, other: Word) -> bool:
    """Whether two words that follow each other can be of one phrase."""
    return JOINT.fullmatch(text, one.end, max(one.end, other.start)) is not None


@lru_cache(maxsize=10_000)
def _folded(letter: str) -> str:
    """One character without case and accent. Blanks stay, so that words stay apart."""
    return letter if letter.isspace() else fold(letter)
