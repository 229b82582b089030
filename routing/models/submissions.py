"""What came in at a form or an inbound address, as it came, kept before anything is checked; and given consent."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from routing.models.forms import Form
from routing.models.inbound import InboundAddress
from routing.models.leads import Lead


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def to_review(self) -> SubmissionQuerySet:
        """No lead came of it, and nobody has looked at it."""
        return self.filter(status=Submission.Status.INVALID, reviewed_at=None)


class Submission(models.Model):
    """One submission. `key` is the page's hidden UUID, or derived from what was sent: the same again is no other."""

    class Status(models.TextChoices):
        RECEIVED = "received", "Received"
        ACCEPTED = "accepted", "Became a lead"
        INVALID = "invalid", "Invalid"
        DISCARDED = "discarded", "Discarded"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.ForeignKey(Form, null=True, blank=True, on_delete=models.CASCADE, related_name="submissions")
    inbound = models.ForeignKey(
        InboundAddress, null=True, blank=True, on_delete=models.CASCADE, related_name="submissions"
    )
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was sent.")
    raw = models.TextField(help_text="The body as it came: JSON, or a JSON list of [name, value].")
    content_type = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVED)
    errors = models.JSONField(default=dict, blank=True, help_text="Field → what is wrong.")
    attempts = models.PositiveIntegerField(default=1, help_text="How often it was sent with this key.")
    spooled = models.BooleanField(default=False, help_text="It came while the database was away.")
    page = models.CharField(max_length=500, blank=True, help_text="The page it was sent from.")
    visitor = models.CharField(max_length=64, blank=True, help_text="Keyed hash of the visitor's address.")
    received_at = models.DateTimeField()
    sent_again_at = models.DateTimeField(null=True, blank=True, help_text="When the same came last with this key.")
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="submissions")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    demo = models.BooleanField(default=False, editable=False)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["form", "-received_at"], name="submission_of_form"),
            models.Index(fields=["inbound", "-received_at"], name="submission_of_inbound"),
            models.Index(fields=["received_at"], name="submission_by_day"),
            models.Index(fields=["received_at"], name="submission_unfinished", condition=Q(status="received")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["form", "key"], name="submission_once_a_form"),
            models.UniqueConstraint(fields=["inbound", "key"], name="submission_once_an_inbound"),
            models.CheckConstraint(
                name="submission_came_by_one_door",
                condition=Q(form=None, inbound__isnull=False) | Q(form__isnull=False, inbound=None),
            ),
            models.CheckConstraint(name="submission_key_is_given", condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return f"{self.form or self.inbound}, {self.get_status_display().lower()}"


class Consent(models.Model):
    """What somebody agreed to, or did not: the words they saw, when and where. Kept as long as the lead."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="consents")
    given = models.BooleanField()
    wording = models.TextField(blank=True, help_text="What the box said; empty where the sender did not say.")
    origin = models.CharField(max_length=150, help_text="Form, API key, inbound address or file.")
    page = models.CharField(max_length=500, blank=True)
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at", "pk"]

    def __str__(self) -> str:
        return f"{'given' if self.given else 'not given'}, {self.origin}"
