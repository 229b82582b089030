"""Pools of reps who share leads, and the ledgers that keep the sharing fair."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from reps.models import Rep
from reps.validators import validate_caps
from routing.engine.types import Strategy


class Ledger(models.Model):
    """One lock row for a pool, or for pools that share one fairness group. All accounts and postings lie under it."""

    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PoolQuerySet(models.QuerySet["Pool"]):
    def current(self) -> PoolQuerySet:
        """Without the archived ones."""
        return self.filter(archived_at=None)


class Pool(models.Model):
    """Reps who take turns. Its settings are draft until published; its members are live."""

    STRATEGIES = [(Strategy.ROUND_ROBIN.value, "Round robin (by turn)")]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    strategy = models.CharField("method", max_length=20, choices=STRATEGIES, default=Strategy.ROUND_ROBIN.value)
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="pools", editable=False)
    demo = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PoolQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["created_at"])

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="pool_name_once",
                violation_error_message="There is a pool of that name already.",
            ),
            models.CheckConstraint(
                name="pool_strategy_is_known", condition=Q(strategy__in=[s.value for s in Strategy])
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PoolMember(models.Model):
    """A rep's place in a pool. Live at once. A weight of 2 gets twice the leads of a weight of 1."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="members")
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="memberships")
    weight = models.DecimalField(
        max_digits=7,
        decimal_places=3,
        default=1,
        validators=[MinValueValidator(0.001), MaxValueValidator(1000)],
    )
    caps = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_caps],
        help_text='Most leads from this pool, such as {"day": 10}.',
    )
    joined_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["joined_at"])

    class Meta:
        ordering = ["rep__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["pool", "rep"], name="pool_member_once"),
            models.CheckConstraint(
                name="pool_member_weight_is_positive",
                condition=Q(weight__gt=0, weight__lte=1000),
                violation_error_message="A weight lies between 0.001 and 1000.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep} in {self.pool}"


class LedgerAccount(models.Model):
    """A rep's account in a ledger. All balances of a ledger sum to exactly 0; leavers keep their account."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="accounts")
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="ledger_accounts")
    balance = models.BigIntegerField(default=0, help_text="In billionths of a lead.")
    last_at = models.DateTimeField("last lead", null=True, blank=True)

    class Meta:
        ordering = ["ledger", "rep"]
        constraints = [models.UniqueConstraint(fields=["ledger", "rep"], name="ledger_account_once")]

    def __str__(self) -> str:
        return f"{self.rep} in {self.ledger}"


class PostingKind(models.TextChoices):
    TURN = "turn", "Turn"
    MANUAL = "manual", "Manual assignment"
    REVERSAL = "reversal", "Reversal"


class Posting(models.Model):
    """What one decision moved in a ledger. `entries` packs lines (rep, billionths) that sum to 0 (engine.ledger)."""

    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="postings", db_index=False)
    lead = models.ForeignKey("routing.Lead", null=True, on_delete=models.SET_NULL, related_name="postings")
    snapshot = models.ForeignKey(
        "routing.DecisionSnapshot", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=PostingKind.choices, default=PostingKind.TURN)
    winner = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="+", db_index=False)
    entries = models.BinaryField()
    posted_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["ledger", "id"], name="posting_of_ledger")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} in {self.ledger}"
