"""Who asked to be erased, by keyed hash; and the audit log, to which rows are only ever added."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models


class Suppression(models.Model):
    """Somebody who was erased, and shall not come back by a backup, or at all. Their address itself is not kept."""

    digest = models.CharField(
        max_length=64, unique=True, help_text="HMAC-SHA256 of an e-mail address, a number or a lead's id."
    )
    refused = models.BooleanField(default=True, help_text="They are never taken in again.")
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(help_text="When they were erased last.")

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.digest[:12]


class AuditEntry(models.Model):
    """Who did what to which row, and when. Names and ids only: nothing about people who are leads."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    happened_at = models.DateTimeField()
    actor = models.CharField(max_length=150, blank=True, help_text="A key or command by name.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.DO_NOTHING, db_constraint=False,
        related_name="+",
    )  # fmt: skip
    action = models.CharField(max_length=60, help_text="Such as lead.erased, key.made, signed_in.")
    subject = models.CharField(max_length=60, blank=True, help_text="Model of the row, such as routing.lead.")
    subject_id = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-happened_at", "-pk"]
        indexes = [
            models.Index(fields=["-happened_at"], name="audit_by_day"),
            models.Index(fields=["subject", "subject_id"], name="audit_of_row"),
        ]

    def __str__(self) -> str:
        return self.action

    @property
    def who(self) -> str:
        """A user as they are called now; of one who is gone, the number."""
        if self.user_id is None:
            return self.actor or "the system"
        user = self.user if type(self).user.is_cached(self) else User.objects.filter(pk=self.user_id).first()
        return user.get_username() if user else f"user {self.user_id} (removed)"
