"""Somebody is leaving: who gets what they have, and when."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from reps.models import Rep


class DepartureQuerySet(models.QuerySet["Departure"]):
    def planned(self) -> DepartureQuerySet:
        """Neither carried out nor called off."""
        return self.filter(done_at=None, cancelled_at=None)


class Departure(models.Model):
    """A rep leaves for good: on `leaves_at` each thing they have goes where `plan` says, and they are deactivated."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="departures")
    leaves_at = models.DateTimeField("leaves")
    plan = models.JSONField(default=dict, help_text="What they have → who gets it (services/people/leaving.py).")
    report = models.JSONField(null=True, blank=True, help_text="What was handed over, once it was carried out.")
    error = models.CharField(max_length=500, blank=True, help_text="Why it could not be carried out, if it could not.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        ordering = ["leaves_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rep"], condition=Q(done_at=None, cancelled_at=None), name="departure_once_a_rep"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rep} leaves {self.leaves_at:%Y-%m-%d}"
