"""Texts → topics of a closed list, with confidence and the words that show it.

An extractor is one function; adding one is a file, a line here, and a test.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from routing.engine.types import Topic
from routing.intent import embeddings, keywords
from routing.intent.tags import Extractor, Tag

__all__ = [
    "EXTRACTORS",
    "EMBEDDINGS",
    "FALLBACK",
    "LONGEST_TEXT",
    "Extractor",
    "Tag",
    "combined",
    "extract",
    "extract_all",
]

logger = logging.getLogger(__name__)

FALLBACK = "keywords"
"""What always works."""
EMBEDDINGS = "embeddings"
EXTRACTORS: Mapping[str, Extractor] = {FALLBACK: keywords.extract, EMBEDDINGS: embeddings.extract}
LONGEST_TEXT = 20_000
"""Characters of a text that are read."""
SUREST = 0.95


def extract(
    text: str, topics: Sequence[Topic], *, extractor: str, about: str, table: Mapping[str, Extractor] = EXTRACTORS
) -> list[Tag]:
    """The topics of a text by an extractor. One that fails or takes too long is replaced by keywords at once.

    `about` names the row in the log; the text itself is never logged. Topics that are not on the list are dropped.
    """
    if not text or not topics:
        return []
    known = {topic.name for topic in topics}
    for name in dict.fromkeys((extractor, FALLBACK)):
        run = table.get(name)
        if run is None:
            logger.warning("There is no extractor %r; keywords are used for %s.", name, about)
            continue
        try:
            return [tag for tag in run(text[:LONGEST_TEXT], topics) if tag.topic in known]
        except Exception as error:  # whatever goes wrong in it, the lead is routed
            logger.warning("The extractor %s failed on %s: %s.", name, about, type(error).__name__)
    return []


def extract_all(
    texts: Iterable[str],
    topics: Sequence[Topic],
    *,
    extractor: str,
    about: str,
    table: Mapping[str, Extractor] = EXTRACTORS,
) -> list[Tag]:
    """The topics of several texts about one thing (title and text): found in both is surer than found in one.

    The quote is the one of the surer text.
    """
    return combined(extract(text, topics, extractor=extractor, about=about, table=table) for text in texts)


def combined(found: Iterable[Iterable[Tag]]) -> list[Tag]:
    """The topics of several texts about one thing, from those of each (see extract_all), the surest first."""
    best: dict[str, Tag] = {}
    for tags in found:
        for tag in tags:
            other = best.get(tag.topic)
            if other is None:
                best[tag.topic] = tag
                continue
            both = 1 - (1 - tag.confidence) * (1 - other.confidence)
            quote = tag.quote if tag.confidence > other.confidence else other.quote
            best[tag.topic] = Tag(tag.topic, round(min(both, SUREST), 3), quote)
    return sorted(best.values(), key=lambda tag: -tag.confidence)
