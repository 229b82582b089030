"""What belongs to a rep or a team: hours, time off, expertise, and the ways to reach somebody."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from reps.models.people import Rep, Team


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class WorkingHours(models.Model):
    """One block of a week's working time, of a team or of a rep. An overnight block belongs to the day it starts."""

    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="working_hours")
    rep = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    start = models.TimeField()
    end = models.TimeField(help_text="An end at or before the start lies on the next day; 00:00 is midnight.")

    class Meta:
        verbose_name_plural = "working hours"
        ordering = ["weekday", "start"]
        constraints = [
            models.CheckConstraint(
                name="working_hours_belong_to_a_team_or_a_rep",
                condition=Q(team=None, rep__isnull=False) | Q(team__isnull=False, rep=None),
                violation_error_message="Working hours belong to either a team or a rep.",
            ),
            models.CheckConstraint(name="working_hours_weekday_is_0_to_6", condition=Q(weekday__lte=6)),
            models.UniqueConstraint(
                fields=["team", "weekday", "start"], condition=Q(rep=None), name="working_hours_team_block_once"
            ),
            models.UniqueConstraint(
                fields=["rep", "weekday", "start"], condition=Q(team=None), name="working_hours_rep_block_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{Weekday(self.weekday).label} {self.start:%H:%M}–{self.end:%H:%M}"


class TimeOff(models.Model):
    """A leave: from an instant up to, not including, another. Whole days are the rep's local days."""

    class HandOver(models.TextChoices):
        KEEP = "", "They keep them"
        BACKUP = "backup", "To their backup"
        ROUTING = "routing", "Routed anew"

    class HandOverLeads(models.TextChoices):
        UNANSWERED = "unanswered", "Those without an answer"
        OPEN = "open", "All that are open"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="time_off")
    starts_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("to", help_text="The first instant at work again.")
    whole_days = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    hand_over = models.CharField(
        "open leads",
        max_length=10,
        blank=True,
        choices=HandOver.choices,
        default=HandOver.KEEP,
        help_text="What happens with the leads that they own when the leave begins.",
    )
    hand_over_leads = models.CharField(
        "which leads", max_length=10, choices=HandOverLeads.choices, default=HandOverLeads.UNANSWERED
    )
    handed_over_at = models.DateTimeField(null=True, blank=True, editable=False)
    calendar_uid = models.CharField(
        max_length=250, blank=True, editable=False, help_text="The entry of the rep's calendar feed that it comes from."
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "time off"
        ordering = ["starts_at"]
        indexes = [
            models.Index(fields=["rep", "ends_at"], name="time_off_of_rep"),
            models.Index(
                fields=["starts_at"],
                name="time_off_to_hand_over",
                condition=~Q(hand_over="") & Q(handed_over_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="time_off_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="Time off must end after it starts.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep} {self.starts_at:%Y-%m-%d} – {self.ends_at:%Y-%m-%d}"


class Expertise(models.Model):
    """What a rep knows of a topic, on a scale of 1 (some) to 3 (expert)."""

    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="expertise")
    topic = models.CharField(max_length=100)
    level = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name_plural = "expertise"
        ordering = ["topic"]
        constraints = [
            models.UniqueConstraint(fields=["rep", "topic"], name="expertise_topic_once_a_rep"),
            models.CheckConstraint(
                name="expertise_level_is_1_to_3",
                condition=Q(level__gte=1, level__lte=3),
                violation_error_message="A level is 1, 2 or 3.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.level}"


class Channel(models.Model):
    """A way to reach a rep. The first that is active gets alerts; the next one where it fails. None: e-mail alone."""

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        SLACK = "slack", "Slack"
        TEAMS = "teams", "Microsoft Teams"
        SMS = "sms", "SMS"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.EMAIL)
    address = models.CharField(
        max_length=500, blank=True, help_text="Where it leads, such as slack://… (a secret). E-mail: the rep's address."
    )
    position = models.PositiveSmallIntegerField(default=1, help_text="The lowest is tried first.")
    active = models.BooleanField(default=True)
    failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    error = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["rep", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rep", "kind", "address"],
                name="channel_once_a_rep",
                violation_error_message="This rep has this channel already.",
            ),
            models.CheckConstraint(
                name="channel_has_an_address",
                condition=Q(kind="email", address="") | (~Q(kind="email") & ~Q(address="")),
                violation_error_message="Slack, Teams and SMS need an address; e-mail goes to the rep's own.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.rep}"
