"""A text in its sentences, without what they turn down: “We don't need SSO, only the API” leaves “only the API”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

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
            wanted = _wanted(sentence.strip())
            if any(map(str.isalnum, wanted)):
                parts.append(Part(found.start() + blanks, found.start() + len(sentence.rstrip()), wanted))
    return parts


def _wanted(sentence: str) -> str:
    clauses = list(_clauses(INSTEAD.sub(" ", sentence)))
    refused = [TURNED_DOWN.search(clause) is not None for clause in clauses]
    if not any(refused):
        return " ".join(clauses) if INSTEAD.search(sentence) else sentence
    settled = max((place for place, clause in enumerate(clauses) if SETTLED.search(clause)), default=-1)
    return ", ".join(clause for place, clause in enumerate(clauses) if place > settled and not refused[place])


def _clauses(sentence: str) -> Iterator[str]:
    start = 0
    for found in CLAUSE.finditer(sentence):
        yield sentence[start : found.start()].strip()
        start = found.end()
    yield sentence[start:].strip()
