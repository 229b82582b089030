"""People: teams, their reps, and the skills that these have."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from reps.time_zones import time_zones
from reps.validators import validate_caps, validate_catch_up, validate_holidays, validate_languages


def validate_timezone(value: str) -> None:
    """Raise ValidationError unless value is an IANA time zone such as Europe/Berlin."""
    if value not in time_zones():
        raise ValidationError(
            "“%(value)s” is not a time zone. Use an IANA name such as Europe/Berlin.", params={"value": value}
        )


class Digest(models.TextChoices):
    NONE = "", "None"
    DAILY = "daily", "Each working day"
    WEEKLY = "weekly", "Each Monday"


class Team(models.Model):
    """Reps who share a manager, a time zone and working hours. A team without hours is always on shift."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)
    manager = models.ForeignKey(
        "Rep",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="managed_teams",
        help_text="Hears of leads that nobody answers, and is a last resort.",
    )
    timezone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_timezone],
        help_text="For reps without a time zone of their own, such as America/Los_Angeles. Empty: the company's.",
    )
    digest = models.CharField(
        "manager's digest",
        max_length=6,
        blank=True,
        choices=Digest.choices,
        default=Digest.DAILY,
        help_text="How often the manager gets a mail about the team's leads.",
    )
    demo = models.BooleanField(default=False, editable=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """Something a lead may require of a rep."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RepQuerySet(models.QuerySet["Rep"]):
    """The verbs of the trade on reps; they chain."""

    def active(self) -> RepQuerySet:
        return self.filter(active=True)

    def paused_at(self, when: datetime) -> RepQuerySet:
        return self.filter(paused=True).filter(Q(paused_until=None) | Q(paused_until__gt=when))

    def on_leave_at(self, when: datetime) -> RepQuerySet:
        return self.filter(pk__in=self._away(when))

    def present_at(self, when: datetime) -> RepQuerySet:
        """Active, not paused and not on leave; working hours aside (see reps.schedules)."""
        return (
            self.active()
            .exclude(pk__in=self.model.objects.paused_at(when).values("pk"))
            .exclude(pk__in=self._away(when))
        )

    def _away(self, when: datetime) -> models.QuerySet[Any, Any]:
        away = self.model.objects.filter(time_off__starts_at__lte=when, time_off__ends_at__gt=when)
        return away.order_by().values("pk")


class Rep(models.Model):
    """Somebody who can own leads, with or without a sign-in."""

    class Hours(models.TextChoices):
        TEAM = "team", "The team's hours"
        OWN = "own", "Own hours"
        ALWAYS = "always", "Always on shift"

    class Kind(models.TextChoices):
        HUMAN = "human", "Person"
        AGENT = "agent", "AI agent"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="rep",
        help_text="The sign-in of this person, if they have one.",
    )
    email = models.EmailField(unique=True, help_text="Where alerts go. Stored in lower case.")
    name = models.CharField(max_length=150)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="reps")
    timezone = models.CharField(
        max_length=64, blank=True, validators=[validate_timezone], help_text="Empty: the team's time zone."
    )
    hours = models.CharField("working hours", max_length=10, choices=Hours.choices, default=Hours.TEAM)
    holidays = models.CharField(
        "public holidays",
        max_length=10,
        blank=True,
        validators=[validate_holidays],
        help_text="Country, or country and region, whose public holidays are free: US, US-CA, DE-BY. Empty: none.",
    )
    languages = models.JSONField(
        default=list, blank=True, validators=[validate_languages], help_text='Language codes, such as ["en", "es"].'
    )
    skills = models.ManyToManyField(Skill, blank=True, related_name="reps")
    about = models.TextField(blank=True, help_text="What this person knows, in free text.")
    caps = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_caps],
        help_text='Most leads this person may get: {"hour": 5, "day": 20, "week": 80, "open": 40, "unanswered": 10}.',
    )
    catch_up = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_catch_up],
        help_text="What this person goes on earning while on leave: "
        '{"share": 0.5, "cap": 5, "max_rate": 1.5}. Empty: nothing.',
    )
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.HUMAN)
    webhook = models.URLField(max_length=500, blank=True, help_text="Where an agent is alerted.")
    ack_seconds = models.PositiveSmallIntegerField(
        default=10, help_text="An agent that has not acknowledged a lead after so many seconds loses it."
    )
    active = models.BooleanField(default=True, help_text="Only active people get leads.")
    paused = models.BooleanField(default=False, help_text="Gets no new leads for now.")
    paused_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until resumed by hand.")
    paused_reason = models.CharField(max_length=200, blank=True)
    paused_by_sla = models.BooleanField(
        default=False, editable=False, help_text="An SLA step paused them: their next act ends it."
    )
    quiet_from = models.TimeField(
        null=True, blank=True, help_text="From then on chat and SMS stay silent; mail goes on. In the rep's time zone."
    )
    quiet_until = models.TimeField(null=True, blank=True)
    calendar_url = models.URLField(
        "calendar feed",
        max_length=500,
        blank=True,
        help_text="An iCal feed (https://…) whose entries are this person's time off.",
    )
    booking_url = models.URLField(
        "booking page",
        max_length=500,
        blank=True,
        help_text="Where people book a meeting with this person (https://…). Forms may show it after sending.",
    )
    calendar_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    calendar_error = models.CharField(max_length=300, blank=True, editable=False)
    calendar_failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    backup = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="backup_of",
        help_text="Takes over leads of accounts and returning people while this person is away.",
    )
    demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[RepQuerySet] = RepQuerySet.as_manager()  # type: ignore[assignment]
    history = HistoricalRecords(
        excluded_fields=["created_at", "calendar_read_at", "calendar_error", "calendar_failing_since"]
    )

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="rep_email_is_lower_case",
                condition=Q(email=Lower("email")) & ~Q(email=""),
                violation_error_message="Write the e-mail address in lower case.",
            ),
            models.CheckConstraint(
                name="rep_agent_has_a_webhook",
                condition=~Q(kind="agent") | ~Q(webhook=""),
                violation_error_message="An agent needs a webhook.",
            ),
            models.CheckConstraint(
                name="rep_is_not_their_own_backup",
                condition=Q(backup=None) | ~Q(backup=F("id")),
                violation_error_message="Nobody can be their own backup.",
            ),
            models.CheckConstraint(
                name="rep_pause_details_need_a_pause",
                condition=Q(paused=True) | (Q(paused_until=None) & Q(paused_reason="")),
                violation_error_message="An end or a reason of a pause needs “paused” to be set.",
            ),
            models.CheckConstraint(
                name="rep_quiet_hours_have_both_ends",
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                violation_error_message="Quiet hours need a start and an end.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: Any = None) -> None:
        self.email = self.email.strip().lower()
        super().clean_fields(exclude=exclude)
