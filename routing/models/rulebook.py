"""The rulebook as a draft: rules and settings; and the last resort, which is live at once."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from reps.models import Rep, validate_timezone
from routing.engine.types import Alert, Away
from routing.models.bounds import LONGEST_DAYS, LONGEST_MINUTES, LONGEST_NURTURE, MOST_UNANSWERED, MOST_UNITS
from routing.models.pools import Pool
from routing.models.sla import SlaPolicy


class RuleQuerySet(models.QuerySet["Rule"]):
    def current(self) -> RuleQuerySet:
        """Without the archived ones."""
        return self.filter(archived_at=None)

    def in_order(self) -> RuleQuerySet:
        """As they are looked at: by position, the catch-all last."""
        return self.order_by("catch_all", "position", "pk")


class Rule(models.Model):
    """IF conditions THEN destination, ELSE when_nobody. Draft until published."""

    class DestinationKind(models.TextChoices):
        POOL = "pool", "Pool"
        TERRITORY = "territory", "Owner of the territory"
        ACCOUNT_OWNER = "account_owner", "Owner of the account"
        REP = "rep", "One person"
        TABLE = "table", "Look-up in a table"
        PARK = "park", "Nurture (nobody for now)"

    class WhenNobodyKind(models.TextChoices):
        NEXT = "next", "Go to the next rule"
        WAIT = "wait", "Wait, then go to the next rule"
        OVERFLOW = "overflow", "Overflow to another pool"
        ASSIGN_ANYWAY = "assign_anyway", "Assign anyway, off shift"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=150)
    enabled = models.BooleanField(default=True)
    catch_all = models.BooleanField(default=False, editable=False)
    conditions = models.JSONField(
        default=list,
        blank=True,
        help_text="Groups that are ORed, of rows that are ANDed. No rows: matches every lead.",
    )
    destination = models.CharField(max_length=20, choices=DestinationKind.choices, default=DestinationKind.POOL)
    pool = models.ForeignKey(Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="rules")
    rep = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.PROTECT, related_name="rules")
    table = models.ForeignKey(
        "routing.LookupTable", null=True, blank=True, on_delete=models.PROTECT, related_name="rules"
    )
    table_field = models.CharField(
        "look up by",
        max_length=100,
        blank=True,
        help_text="The field whose value is looked up, such as attributes.partner.",
    )
    account_role = models.CharField(max_length=50, blank=True, default="owner")
    away = models.CharField(
        "when the owner is away",
        max_length=10,
        default=Away.BACKUP.value,
        choices=[(Away.BACKUP.value, "Their backup"), (Away.NEXT.value, "The next rule"), (Away.WAIT.value, "Wait")],
    )
    park_reason = models.CharField("nurture reason", max_length=200, blank=True)
    review_days = models.PositiveIntegerField(
        "review after days", default=30, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_NURTURE)]
    )
    when_nobody = models.CharField(max_length=15, choices=WhenNobodyKind.choices, default=WhenNobodyKind.NEXT)
    wait_minutes = models.FloatField(null=True, blank=True)
    overflow_pool = models.ForeignKey(
        Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="overflow_rules"
    )
    sla = models.ForeignKey(
        SlaPolicy,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rules",
        verbose_name="SLA policy",
        help_text="Empty: the company's.",
    )
    alert = models.CharField(
        max_length=10,
        default=Alert.NOW.value,
        choices=[(Alert.NOW.value, "At once"), (Alert.DIGEST.value, "In a digest"), (Alert.NONE.value, "No alert")],
    )
    requires = models.JSONField(
        default=dict,
        blank=True,
        help_text='What a rep needs: {"languages": "lead", "skills": ["security"], '
        '"topics": [{"topic": "kubernetes", "level": 2, "patience_minutes": 10}]}.',
    )
    units = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_UNITS)],
        help_text="What a lead of this rule costs of a rep's caps.",
    )
    answer_now = models.BooleanField(default=False, help_text="An owner who is off shift counts as away.")
    same_company = models.BooleanField(
        default=True, help_text="Leads of a company that somebody is working on join that person."
    )
    notify = models.JSONField("also tell", default=list, blank=True, help_text="Further e-mail addresses.")
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)
    weekdays = models.JSONField(default=list, blank=True, help_text="0 is Monday. Empty: every day.")
    note = models.TextField(blank=True)
    owner = models.ForeignKey(
        Rep, null=True, blank=True, on_delete=models.SET_NULL, related_name="owned_rules", verbose_name="kept by"
    )
    review_date = models.DateField(null=True, blank=True)
    demo = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RuleQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["catch_all", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="rule_name_once",
                violation_error_message="There is a rule of that name already.",
            ),
            models.UniqueConstraint(
                fields=["catch_all"],
                condition=Q(catch_all=True, archived_at=None),
                name="rule_one_catch_all",
                violation_error_message="There is a catch-all already.",
            ),
            models.CheckConstraint(
                name="rule_catch_all_is_enabled",
                condition=Q(catch_all=False) | Q(enabled=True),
                violation_error_message="The catch-all cannot be disabled.",
            ),
            models.CheckConstraint(
                name="rule_pool_destination_names_a_pool",
                condition=~Q(destination="pool") | Q(pool__isnull=False),
                violation_error_message="Choose the pool that the leads go to.",
            ),
            models.CheckConstraint(
                name="rule_rep_destination_names_a_rep",
                condition=~Q(destination="rep") | Q(rep__isnull=False),
                violation_error_message="Choose the person that the leads go to.",
            ),
            models.CheckConstraint(
                name="rule_table_destination_names_table_and_field",
                condition=~Q(destination="table") | (Q(table__isnull=False) & ~Q(table_field="")),
                violation_error_message="Choose the table, and the field whose value is looked up in it.",
            ),
            models.CheckConstraint(
                name="rule_units_have_bounds",
                condition=Q(units__gte=1, units__lte=MOST_UNITS),
                violation_error_message="A lead costs 1 to 1000 units.",
            ),
            models.CheckConstraint(
                name="rule_wait_has_minutes",
                condition=(~Q(when_nobody="wait") | Q(wait_minutes__isnull=False, wait_minutes__gt=0))
                & (Q(wait_minutes=None) | Q(wait_minutes__gte=0, wait_minutes__lte=LONGEST_MINUTES)),
                violation_error_message="Say how many minutes to wait, at most ten years.",
            ),
            models.CheckConstraint(
                name="rule_review_days_have_bounds",
                condition=Q(review_days__gte=1, review_days__lte=LONGEST_NURTURE),
                violation_error_message="A lead comes back from nurture after 1 to 3650 days.",
            ),
            models.CheckConstraint(
                name="rule_overflow_names_a_pool",
                condition=~Q(when_nobody="overflow") | Q(overflow_pool__isnull=False),
                violation_error_message="Choose the pool to overflow to.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoutingSettings(models.Model):
    """The one row of company-wide settings. Draft until published, except the pause, which is live at once."""

    class Hierarchy(models.TextChoices):
        CHILD = "child", "The owner of the matched account"
        PARENT = "parent", "The owner of its topmost parent"

    class ScoreFrom(models.TextChoices):
        WEIGHTS = "weights", "Points that you set"
        LEARNED = "learned", "Learned from outcomes"

    class Extractor(models.TextChoices):
        """What finds topics in texts."""

        KEYWORDS = "keywords", "Keywords"
        EMBEDDINGS = "embeddings", "Meaning, by a model on this machine"
        LANGUAGE_MODEL = "language_model", "A language model, asked over HTTP"

    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    working_hours = models.JSONField(
        default=dict, blank=True, help_text='The company\'s hours, such as {"mon-fri": ["09:00-18:00"]}.'
    )
    duplicate_minutes = models.FloatField(default=10)
    returning_days = models.FloatField(default=90)
    company_days = models.FloatField(default=90)
    same_company = models.BooleanField(default=True)
    hold_deadline_hours = models.FloatField(default=72)
    release_burst = models.PositiveSmallIntegerField(
        default=3, help_text="Of leads that waited, a rep gets no more before answering so many."
    )
    taper_days = models.FloatField(default=2)
    match_threshold = models.FloatField(default=0.75)
    score = models.JSONField(
        default=list, blank=True, help_text='Points for leads that match: [{"when": [[…]], "points": 20}].'
    )
    grades = models.JSONField(
        default=dict, blank=True, help_text='Least score of each grade: {"A": 75, "B": 50, "C": 30}.'
    )
    score_from = models.CharField(max_length=10, choices=ScoreFrom.choices, default=ScoreFrom.WEIGHTS)
    extractor = models.CharField(max_length=20, choices=Extractor.choices, default=Extractor.KEYWORDS)
    signal_half_life_days = models.FloatField(default=30)
    stages = models.JSONField(
        default=dict, blank=True, help_text='Stages at which a lead is routed again: {"qualified": "route"}.'
    )
    account_hierarchy = models.CharField(max_length=10, choices=Hierarchy.choices, default=Hierarchy.CHILD)
    sla = models.ForeignKey(
        SlaPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="SLA policy"
    )
    paused = models.BooleanField(default=False, help_text="Live at once: every lead waits.")
    paused_since = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = verbose_name_plural = "routing settings"
        constraints = [
            models.CheckConstraint(name="routing_settings_is_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="routing_settings_spans_have_bounds",
                condition=Q(
                    duplicate_minutes__gte=0,
                    duplicate_minutes__lte=LONGEST_MINUTES,
                    returning_days__gte=0,
                    returning_days__lte=LONGEST_DAYS,
                    company_days__gte=0,
                    company_days__lte=LONGEST_DAYS,
                    hold_deadline_hours__gt=0,
                    hold_deadline_hours__lte=LONGEST_DAYS * 24,
                    taper_days__gte=0,
                    taper_days__lte=LONGEST_DAYS,
                    release_burst__gte=1,
                    release_burst__lte=MOST_UNANSWERED,
                    signal_half_life_days__gt=0,
                    signal_half_life_days__lte=LONGEST_DAYS,
                ),
                violation_error_message="A span of time cannot be negative, nor longer than ten years.",
            ),
            models.CheckConstraint(
                name="routing_settings_pause_has_a_beginning",
                condition=Q(paused=True, paused_since__isnull=False) | Q(paused=False, paused_since=None),
            ),
            models.CheckConstraint(
                name="routing_settings_threshold_is_a_share",
                condition=Q(match_threshold__gte=0, match_threshold__lte=1),
                violation_error_message="The match threshold lies between 0 and 1.",
            ),
        ]

    def __str__(self) -> str:
        return "Routing settings"


class LastResort(models.Model):
    """Who owns a lead that nobody took until its deadline: the first active one, in this order. Live at once."""

    position = models.PositiveIntegerField(default=0)
    rep = models.OneToOneField(Rep, on_delete=models.PROTECT, related_name="last_resort")

    class Meta:
        verbose_name = "last resort"
        verbose_name_plural = "last resort"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.rep)
