"""Pools of reps who share leads, and the ledgers that keep the sharing fair."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from reps.models import Rep
from reps.validators import validate_caps
from routing.engine.types import ONE_LEAD, Fairness, OfferMode, PerformanceMode, Strategy, TurnsBy
from routing.models.bounds import (
    LARGEST_BAND,
    LARGEST_CONTROL,
    LONGEST_DAYS,
    LONGEST_MINUTES,
    MOST_FIT,
    MOST_PRIOR_LEADS,
    MOST_RAMP_WEEKS,
)


def default_segments() -> list[str]:
    return ["source", "size", "region"]


def default_creditable_reasons() -> list[str]:
    return ["spam", "duplicate", "bad_data", "wrong_territory"]


class Ledger(models.Model):
    """One lock row for a pool, or for pools that share one fairness group. All accounts and postings lie under it."""

    name = models.CharField(max_length=120, unique=True)
    shared = models.BooleanField(default=False, help_text="Of a fairness group, rather than of one pool.")
    counted_posting = models.BigIntegerField(
        default=0, editable=False, help_text="Up to this posting, won leads stand in LedgerDay."
    )
    counted_on = models.DateField(null=True, editable=False, help_text="All days before this one are counted.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LedgerDay(models.Model):
    """How many leads a rep won in a ledger on a day (UTC), less those whose turn was given back.

    Counted once the day is over, for pools that share totals: so nobody has to count a month of postings.
    """

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    turns_by = models.CharField(max_length=100, blank=True)
    control = models.BooleanField(default=False)
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="+", db_index=False)
    won = models.IntegerField()

    class Meta:
        ordering = ["ledger", "day", "turns_by", "control", "rep"]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "day", "turns_by", "control", "rep"], name="ledger_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.won} on {self.day}"


class PoolQuerySet(models.QuerySet["Pool"]):
    def current(self) -> PoolQuerySet:
        """Without the archived ones."""
        return self.filter(archived_at=None)


class Pool(models.Model):
    """Reps who take turns. Its settings are draft until published; its members are live."""

    STRATEGIES = [
        (Strategy.ROUND_ROBIN.value, "Round robin (by turn)"),
        (Strategy.LOAD_BALANCED.value, "Load balanced (fewest open leads)"),
        (Strategy.PERFORMANCE.value, "Performance (best results)"),
        (Strategy.INTENT.value, "Intent (best expertise)"),
    ]
    FAIRNESS = [
        (Fairness.SHARE.value, "Equal shares of what each could take"),
        (Fairness.TOTALS.value, "Equal totals of the last days"),
    ]
    MODES = [
        (PerformanceMode.BEST_LEADS.value, "Best leads, equal shares"),
        (PerformanceMode.MORE_LEADS.value, "More leads for better results"),
    ]
    EXPERTISE = [
        ("declared", "As declared"),
        ("learned", "As declared, and what won deals teach"),
    ]
    OFFERS = [
        (OfferMode.ASSIGN.value, "Assign"),
        (OfferMode.EXCLUSIVE.value, "Offer to one after the other"),
        (OfferMode.CLAIM.value, "First to claim it"),
    ]
    TURNS_BY = [(by.value, f"The lead's {by.value}") for by in TurnsBy]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    strategy = models.CharField("method", max_length=20, choices=STRATEGIES, default=Strategy.ROUND_ROBIN.value)
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="pools", editable=False)
    fairness_group = models.ForeignKey(
        Ledger,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="group_pools",
        limit_choices_to={"shared": True},
        help_text="Pools of one group share one ledger: who got a lead in one waits longer in the others.",
    )
    fairness = models.CharField(max_length=10, choices=FAIRNESS, default=Fairness.SHARE.value)
    turns_by = models.CharField(
        "count turns separately by",
        max_length=10,
        blank=True,
        choices=TURNS_BY,
        help_text="So that nobody gets the same number of leads but the worse ones. Empty: one count.",
    )
    totals_days = models.FloatField(default=30, help_text="For equal totals: how many days back they are counted.")
    band = models.FloatField(
        "turn tolerance",
        null=True,
        blank=True,
        help_text="By how many leads the order of turns may be left for a better fit. Empty: 1, by intent 5.",
    )
    minimum_fit = models.FloatField(
        default=0.2, validators=[MaxValueValidator(MOST_FIT)], help_text="Intent: who fits less takes no part."
    )
    expertise = models.CharField(
        max_length=10, choices=EXPERTISE, default="declared", help_text="Intent: what counts as knowing a topic."
    )
    performance_mode = models.CharField(max_length=12, choices=MODES, default=PerformanceMode.BEST_LEADS.value)
    segments = models.JSONField(
        default=default_segments,
        blank=True,
        help_text='Performance: what makes leads alike, the most important first: ["source", "size", "region"].',
    )
    shrinkage_k = models.FloatField(
        default=30,
        validators=[MaxValueValidator(MOST_PRIOR_LEADS)],
        help_text="Performance, intent that learns: results of fewer leads than this weigh less than everybody's.",
    )
    half_life_days = models.FloatField(
        default=120,
        validators=[MaxValueValidator(LONGEST_DAYS)],
        help_text="Performance, intent that learns: results this old count half.",
    )
    control_share = models.FloatField(
        "control group", default=0.1, help_text="Performance: the share of leads that goes by turn, to compare with."
    )
    creditable_reasons = models.JSONField(
        default=default_creditable_reasons,
        blank=True,
        help_text="A lead declined for one of these gives the turn back.",
    )
    requires = models.JSONField(default=dict, blank=True, help_text="What members need to take a lead.")
    offer = models.CharField(max_length=10, choices=OFFERS, default=OfferMode.ASSIGN.value)
    offer_minutes = models.FloatField(default=5, validators=[MaxValueValidator(LONGEST_MINUTES)])
    hide_details = models.BooleanField(
        default=False, help_text="Hide name and company of an offered lead until somebody has taken it."
    )
    working_hours = models.JSONField(
        null=True, blank=True, help_text='For SLA clocks that run by the pool: {"mon-fri": ["09:00-18:00"]}.'
    )
    paused = models.BooleanField(default=False, help_text="Live at once: the pool takes no leads.")
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
            models.CheckConstraint(
                name="pool_numbers_have_bounds",
                condition=Q(
                    totals_days__gt=0,
                    totals_days__lte=LONGEST_DAYS,
                    minimum_fit__gte=0,
                    minimum_fit__lte=MOST_FIT,
                    shrinkage_k__gt=0,
                    shrinkage_k__lte=MOST_PRIOR_LEADS,
                    half_life_days__gt=0,
                    half_life_days__lte=LONGEST_DAYS,
                    control_share__gte=0,
                    control_share__lte=LARGEST_CONTROL,
                    offer_minutes__gt=0,
                    offer_minutes__lte=LONGEST_MINUTES,
                )
                & (Q(band=None) | Q(band__gte=0, band__lte=LARGEST_BAND)),
                violation_error_message="A turn tolerance lies between 0 and 1000 leads, a control group between 0 "
                "and 0.5, a least fit between 0 and 1000; days, k and minutes are more than 0, spans of time at most "
                "ten years, and k at most 1,000,000.",
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
    ramp_from = models.DateTimeField(null=True, blank=True, help_text="When a new member's weight began to grow.")
    ramp_weeks = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MOST_RAMP_WEEKS)],
        help_text="Over so many weeks the weight grows to what it says. 0: at once.",
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
            models.CheckConstraint(
                name="pool_member_ramp_has_bounds",
                condition=Q(ramp_weeks=0, ramp_from=None)
                | Q(ramp_weeks__gt=0, ramp_weeks__lte=MOST_RAMP_WEEKS, ramp_from__isnull=False),
                violation_error_message="A ramp takes 1 to 52 weeks and has a start.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep} in {self.pool}"


class LedgerAccount(models.Model):
    """A rep's account in a ledger. All balances of a ledger sum to exactly 0; leavers keep their account."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="accounts")
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="ledger_accounts")
    turns_by = models.CharField(max_length=100, blank=True, help_text="The kind, grade or source counted here.")
    control = models.BooleanField(default=False)
    balance = models.BigIntegerField(default=0, help_text="In billionths of a lead.")
    saved = models.BigIntegerField(
        default=0, help_text="What of the balance was earned on leave and is not paid out yet."
    )
    last_at = models.DateTimeField("last lead", null=True, blank=True)

    class Meta:
        ordering = ["ledger", "turns_by", "control", "rep"]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "turns_by", "control", "rep"], name="ledger_account_once")
        ]

    def __str__(self) -> str:
        return f"{self.rep} in {self.ledger}"


class PostingKind(models.TextChoices):
    TURN = "turn", "Turn"
    MANUAL = "manual", "Manual assignment"
    REVERSAL = "reversal", "Reversal"


class Posting(models.Model):
    """What one decision moved in a ledger. `entries` packs lines (rep, billionths) that sum to 0 (engine.ledger)."""

    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="postings", db_index=False)
    turns_by = models.CharField(max_length=100, blank=True)
    control = models.BooleanField(default=False)
    lead = models.ForeignKey("routing.Lead", null=True, on_delete=models.SET_NULL, related_name="postings")
    snapshot = models.ForeignKey(
        "routing.DecisionSnapshot", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=PostingKind.choices, default=PostingKind.TURN)
    winner = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="+", db_index=False)
    entries = models.BinaryField()
    saved = models.BinaryField(default=bytes, help_text="Of the entries, what was earned on leave for later; packed.")
    paid_out = models.BinaryField(default=bytes, help_text="What moved from savings to where it counts; packed.")
    paid = models.BigIntegerField(
        default=ONE_LEAD, help_text="What the winner paid: exactly what everybody earned, in billionths."
    )
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    reason = models.CharField(max_length=100, blank=True, help_text="Why it was reversed or made by hand.")
    posted_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["ledger", "id"], name="posting_of_ledger")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} in {self.ledger}"
