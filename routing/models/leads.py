"""Leads: what somebody asked for, and how far routing has come."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from reps.models import Rep
from routing.engine.types import HeldReason, Method
from routing.models.accounts import Account
from routing.models.identities import Identity
from routing.models.keys import ApiKey
from routing.models.territories import Territory

LISTED_BY = ("kind", "source", "form", "campaign", "country", "method", "grade", "outcome")
"""What lists of leads are narrowed by: a value that few leads have is found without a look at all of them."""
ON_THE_WAY = ("pending", "held", "parked", "duplicate", "quarantined")
"""Where a lead has no owner. The others are most of all leads, and are found otherwise."""


class LeadQuerySet(models.QuerySet["Lead"]):
    """The verbs of the trade on leads; they chain."""

    def pending(self, now: datetime) -> LeadQuerySet:
        """New or put back, and due."""
        return self.filter(status=Lead.Status.PENDING, route_after__lte=now)

    def to_look_at_again(self, now: datetime) -> LeadQuerySet:
        """Waiting, and something may have changed."""
        return self.filter(status=Lead.Status.HELD, route_after__lte=now)

    def undecided(self) -> LeadQuerySet:
        return self.filter(status__in=[Lead.Status.PENDING, Lead.Status.HELD])

    def held(self) -> LeadQuerySet:
        return self.filter(status=Lead.Status.HELD)

    def owned(self) -> LeadQuerySet:
        return self.exclude(owner=None)

    def open(self) -> LeadQuerySet:
        """Owned and without a final outcome."""
        return self.filter(status=Lead.Status.ASSIGNED, closed_at=None)

    def real(self) -> LeadQuerySet:
        """Without test leads."""
        return self.filter(test=False)

    def tests(self) -> LeadQuerySet:
        return self.filter(test=True).order_by()

    def without_tests(self) -> LeadQuerySet:
        """The same as real(), to be counted from indexes alone: tests are few, and rows of leads are wide."""
        return self.exclude(pk__in=Lead.objects.tests().values("pk"))

    def visible_to(self, rep: Rep | None) -> LeadQuerySet:
        """Those that a rep may see: their own. Nobody's for somebody who is no rep."""
        return self.filter(owner=rep) if rep else self.none()


class Lead(models.Model):
    """Somebody who asked for something: what they said, what was derived, and how far routing has come."""

    class Status(models.TextChoices):
        PENDING = "pending", "Being routed"
        HELD = "held", "Waiting"
        ASSIGNED = "assigned", "Assigned"
        PARKED = "parked", "Nurture"
        DUPLICATE = "duplicate", "Duplicate"
        QUARANTINED = "quarantined", "Review"
        CLOSED = "closed", "Closed"

    class Kind(models.TextChoices):
        DEMO = "demo", "Demo request"
        PRICING = "pricing", "Pricing question"
        CONTACT = "contact", "Contact"
        TRIAL = "trial", "Trial"
        WEBINAR = "webinar", "Webinar"
        CONTENT = "content", "Content"
        PARTNER = "partner", "Partner"
        SUPPORT = "support", "Support"
        OTHER = "other", "Other"

    class Outcome(models.TextChoices):
        NONE = "", "None yet"
        QUALIFIED = "qualified", "Qualified"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    TRIES_TOGETHER, TRIES_ALONE = 2, 3
    """Failing in a batch, then among few, is no fault of one lead; failing alone so often is."""

    class Priority(models.IntegerChoices):
        """Live requests overtake imports."""

        LIVE = 0, "Live"
        IMPORTED = 1, "Imported"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)

    # what the lead said, normalised
    email = models.CharField("e-mail", max_length=254, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company = models.CharField(max_length=200, blank=True)
    website = models.CharField(max_length=300, blank=True)
    domain = models.CharField(
        max_length=253, blank=True, help_text="Registrable domain of the company, never free mail."
    )
    job_title = models.CharField(max_length=150, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    annual_revenue = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    expected_amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=6, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=8, blank=True)
    message = models.TextField(blank=True)
    product_interest = models.CharField(max_length=150, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OTHER)
    source = models.CharField(max_length=100, blank=True)
    form = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=150, blank=True)
    utm = models.JSONField(default=dict, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    consent = models.BooleanField(null=True, blank=True)
    test = models.BooleanField(default=False)
    derived = models.JSONField(default=dict, blank=True, help_text="Field → how its value was derived.")
    external_id = models.CharField(max_length=150, blank=True)

    # who they are
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    email_identity = models.ForeignKey(
        Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    phone_identity = models.ForeignKey(
        Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    company_identity = models.ForeignKey(
        Identity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads", db_index=False
    )
    account_evidence = models.CharField(max_length=200, blank=True)
    account_confidence = models.FloatField(null=True, blank=True)
    account_told = models.BooleanField(
        default=False, editable=False, help_text="Somebody said that it belongs to this account: matching keeps it."
    )
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads", db_index=False
    )
    duplicate_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="duplicates")

    # how far routing has come
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.LIVE)
    route_after = models.DateTimeField(null=True, blank=True, help_text="Not looked at again before this instant.")
    route_tries = models.PositiveSmallIntegerField(
        default=0, help_text="0: never failed; 1: in a batch; 2: among few; then one more for each attempt alone."
    )
    resume = models.JSONField(null=True, blank=True, help_text="Where routing goes on (snapshots.py).")
    screen_reason = models.CharField(max_length=200, blank=True)
    held_reason = models.CharField(
        max_length=20, blank=True, choices=[(r.value, r.value.replace("_", " ")) for r in HeldReason]
    )
    held_since = models.DateTimeField(null=True, blank=True)
    hold_deadline_at = models.DateTimeField(null=True, blank=True)
    waits_for = models.JSONField(
        default=list, blank=True, help_text="Fields that its source waits for before it is routed."
    )
    score = models.FloatField(null=True, blank=True)
    grade = models.CharField(max_length=20, blank=True)
    review_date = models.DateField(null=True, blank=True)
    park_reason = models.CharField(max_length=200, blank=True)

    # who owns it
    owner = models.ForeignKey(
        Rep, null=True, blank=True, on_delete=models.PROTECT, related_name="leads", db_index=False
    )
    owned_at = models.DateTimeField(null=True, blank=True)
    first_owned_at = models.DateTimeField(null=True, blank=True)
    method = models.CharField(max_length=15, blank=True, choices=[(m.value, m.value.replace("_", " ")) for m in Method])
    attempt = models.PositiveSmallIntegerField(default=0, help_text="How many owners it has had.")

    # what became of it
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices, default=Outcome.NONE)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    outcome_reason = models.CharField(max_length=200, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)

    # whose time it took until the first response; the four add up to it
    first_response_at = models.DateTimeField(null=True, blank=True)
    system_seconds = models.FloatField(null=True, blank=True, help_text="Deciding, and sending the alert.")
    nobody_seconds = models.FloatField(null=True, blank=True, help_text="Waiting, while nobody was available.")
    outside_seconds = models.FloatField(null=True, blank=True, help_text="Outside the hours in which its clocks ran.")
    rep_seconds = models.FloatField(null=True, blank=True, help_text="The owners' own time, first to last.")

    closed_at = models.DateTimeField(null=True, blank=True)

    # how it came in
    submitted_at = models.DateTimeField()
    api_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    idempotency_key = models.CharField(max_length=255, blank=True)
    body_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the body, to tell a replay.")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    demo = models.BooleanField(default=False, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        permissions = [("see_all_leads", "Can see everybody's leads")]
        indexes = [
            models.Index(fields=["-submitted_at", "-id"], name="lead_newest"),
            *(
                models.Index(
                    fields=[column, "-submitted_at", "-id"], name=f"lead_by_{column}", condition=~Q(**{column: ""})
                )
                for column in LISTED_BY
            ),
            models.Index(
                fields=["status", "-submitted_at", "-id"], name="lead_by_status", condition=Q(status__in=ON_THE_WAY)
            ),
            models.Index(
                fields=["account", "-submitted_at"], name="lead_by_account", condition=Q(account__isnull=False)
            ),
            models.Index(
                fields=["territory", "-submitted_at"], name="lead_by_territory", condition=Q(territory__isnull=False)
            ),
            models.Index(fields=["score"], name="lead_by_score", condition=Q(score__isnull=False)),
            models.Index(fields=["owned_at"], name="lead_by_assignment", condition=Q(owned_at__isnull=False)),
            models.Index(
                fields=["first_response_at"], name="lead_by_response", condition=Q(first_response_at__isnull=False)
            ),
            models.Index(fields=["priority", "route_after", "id"], name="lead_to_route", condition=Q(status="pending")),
            models.Index(fields=["route_after"], name="lead_waiting", condition=Q(status="held")),
            models.Index(fields=["review_date"], name="lead_parked", condition=Q(status="parked")),
            models.Index(
                fields=["company_identity"],
                name="lead_parked_of_company",
                condition=Q(company_identity__isnull=False, review_date__isnull=False),
            ),
            models.Index(
                fields=["route_after"], name="lead_to_merge", condition=Q(status="duplicate", route_after__isnull=False)
            ),
            models.Index(fields=["owner", "-owned_at"], name="lead_of_owner", condition=Q(owner__isnull=False)),
            models.Index(  # with all that is asked of them: how many somebody has is counted from the index alone
                fields=["owner", "owned_at", "test", "status", "closed_at"],
                name="lead_open_of_owner",
                condition=Q(status="assigned", closed_at=None),
            ),
            models.Index(fields=["id"], name="lead_test", condition=Q(test=True)),
            models.Index(
                fields=["email_identity", "-submitted_at"],
                name="lead_of_email",
                condition=Q(email_identity__isnull=False),
            ),
            models.Index(
                fields=["phone_identity", "-submitted_at"],
                name="lead_of_phone",
                condition=Q(phone_identity__isnull=False),
            ),
            models.Index(
                fields=["company_identity", "-owned_at"],
                name="lead_of_company",
                condition=Q(company_identity__isnull=False, owner__isnull=False),
            ),
            models.Index(
                fields=["account", "-owned_at"],
                name="lead_of_account",
                condition=Q(account__isnull=False, owner__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="lead_idempotency_key_once",
            ),
            models.UniqueConstraint(fields=["external_id"], condition=~Q(external_id=""), name="lead_external_id_once"),
            models.CheckConstraint(
                name="lead_status_is_known",
                condition=Q(status__in=["pending", "held", "assigned", "parked", "duplicate", "quarantined", "closed"]),
            ),
            models.CheckConstraint(
                name="lead_assigned_has_an_owner",
                condition=~Q(status="assigned") | Q(owner__isnull=False, owned_at__isnull=False),
            ),
            models.CheckConstraint(
                name="lead_owner_means_assigned_or_closed",
                condition=Q(owner=None) | Q(status__in=["assigned", "closed"]),
            ),
            models.CheckConstraint(
                name="lead_pending_is_due_some_time", condition=~Q(status="pending") | Q(route_after__isnull=False)
            ),
            models.CheckConstraint(
                name="lead_held_has_reason_and_deadline",
                condition=~Q(status="held")
                | (
                    Q(held_since__isnull=False, hold_deadline_at__isnull=False, route_after__isnull=False)
                    & ~Q(held_reason="")
                ),
            ),
            models.CheckConstraint(
                name="lead_parked_has_a_review_date", condition=~Q(status="parked") | Q(review_date__isnull=False)
            ),
            models.CheckConstraint(
                name="lead_duplicate_names_the_original",
                condition=~Q(status="duplicate") | Q(duplicate_of__isnull=False),
            ),
            models.CheckConstraint(name="lead_email_is_lower_case", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def undecidable(self) -> bool:
        """Routing failed of this lead three times, alone."""
        return self.route_tries >= self.TRIES_TOGETHER + self.TRIES_ALONE

    @property
    def label(self) -> str:
        """How people call this lead: name and company, else address, else phone number."""
        who = self.name or self.email or self.phone or "Unnamed lead"
        return f"{who} ({self.company})" if self.company else who


class UsedKey(models.Model):
    """The idempotency key of a submission that changed a known lead; that of a new lead stands with the lead."""

    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64, blank=True)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="used_keys")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "key"], name="used_key_once"),
            models.UniqueConstraint(  # to both databases, no two nulls are the same
                fields=["key"], condition=Q(api_key=None), name="used_key_once_without_api_key"
            ),
            models.CheckConstraint(name="used_key_is_given", condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return self.key
