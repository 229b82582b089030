"""Immutable rulebooks: those published, and those that will be at a chosen time."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class RulebookVersion(models.Model):
    """An immutable rulebook. The version with the highest number is the published one."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.PositiveIntegerField(unique=True)
    content = models.JSONField()
    note = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [models.CheckConstraint(name="rulebook_version_number_from_1", condition=Q(number__gte=1))]

    def __str__(self) -> str:
        return f"Version {self.number}"


class ScheduledVersion(models.Model):
    """A frozen rulebook that is published by the clock at a chosen time."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content = models.JSONField()
    note = models.CharField(max_length=300, blank=True)
    publish_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.OneToOneField(
        RulebookVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="scheduled"
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was published, cancelled or refused.")
    error = models.TextField(blank=True, help_text="Why it was not published.")

    class Meta:
        ordering = ["publish_at", "pk"]
        indexes = [models.Index(fields=["publish_at"], name="scheduled_version_due", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"Publication at {self.publish_at:%Y-%m-%d %H:%M} UTC"
