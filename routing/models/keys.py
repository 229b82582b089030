"""Keys with which programs sign in to the API. Only a hash is kept."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from reps.models import Rep


class Scope(models.TextChoices):
    LEADS_READ = "leads:read", "Read leads"
    LEADS_WRITE = "leads:write", "Send in and change leads"
    CONFIG_READ = "config:read", "Read reps, pools and rules"
    CONFIG_WRITE = "config:write", "Change reps, pools and rules, publish"
    SIGNALS_WRITE = "signals:write", "Send in buying signals"
    INSIGHTS_READ = "insights:read", "Read reports"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, now: datetime) -> ApiKeyQuerySet:
        """Neither revoked nor expired."""
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))


class ApiKey(models.Model):
    """A key is shown once, when it is made; `digest` is its SHA-256, `prefix` its first characters for people.

    Once its secret was exchanged, the former one has a row of its own: `replaces`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    rep = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys")
    test_email = models.EmailField(blank=True, help_text="Who gets the alerts of test leads sent in with this key.")
    replaces = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="replaced_by",
        help_text="The row of the former secret, which works for a while too.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    demo = models.BooleanField(default=False, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="api_key_digest_is_given", condition=~Q(digest="")),
        ]

    def __str__(self) -> str:
        return self.name
