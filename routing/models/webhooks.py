"""Outgoing webhooks: whom they tell of what, and each delivery until it has arrived or is given up."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from routing.models.leads import Lead


class WebhookEvent(models.TextChoices):
    LEAD_RECEIVED = "lead.received", "A lead came in"
    LEAD_ASSIGNED = "lead.assigned", "A lead has an owner"
    LEAD_REASSIGNED = "lead.reassigned", "A lead has another owner"
    LEAD_HELD = "lead.held", "A lead waits"
    LEAD_ACCEPTED = "lead.accepted", "A lead was accepted"
    LEAD_RESPONDED = "lead.responded", "A lead was answered"
    LEAD_BREACHED = "lead.breached", "A lead was not answered in time"
    LEAD_OUTCOME = "lead.outcome", "A lead has an outcome"
    RULEBOOK_PUBLISHED = "rulebook.published", "A rulebook was published"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def active(self) -> WebhookQuerySet:
        return self.filter(active=True)


class Webhook(models.Model):
    """An address that is told of events, signed as Standard Webhooks says. Live at once."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)
    url = models.URLField(max_length=500)
    events = models.JSONField(default=list, blank=True, help_text="Which events it is told of. Empty: all.")
    secret = models.CharField(max_length=100, editable=False, help_text="Signs; shown once, when it is made.")
    former_secret = models.CharField(max_length=100, blank=True, editable=False)
    former_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Until then deliveries are signed with both secrets."
    )
    active = models.BooleanField(default=True)
    stopped_reason = models.CharField(
        max_length=200, blank=True, editable=False, help_text="Why the system switched it off."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def waiting(self) -> WebhookDeliveryQuerySet:
        """Neither arrived nor given up."""
        return self.filter(done_at=None)

    def due(self, now: datetime) -> WebhookDeliveryQuerySet:
        """To be sent now, and nobody is at it."""
        return self.waiting().filter(available_at__lte=now).filter(Q(lease_until=None) | Q(lease_until__lt=now))


class WebhookDelivery(models.Model):
    """One event to one address, at least once. `uuid` is its webhook-id, the same on every try."""

    class Result(models.TextChoices):
        WAITING = "", "Waiting"
        SENT = "sent", "Arrived"
        FAILED = "failed", "Given up"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=30, choices=WebhookEvent.choices)
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="webhook_deliveries")
    body = models.TextField(help_text="The JSON that is sent, and signed.")
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=10, blank=True, choices=Result.choices, default=Result.WAITING)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The last answer's.")
    error = models.CharField(max_length=300, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["available_at"], name="delivery_to_send", condition=Q(done_at=None))]
        constraints = [
            models.CheckConstraint(
                name="delivery_done_has_a_result",
                condition=Q(done_at=None, result="") | (Q(done_at__isnull=False) & ~Q(result="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"
