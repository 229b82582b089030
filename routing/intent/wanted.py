"""A text in its sentences, without what they turn down: “We don't need SSO, only the API” leaves “only the API”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from routing.intent.tags import LONGEST_QUOTE

SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s)[^.!?\n]*)*[.!?]*")
"""Up to a mark that a blank or the end follows: “3.5” and “node.js” are no ends."""
CLAUSE = re.compile(r";|:\s|\s[-–—]\s|,\s|\s(?=(?:but|just|only|however|aber|sondern|nur)\s)", re.IGNORECASE)
_NOT = r"(?:not|n['’]?t|never|no longer|nicht|nie|kein\w*)"
_WISH = (
    r"(?:need\w*|want\w*|look\w*|search\w*|interest\w*|plan\w*|use|using|require\w*|accept\w*|have|run|consider\w*"
    r"|about|our (?:problem|issue|topic|business)|a (?:problem|issue|topic)|brauch\w*|such\w*|interessiert\w*)"
)
TURNED_DOWN = re.compile(
    rf"\b(?:do|does|did|am|are|is|was|were|will|would|wo|ca)\s?{_NOT}\s(?:\w+\s){{0,2}}?{_WISH}\b"
    rf"|\b(?:never|no longer)\s\w+"
    r"|\bno\s(?:\S+\s){0,4}?(?:needed|required|necessary|please|thanks?|wanted)\b"
    r"|\b(?:no|any)\s(?:need|interest|use|plans)\b|\bnot\s(?:\w+\s)?(?:needed|required|necessary|interested|about)\b"
    r"|\b(?:there (?:is|are)|we have|i have) no\b|^no\s"
    r"|\b(?:moved|moving) away from\b|\bgot rid of\b|\balready have\b|\bhappy with\b"
    r"|\bkein\w*\s(?:interesse|bedarf)\b|\bbrauch\w*\s(?:\w+\s)?(?:kein\w*|nicht)\b|\bnicht\s(?:mehr\s)?(?:nötig|mehr)\b",
    re.IGNORECASE,
)
"""Clauses that name what somebody has no use for. A bare “not” is none: most problems are told with one."""
SETTLED = re.compile(r"\b(?:no|not any) (?:need|help|interest)\b|\bno need\b|\bnot needed\b", re.IGNORECASE)
"""Said of what the sentence began with: “Backups work fine, no need for help there”."""
INSTEAD = re.compile(
    r"\b(?:instead of|rather than|anstatt|statt|anstelle von)\s.*?(?=\s(?:we|i|they|wir|ich)\s|[,;]|$)", re.IGNORECASE
)


class Part(NamedTuple):
    """A sentence: its place in the text, and what is left of it."""

    start: int
    end: int
    wanted: str


def sentences(text: str) -> list[Part]:
    """Those of which something is left, in order."""
    parts = []
    for found in SENTENCE.finditer(text):
        sentence = found[0]
        if any(map(str.isalnum, sentence)):
            blanks = len(sentence) - len(sentence.lstrip())
            wanted, _ = _parted(sentence.strip())
            if any(map(str.isalnum, wanted)):
                parts.append(Part(found.start() + blanks, found.start() + len(sentence.rstrip()), wanted))
    return parts


def refused(text: str) -> Iterator[tuple[int, int]]:
    """Where what the sentences turn down begins and ends."""
    for found in SENTENCE.finditer(text):
        sentence = found[0].lstrip()
        begin = found.end() - len(sentence)
        for start, end in _parted(sentence.rstrip())[1]:
            yield begin + start, begin + end


def quote(text: str, part: Part) -> str:
    """The sentence as it was written, or as many of its first words as a quote may have."""
    sentence = text[part.start : part.end]
    if len(sentence) <= LONGEST_QUOTE:
        return sentence
    cut = sentence[: LONGEST_QUOTE + 1].rfind(" ")
    return sentence[: cut if cut > 0 else LONGEST_QUOTE]


def _parted(sentence: str) -> tuple[str, list[tuple[int, int]]]:
    """What is wanted, and where what is not stands."""
    spared = [found.span() for found in INSTEAD.finditer(sentence)]
    rest = INSTEAD.sub(lambda found: " " * len(found[0]), sentence)
    spans = list(_clauses(rest))
    clauses = [rest[start:end].strip() for start, end in spans]
    down = [TURNED_DOWN.search(clause) is not None for clause in clauses]
    if not any(down):
        return (" ".join(clauses) if spared else sentence), spared
    settled = max((place for place, clause in enumerate(clauses) if SETTLED.search(clause)), default=-1)
    left = [place > settled and not down[place] for place in range(len(clauses))]
    wanted = ", ".join(clause for clause, stays in zip(clauses, left, strict=True) if stays)
    return wanted, spared + [span for span, stays in zip(spans, left, strict=True) if not stays]


def _clauses(sentence: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in CLAUSE.finditer(sentence):
        yield start, found.start()
        start = found.end()
    yield start, len(sentence)
