"""Messages that must leave, written in the transaction that causes them; and the local mailbox of a trial."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from reps.models import Rep
from routing.models.assignments import Assignment, Offer
from routing.models.leads import Lead


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def waiting(self) -> OutboxQuerySet:
        """Neither sent nor given up."""
        return self.filter(done_at=None)

    def due(self, now: datetime) -> OutboxQuerySet:
        """To be sent now, and nobody is at it."""
        return self.waiting().filter(available_at__lte=now).filter(Q(lease_until=None) | Q(lease_until__lt=now))


class OutboxMessage(models.Model):
    """One message with a fixed key. At-least-once: claimed with a lease, marked done after sending."""

    class Kind(models.TextChoices):
        ALERT = "alert", "Alert to the owner"
        NOTIFY = "notify", "Copy to somebody else"
        LAST_RESORT = "last_resort", "Nobody took a lead"
        UNDELIVERED = "undelivered", "An alert could not be delivered"
        MOVED_HERE = "moved_here", "A correction of the rules gave a lead"
        MOVED_AWAY = "moved_away", "A correction of the rules took a lead"
        OFFER = "offer", "Offer of a lead"
        OFFER_GONE = "offer_gone", "Somebody else took an offer up"
        REMIND = "remind", "Reminder to the owner"
        LATE = "late", "A lead is not answered: to a manager"
        TAKEN_AWAY = "taken_away", "A lead went to somebody else"
        EXHAUSTED = "exhausted", "Nobody answered: a manager's now"
        HANDED_OVER = "handed_over", "Leads of somebody who leaves or is on leave"
        TEST_ALERT = "test_alert", "Test alert"
        MANAGER_DIGEST = "manager_digest", "Manager's digest"
        INVITATION = "invitation", "Invitation to sign in"
        PASSWORD_RESET = "password_reset", "New password"
        PROBLEM = "problem", "Something is wrong with the system"
        IMPORT_UNDONE = "import_undone", "Leads of an import were taken back"

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SLACK = "slack", "Slack"
        TEAMS = "teams", "Microsoft Teams"
        SMS = "sms", "SMS"
        AGENT = "agent", "An agent's webhook"

    class Result(models.TextChoices):
        WAITING = "", "Waiting"
        SENT = "sent", "Sent"
        SUPPRESSED = "suppressed", "No longer true, not sent"
        FAILED = "failed", "Given up"

    key = models.CharField(max_length=150, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.EMAIL)
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    assignment = models.ForeignKey(
        Assignment, null=True, blank=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    rep = models.ForeignKey(
        Rep, null=True, blank=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    offer = models.ForeignKey(
        Offer, null=True, blank=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    way = models.ForeignKey(
        "reps.Channel",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="The rep's channel, if it is not their e-mail.",
    )
    address = models.CharField(max_length=254, blank=True, help_text="If not the rep's.")
    payload = models.JSONField(default=dict, blank=True, help_text="What it is about, if no row says so. Ids only.")
    priority = models.PositiveSmallIntegerField(choices=Lead.Priority.choices, default=Lead.Priority.LIVE)
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    held_by = models.CharField(max_length=100, blank=True, help_text="The process that is at it, or was.")
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=10, blank=True, choices=Result.choices, default=Result.WAITING)
    error = models.CharField(max_length=500, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["priority", "available_at"], name="outbox_to_send", condition=Q(done_at=None)),
        ]
        constraints = [
            models.CheckConstraint(name="outbox_key_is_given", condition=~Q(key="")),
            models.CheckConstraint(
                name="outbox_done_has_a_result",
                condition=Q(done_at=None, result="") | (Q(done_at__isnull=False) & ~Q(result="")),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class MailboxMessage(models.Model):
    """A mail that the local SMTP server took: what a rep would have got."""

    sender = models.CharField("from", max_length=320, blank=True)
    recipient = models.CharField("to", max_length=320)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "mail"
        verbose_name_plural = "mailbox"
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return self.subject or "(no subject)"


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def beat(self, name: str, now: datetime) -> None:
        """The process of this name has just gone round."""
        self.bulk_create(
            [Heartbeat(name=name, beat_at=now)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["beat_at"],
        )


class Heartbeat(models.Model):
    """When a process last went round, for /readyz and the dashboard. A process that ends well takes its row along."""

    name = models.CharField(max_length=50, unique=True)
    beat_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RoutingBatch(models.Model):
    """Leads that a router has begun on, committed beforehand. Left behind only by a router that died of them."""

    lead_ids = models.JSONField()
    started_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "routing batches"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Batch {self.pk}"
