"""SLA policies: how soon a lead must be answered, and what happens without an answer. Draft until published."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from routing.models.bounds import LONGEST_MINUTES, MOST_ATTEMPTS


class SlaClock(models.TextChoices):
    REP_HOURS = "rep_hours", "The rep's working hours"
    ALWAYS = "always", "Around the clock"
    POOL_HOURS = "pool_hours", "The pool's working hours"


class SlaPolicyQuerySet(models.QuerySet["SlaPolicy"]):
    def current(self) -> SlaPolicyQuerySet:
        """Without the archived ones."""
        return self.filter(archived_at=None)


class SlaPolicy(models.Model):
    """How soon a lead must be answered."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    first_response_minutes = models.FloatField(default=5)
    clock = models.CharField(max_length=10, choices=SlaClock.choices, default=SlaClock.REP_HOURS)
    accept_minutes = models.FloatField(
        default=15,
        validators=[MinValueValidator(0), MaxValueValidator(LONGEST_MINUTES)],
        help_text="Accepting moves taking the lead away to no earlier than so many minutes later.",
    )
    accept_counts = models.BooleanField("accepting counts as a response", default=False)
    take_away = models.BooleanField(
        default=False, help_text="Leads of accounts, territories and returning people may be taken away, too."
    )
    max_attempts = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
        help_text="After so many owners without an answer a manager owns the lead.",
    )
    steps = models.JSONField(
        default=list,
        blank=True,
        help_text='What happens without an answer: [{"after_minutes": 3, "do": "remind", "unless": "accepted"}].',
    )
    demo = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SlaPolicyQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "SLA policy"
        verbose_name_plural = "SLA policies"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="sla_policy_name_once",
                violation_error_message="There is an SLA policy of that name already.",
            ),
            models.CheckConstraint(
                name="sla_policy_minutes_have_bounds",
                condition=Q(
                    first_response_minutes__gt=0,
                    first_response_minutes__lte=LONGEST_MINUTES,
                    accept_minutes__gte=0,
                    accept_minutes__lte=LONGEST_MINUTES,
                    max_attempts__gte=1,
                    max_attempts__lte=MOST_ATTEMPTS,
                ),
                violation_error_message="The time to the first response must be more than 0 minutes, and at most "
                "ten years, as what accepting adds; a lead has 1 to 100 owners.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
