"""Work that takes longer than somebody waits: replay, repair, lint; with progress, a stored report, and cancel."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class WorkQuerySet(models.QuerySet["Work"]):
    def unfinished(self) -> WorkQuerySet:
        return self.filter(finished_at=None)

    def to_run(self, *, abandoned_before: datetime) -> WorkQuerySet:
        """What nobody has begun, or whose worker has not said since then that it lives; oldest first."""
        abandoned = Q(status=Work.Status.RUNNING, beat_at__lt=abandoned_before)
        return self.unfinished().filter(Q(status=Work.Status.QUEUED) | abandoned).order_by("created_at", "pk")


class Work(models.Model):
    """One run. `params` says of what; `report` is what it found, kept for good."""

    class Kind(models.TextChoices):
        REPLAY = "replay", "Replay"
        REPAIR = "repair", "Repair"
        LINT = "lint", "Check of the rulebook"
        CHECK_FILE = "check_file", "Check of a file"
        IMPORT = "import", "Import"
        UNDO = "undo", "Undoing of an import"
        ERASE = "erase", "Erasure"
        MONTH = "month", "Monthly report"
        LEARN = "learn", "Learning of the score"
        EVALUATE = "evaluate", "Evaluation of past deals"

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    params = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    starts = models.PositiveSmallIntegerField(default=0, help_text="How often it was begun: a killed run starts anew.")
    beat_at = models.DateTimeField(null=True, blank=True, help_text="When its worker last said that it lives.")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "work"
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["created_at"], name="work_unfinished", condition=Q(finished_at=None))]

    def __str__(self) -> str:
        at = timezone.localtime(self.created_at)
        return f"{self.get_kind_display()} of {at.day} {at:%b %Y, %H:%M}"
