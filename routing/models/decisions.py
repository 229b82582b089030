"""Decisions with their traces. What a batch shares is stored once, as a snapshot."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from reps.models import Rep
from routing.engine.types import Method, Outcome
from routing.models.leads import Lead
from routing.models.pools import Pool, Posting


class PeopleSnapshot(models.Model):
    """What changes seldom of the people of a batch: names, members, hours, caps. Stored once, found by its digest."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the content before compression.")
    content = models.BinaryField()
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"People {self.pk}"


class DecisionSnapshot(models.Model):
    """What the decisions of one batch saw of people and ledgers at its start. Compressed JSON, immutable."""

    people = models.ForeignKey(
        PeopleSnapshot, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="What of it other batches saw alike; empty in the oldest ones, which hold everything themselves.",
    )  # fmt: skip
    content = models.BinaryField()
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Snapshot {self.pk}"


class Decision(models.Model):
    """One decision about a lead. `trace` holds what is its own; what it shares stands in `snapshot`."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=12, choices=[(o.value, o.value) for o in Outcome])
    method = models.CharField(max_length=15, blank=True, choices=[(m.value, m.value.replace("_", " ")) for m in Method])
    rep = models.ForeignKey(Rep, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    pool = models.ForeignKey(Pool, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule_name = models.CharField(max_length=150, blank=True)
    rulebook_version = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=500)
    trace = models.BinaryField(default=bytes, help_text="Compressed; read it through snapshots.traces.")
    snapshot = models.ForeignKey(
        DecisionSnapshot, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    posting = models.ForeignKey(Posting, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["decided_at"], name="decision_by_time")]
        constraints = [
            models.CheckConstraint(
                name="decision_assigned_names_rep_and_method",
                condition=~Q(outcome="assigned") | (Q(rep__isnull=False) & ~Q(method="")),
            ),
        ]

    def __str__(self) -> str:
        return self.reason
