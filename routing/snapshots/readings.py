"""What was read in texts before ↔ the topics that routing goes by. Nothing is read here: that may take its time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.utils.crypto import salted_hmac

from routing.engine.types import Rulebook, Topic
from routing.intent import EMBEDDINGS, FALLBACK, LONGEST_TEXT, Tag, combined, extract
from routing.models import RoutingSettings, TextReading

LANGUAGE_MODEL = str(RoutingSettings.Extractor.LANGUAGE_MODEL)
NOT_YET = "the text has not been read yet"
VERSIONS = {EMBEDDINGS: "all-MiniLM-L6-v2, 2"}
"""Changes with the weights: what another version read does not count."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What is known of texts under one rulebook. `stored` by the key of the text."""

    rulebook: Rulebook
    stored: Mapping[str, TextReading] = field(default_factory=dict)

    def topics_of(self, texts: Iterable[str], about: str) -> tuple[list[Tag], str]:
        """The topics of several texts about one thing, the surest first; and why keywords found them, if they did."""
        found, reasons = [], []
        for text in filter(None, texts):
            tags, why = self._of(text, about)
            found.append(tags)
            reasons.append(why)
        return combined(found), next(filter(None, reasons), "")

    def needs(self, text: str, *, before: datetime) -> bool:
        """Whether nothing is known of the text, or only that it could not be read, and that since long."""
        row = self.stored.get(key_of(text, self.rulebook))
        return row is None or bool(row.why and row.read_at < before)

    def _of(self, text: str, about: str) -> tuple[list[Tag], str]:
        why = ""
        if self.rulebook.settings.extractor != FALLBACK and self.rulebook.topics:
            row = self.stored.get(key_of(text, self.rulebook))
            if row is not None and not row.why:
                return [Tag(topic, sure, text[start:end]) for topic, sure, start, end in row.tags], ""
            why = row.why if row else NOT_YET
        return extract(text, self.rulebook.topics, extractor=FALLBACK, about=about), why


def load_readings(texts: Iterable[str], rulebook: Rulebook) -> Readings:
    """What was read in these texts: one query, none where keywords find the topics."""
    if rulebook.settings.extractor == FALLBACK or not rulebook.topics:
        return Readings(rulebook)
    keys = {key_of(text, rulebook) for text in texts if text}
    rows = TextReading.objects.filter(key__in=keys) if keys else ()
    return Readings(rulebook, {row.key: row for row in rows})


def store_readings(read: Mapping[str, list[Tag] | str], rulebook: Rulebook, *, now: datetime) -> None:
    """Keep what was read in each text: its topics, or why it could not be read. Only where quotes stand, not what."""
    rows = [_row(text, result, rulebook, now) for text, result in read.items()]
    # in one order everywhere, so that two who store the same do not wait for each other
    TextReading.objects.bulk_create(
        sorted(rows, key=lambda row: row.key),
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["tags", "why", "read_at"],
    )


def _row(text: str, result: list[Tag] | str, rulebook: Rulebook, now: datetime) -> TextReading:
    key = key_of(text, rulebook)
    if isinstance(result, str):
        return TextReading(key=key, why=result[:200], read_at=now)
    places = [
        (tag.topic, tag.confidence, start, start + len(tag.quote))
        for tag in result
        if (start := text.find(tag.quote)) >= 0
    ]
    return TextReading(key=key, tags=places, read_at=now)


def key_of(text: str, rulebook: Rulebook) -> str:
    """The name of a text as it is read under this rulebook; nobody finds the text by it without the secret key."""
    extractor = rulebook.settings.extractor
    version = VERSIONS.get(extractor) or f"{settings.LANGUAGE_MODEL_URL} {settings.LANGUAGE_MODEL_NAME}"
    named = "\0".join((extractor, version, _fingerprint(rulebook.topics), text[:LONGEST_TEXT]))
    return salted_hmac("routing.reading", named, algorithm="sha256").hexdigest()


@lru_cache(maxsize=16)
def _fingerprint(topics: tuple[Topic, ...]) -> str:
    return hashlib.sha256(repr(topics).encode()).hexdigest()
