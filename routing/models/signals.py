"""Buying signals: what people and companies do that shows interest, and what it is about."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from routing.models.bounds import LONGEST_DAYS
from routing.models.keys import ApiKey
from routing.models.leads import Lead


class Signal(models.Model):
    """One observation about a lead, a person (e-mail) or a company (domain).

    `strength` is 0 to 1 when it was observed and halves every `half_life_days` (None: the company's setting).
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="signals")
    email = models.CharField("e-mail", max_length=254, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    kind = models.CharField(max_length=50, help_text="Such as funding, hiring, pricing_visit, review_site, usage.")
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    strength = models.FloatField(default=1.0)
    half_life_days = models.FloatField(null=True, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    api_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-observed_at", "-pk"]
        indexes = [
            models.Index(fields=["domain", "-observed_at"], name="signal_of_domain", condition=~Q(domain="")),
            models.Index(fields=["email", "-observed_at"], name="signal_of_email", condition=~Q(email="")),
            models.Index(fields=["-observed_at", "-id"], name="signal_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                name="signal_has_a_subject",
                condition=Q(lead__isnull=False) | ~Q(email="") | ~Q(domain=""),
                violation_error_message="Say whom the signal is about: a lead, an e-mail address or a domain.",
            ),
            models.CheckConstraint(
                name="signal_strength_is_a_share",
                condition=Q(strength__gte=0, strength__lte=1),
                violation_error_message="A strength lies between 0 and 1.",
            ),
            models.CheckConstraint(
                name="signal_half_life_has_bounds",
                condition=Q(half_life_days=None) | Q(half_life_days__gt=0, half_life_days__lte=LONGEST_DAYS),
                violation_error_message="A signal counts half after more than 0 days, and at most ten years.",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.kind
