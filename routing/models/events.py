"""What happened to leads and has no row of its own."""

from __future__ import annotations

from django.db import models

from routing.models.leads import Lead


class LeadEvent(models.Model):
    """Something that happened to a lead and has no row of its own (decisions, assignments and mails have theirs)."""

    class Kind(models.TextChoices):
        CLEANED = "cleaned", "Characters removed"
        MERGED = "merged", "A duplicate joined"
        ALERT_FAILED = "alert_failed", "Alert failed"
        MATCHED = "matched", "Matched to an account"
        EDITED = "edited", "Edited"
        REVIEWED = "reviewed", "Back from nurture"
        ACCEPTED = "accepted", "Accepted"
        RESPONDED = "responded", "Answered"
        DECLINED = "declined", "Declined"
        REASSIGNED = "reassigned", "Given to somebody else"
        RELEASED = "released", "Released"
        ROUTED_AGAIN = "routed_again", "Routed again"
        QUARANTINED = "quarantined", "Sent to review"
        DUPLICATE = "duplicate", "Marked as a duplicate"
        RESTORED = "restored", "Restored from review"
        PARKED = "parked", "Sent to nurture"
        OUTCOME = "outcome", "Outcome"
        SIGNAL = "signal", "Buying signal"
        OFFERED = "offered", "Offered"
        REPAIRED = "repaired", "Decided again"
        REMINDED = "reminded", "Reminder"
        ESCALATED = "escalated", "A manager was told"
        BREACHED = "breached", "Not answered in time"
        TAKEN_AWAY = "taken_away", "Taken away"
        REP_PAUSED = "rep_paused", "Owner paused"
        ACKNOWLEDGED = "acknowledged", "Acknowledged by an agent"
        HANDED_OVER = "handed_over", "Handed over"
        HEALED = "healed", "Mended by the auditor"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=150, blank=True, help_text="Who did it; empty: the system.")
    happened_at = models.DateTimeField()

    class Meta:
        ordering = ["happened_at", "pk"]

    def __str__(self) -> str:
        return self.get_kind_display()
