"""Addresses for programs that cannot change what they send: their fields are mapped to ours."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from routing.models.leads import Lead


class InboundAddressQuerySet(models.QuerySet["InboundAddress"]):
    def active(self) -> InboundAddressQuerySet:
        return self.filter(active=True)


class InboundAddress(models.Model):
    """POST /in/{key}: the key is shown once; only its SHA-256 (`digest`) is kept. Live at once."""

    class Signature(models.TextChoices):
        NONE = "", "Not signed"
        HEX = "hex", "HMAC-SHA256, hexadecimal"
        BASE64 = "base64", "HMAC-SHA256, Base64"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)
    prefix = models.CharField(max_length=12, editable=False, help_text="The key's first characters, for people.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField(default=True)
    mapping = models.JSONField(
        default=dict,
        blank=True,
        help_text='Field of the lead → where it stands: {"email": {"path": "form_response.email", "transforms": []}}.',
    )
    kind = models.CharField(max_length=10, choices=Lead.Kind.choices, default=Lead.Kind.OTHER)
    source = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=150, blank=True)
    signature = models.CharField(max_length=6, blank=True, choices=Signature.choices, default=Signature.NONE)
    signature_header = models.CharField(max_length=60, blank=True, help_text="Such as X-Hub-Signature-256.")
    signature_secret = models.CharField(max_length=200, blank=True, editable=False, help_text="Never shown again.")
    minute_limit = models.PositiveIntegerField(
        "submissions per minute", default=600, help_text="More are refused with 429 for the rest of the minute."
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    demo = models.BooleanField(default=False, editable=False)

    objects = InboundAddressQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["signature_secret", "digest", "last_used_at", "created_at"])

    class Meta:
        verbose_name_plural = "inbound addresses"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="inbound_digest_is_given", condition=~Q(digest="")),
            models.CheckConstraint(
                name="inbound_signature_has_a_header",
                condition=Q(signature="") | ~Q(signature_header=""),
                violation_error_message="A signature needs the name of its header.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
