"""What was learned from outcomes, version by version: never changed, so decisions of then can be made again."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class LearnedScore(models.Model):
    """One night's model of how leads end (snapshots.scores). `refused` says why it is not used; empty: it is."""

    trained_at = models.DateTimeField(unique=True, help_text="It scores what is decided from now on.")
    seed = models.PositiveIntegerField(default=1)
    code = models.PositiveSmallIntegerField(help_text="Version of the features and of the procedure.")
    content = models.JSONField(null=True, help_text="The model; none where there was too little to learn from.")
    report = models.JSONField(help_text="How it was judged on leads that it was not made from, and the drift.")
    refused = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-trained_at"]

    def __str__(self) -> str:
        at = timezone.localtime(self.trained_at)
        return f"Version {self.pk} of {at.day} {at:%b %Y, %H:%M}"
