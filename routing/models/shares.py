"""Read-only pages of leads for people without a sign-in, until they end."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from routing.models.leads import Lead


class SharedLinkQuerySet(models.QuerySet["SharedLink"]):
    def standing(self, now: datetime) -> SharedLinkQuerySet:
        """Those that open: neither at their end nor ended by somebody."""
        return self.filter(revoked_at=None, ends_at__gt=now)


class SharedLink(models.Model):
    """An address at which whoever has it reads the story of one lead, until it ends.

    The address is made from `uuid` and the secret key, and not kept: nobody makes one from the database alone.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="shared_links")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, help_text="When somebody ended it before its time.")

    objects = SharedLinkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="shared_link_ends_after_it_begins", condition=Q(ends_at__gt=F("created_at"))),
        ]

    def __str__(self) -> str:
        return f"Shared link {self.pk}"
