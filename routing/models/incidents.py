"""What the auditor found: open until it is over."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class IncidentQuerySet(models.QuerySet["Incident"]):
    def open(self) -> IncidentQuerySet:
        return self.filter(closed_at=None)


class Incident(models.Model):
    """Something is wrong, with what, since when; `healed`: the auditor mended it."""

    class Kind(models.TextChoices):
        UNROUTED = "unrouted", "Leads are not routed"
        OVERDUE = "overdue", "SLA steps are overdue"
        UNSENT = "unsent", "Alerts are not sent"
        DOUBLE_OWNED = "double_owned", "A lead has two owners"
        LEDGER = "ledger", "A ledger does not add up to 0"
        NEGLECTED = "neglected", "A lead without owner, deadline or message"
        SILENT_SOURCE = "silent_source", "A source is silent"
        HEARTBEAT = "heartbeat", "A process does not go round"
        DEAD_LETTER = "dead_letter", "A webhook delivery was given up"
        CALENDAR = "calendar", "A calendar feed cannot be read"
        DEPARTURE = "departure", "A hand-over could not be carried out"
        SPOOL = "spool", "Submissions wait on disk"
        SCORE = "score", "The learned score is out of order"
        FAILED = "failed", "A check failed"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=200, blank=True, help_text="What it is about: a source, a process, a ledger.")
    text = models.CharField(max_length=500)
    healed = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When it was found last.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When people were told.")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(closed_at=None), name="incident_open_once")
        ]

    def __str__(self) -> str:
        return self.text
