"""Counters of what is limited: in the database, so that all processes of all hosts count together."""

from __future__ import annotations

from django.db import models


class ThrottleCount(models.Model):
    """How often something happened in one window. `key` names what and by whom, addresses only as keyed hashes."""

    key = models.CharField(max_length=100)
    window = models.DateTimeField(help_text="When the window began.")
    hits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="throttle_counts_once_a_window")]
        indexes = [models.Index(fields=["window"], name="throttle_window")]

    def __str__(self) -> str:
        return self.key
