"""Who owned a lead, when, and what they did about it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from reps.models import Rep
from routing.engine.types import Alert, Method, Strategy
from routing.models.leads import Lead
from routing.models.pools import Pool, Posting
from routing.models.rulebook import Rule


class EndReason(models.TextChoices):
    REASSIGNED = "reassigned", "Given to somebody else"
    DECLINED = "declined", "Declined"
    RELEASED = "released", "Released"
    TOO_SLOW = "too_slow", "Not answered in time"
    UNDELIVERABLE = "undeliverable", "The alert could not be delivered"
    REVIEWED = "reviewed", "Went to review"
    PARKED = "parked", "Went to nurture"
    ROUTED_AGAIN = "routed_again", "Routed again"
    HANDED_OVER = "handed_over", "Handed over at a stage"
    REPAIRED = "repaired", "Corrected after a change of the rules"
    UNACKNOWLEDGED = "unacknowledged", "The agent did not acknowledge it"
    TAKEN_UP = "taken_up", "Somebody else took it up"
    LEFT = "left", "Its owner left"


class DeclineReason(models.TextChoices):
    SPAM = "spam", "Spam"
    DUPLICATE = "duplicate", "Duplicate"
    BAD_DATA = "bad_data", "Wrong or missing details"
    WRONG_TERRITORY = "wrong_territory", "Wrong territory"
    NO_CAPACITY = "no_capacity", "No time"
    NOT_MY_FIELD = "not_my_field", "Not my field"
    OTHER = "other", "Something else"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def current(self) -> AssignmentQuerySet:
        """Those that have not ended."""
        return self.filter(ended_at=None)

    def without_tests(self) -> AssignmentQuerySet:
        """Those of real leads: spares a look at each lead."""
        return self.exclude(lead__in=Lead.objects.tests().values("pk"))


class Assignment(models.Model):
    """One rep's ownership of a lead. A lead has at most one that has not ended."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    attempt = models.PositiveSmallIntegerField(default=1)
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    pool = models.ForeignKey(Pool, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    method = models.CharField(max_length=15, choices=[(m.value, m.value.replace("_", " ")) for m in Method])
    strategy = models.CharField(max_length=20, blank=True)
    rulebook_version = models.PositiveIntegerField(null=True)
    sla = models.CharField(max_length=100, blank=True, help_text="Name of the SLA policy in that version.")
    units = models.PositiveSmallIntegerField(default=1, help_text="What it costs of the rep's caps.")
    released = models.BooleanField(default=False, help_text="The lead had waited before.")
    posting = models.ForeignKey(
        Posting, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    alert = models.CharField(max_length=10, default=Alert.NOW.value, choices=[(a.value, a.value) for a in Alert])
    assigned_at = models.DateTimeField()
    alerted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True, help_text="When an agent took note of it.")
    clock_started_at = models.DateTimeField(null=True, help_text="Since when its SLA policy counts.")
    step = models.PositiveBigIntegerField(
        default=0, help_text="Which steps of its SLA policy were taken: a bit for each, by number."
    )
    step_at = models.DateTimeField(null=True, help_text="When the next step is due, or what an agent must do.")
    breached_at = models.DateTimeField(null=True, help_text="When it was noticed that no answer came in time.")
    untold_at = models.DateTimeField(null=True, help_text="When a manager heard that the owner had no alert.")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=15, blank=True, choices=EndReason.choices)
    decline_reason = models.CharField(max_length=20, blank=True, choices=DeclineReason.choices)
    note = models.CharField(max_length=500, blank=True, help_text="What was said when it ended.")
    channel = models.CharField(max_length=20, blank=True, help_text="How the first response was given.")
    link_misses = models.PositiveSmallIntegerField(
        default=0, help_text="How often the page of its mail link was answered as a machine would."
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["lead", "attempt"]
        indexes = [
            models.Index(fields=["rep", "assigned_at"], name="assignment_of_rep"),
            models.Index(fields=["assigned_at"], name="assignment_by_time"),
            models.Index(fields=["due_at"], name="assignment_by_deadline", condition=Q(due_at__isnull=False)),
            models.Index(
                fields=["rep", "ended_at"], name="assignment_handed_over", condition=Q(end_reason=EndReason.HANDED_OVER)
            ),
            models.Index(fields=["pool"], name="assignment_of_pool", condition=Q(ended_at=None, pool__isnull=False)),
            models.Index(fields=["rule"], name="assignment_of_rule", condition=Q(ended_at=None, rule__isnull=False)),
            models.Index(
                fields=["lead"], name="assignment_breached", condition=Q(ended_at=None, breached_at__isnull=False)
            ),
            models.Index(fields=["rep"], name="assignment_unanswered", condition=Q(responded_at=None, ended_at=None)),
            models.Index(
                fields=["rep"],
                name="assignment_released",
                condition=Q(responded_at=None, ended_at=None, released=True),
            ),
            models.Index(fields=["rep"], name="assignment_of_units", condition=Q(ended_at=None) & ~Q(units=1)),
            models.Index(
                fields=["due_at"],
                name="assignment_due",
                condition=Q(due_at__isnull=False, responded_at=None, ended_at=None),
            ),
            models.Index(
                fields=["due_at"],
                name="assignment_to_breach",
                condition=Q(due_at__isnull=False, breached_at=None, responded_at=None, ended_at=None),
            ),
            models.Index(
                fields=["step_at"],
                name="assignment_step",
                condition=Q(step_at__isnull=False, responded_at=None, ended_at=None),
            ),
            models.Index(
                fields=["assigned_at"],
                name="assignment_by_results",
                condition=Q(strategy=Strategy.PERFORMANCE.value, attempt=1, posting__isnull=False),
            ),
            models.Index(
                fields=["assigned_at"],
                name="assignment_untold",
                condition=Q(clock_started_at=None, untold_at=None, responded_at=None, ended_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["lead"], condition=Q(ended_at=None), name="assignment_one_open_a_lead"),
            models.UniqueConstraint(fields=["lead", "attempt"], name="assignment_attempt_once"),
            models.CheckConstraint(name="assignment_attempt_from_1", condition=Q(attempt__gte=1)),
            models.CheckConstraint(
                name="assignment_end_has_a_reason",
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
            models.CheckConstraint(
                name="assignment_ends_after_it_starts", condition=Q(ended_at=None) | Q(ended_at__gte=F("assigned_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.rep_id}"


class OfferQuerySet(models.QuerySet["Offer"]):
    def standing(self) -> OfferQuerySet:
        """Neither taken, declined, expired nor withdrawn."""
        return self.filter(ended_at=None)


class Offer(models.Model):
    """A lead offered to a rep for a time. Who takes it first owns it; a second offer leaves its owner until then."""

    class Kind(models.TextChoices):
        EXCLUSIVE = "exclusive", "To one after the other"
        CLAIM = "claim", "To all, the first has it"
        SECOND = "second", "To a second rep, before its owner is late"

    class Result(models.TextChoices):
        STANDING = "", "Open"
        TAKEN = "taken", "Taken"
        DECLINED = "declined", "Declined"
        EXPIRED = "expired", "Expired"
        WITHDRAWN = "withdrawn", "Taken by somebody else"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="offers")
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="offers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    pool = models.ForeignKey(Pool, null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(Rule, null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(
        "routing.Decision", null=True, on_delete=models.SET_NULL, related_name="offers", db_index=False
    )
    units = models.PositiveSmallIntegerField(default=1)
    turn = models.JSONField(
        null=True, blank=True, help_text="What is posted if it is taken, of an offer without a decision of its own."
    )
    offered_at = models.DateTimeField()
    alerted_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField()
    link_misses = models.PositiveSmallIntegerField(
        default=0, help_text="How often the page of its mail link was answered as a machine would."
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=10, blank=True, choices=Result.choices, default=Result.STANDING)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["until"], name="offer_standing", condition=Q(ended_at=None)),
            models.Index(fields=["rep"], name="offer_to_rep", condition=Q(ended_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["lead", "rep"], condition=Q(ended_at=None), name="offer_once"),
            models.CheckConstraint(
                name="offer_end_has_a_result",
                condition=Q(ended_at=None, result="") | (Q(ended_at__isnull=False) & ~Q(result="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} offered to {self.rep_id}"
