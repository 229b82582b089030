"""What was read in texts, so that every process sees the same, and no text is read twice."""

from __future__ import annotations

from django.db import models


class TextReading(models.Model):
    """What an extractor read in a text: rows of topic, confidence, and where the quote begins and ends in the text.

    `key` is a keyed hash of text, extractor and topics. With `why` it could not be read, and keywords count.
    """

    key = models.CharField(max_length=64, unique=True)
    tags = models.JSONField(default=list)
    why = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["read_at"], name="reading_by_time")]

    def __str__(self) -> str:
        return self.why or f"{len(self.tags)} topics"
