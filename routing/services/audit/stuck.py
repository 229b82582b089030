"""Whether anything stands still that should move: routing, SLA steps, messages, processes; and two owners."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Q

from routing.insights.health import unowned_leads
from routing.models import (
    Assignment,
    Incident,
    Lead,
    Offer,
    OutboxMessage,
    RulebookVersion,
    WebhookDelivery,
)
from routing.models.outbox import OutboxQuerySet
from routing.services.audit.findings import Finding, how_many, since
from routing.services.heartbeats import silent

Kind = Incident.Kind
LATE = timedelta(seconds=60)
UNSENT_AFTER = timedelta(seconds=120)
NEWEST = 1_000


def unrouted(now: datetime) -> Iterator[Finding]:
    """Leads that are due for a minute, and waiting leads that nobody looked at again."""
    leads = unowned_leads(now=now)
    if number := how_many(leads, "lead"):
        oldest = leads.order_by("submitted_at").values_list("submitted_at", flat=True)[0]
        why = "" if RulebookVersion.objects.exists() else " No rulebook is published yet."
        yield Finding(Kind.UNROUTED, f"{number} due and not routed; the oldest came {since(oldest, now)} ago.{why}")
    elif number := how_many(Lead.objects.to_look_at_again(now - LATE), "waiting lead"):
        yield Finding(Kind.UNROUTED, f"{number} should have been looked at again a minute ago.")


def overdue(now: datetime) -> Iterator[Finding]:
    """Steps of SLA policies, breaches and ends of offers that nobody has carried out."""
    open_now = Assignment.objects.current().filter(responded_at=None, lead__status=Lead.Status.ASSIGNED)
    late = open_now.filter(step_at__lt=now - LATE)
    if number := how_many(late, "SLA step"):
        oldest = late.order_by("step_at").values_list("step_at", flat=True)[0]
        assert oldest is not None
        yield Finding(Kind.OVERDUE, f"{number} overdue; the oldest since {since(oldest, now)}.", "steps")
    if number := how_many(open_now.filter(due_at__lt=now - LATE, breached_at=None), "missed deadline"):
        yield Finding(Kind.OVERDUE, f"{number} not noticed.", "deadlines")
    if number := how_many(Offer.objects.standing().filter(until__lt=now - LATE), "offer"):
        yield Finding(Kind.OVERDUE, f"{number} over and still standing.", "offers")


def unsent(now: datetime) -> Iterator[Finding]:
    """Messages that should have left two minutes ago, and webhook deliveries that nobody has tried."""
    late = late_messages(now)
    if number := how_many(late, "message"):
        created, error = late.order_by("created_at").values_list("created_at", "error")[0]
        said = f" The last answer to it: {error}" if error else ""
        yield Finding(Kind.UNSENT, f"{number} not sent; the oldest was written {since(created, now)} ago.{said}"[:500])
    untried = WebhookDelivery.objects.waiting().filter(tries=0, available_at__lt=now - UNSENT_AFTER)
    if number := how_many(untried, "webhook delivery"):
        yield Finding(Kind.UNSENT, f"{number.replace('deliverys', 'deliveries')} nobody has tried to send.", "webhooks")


def late_messages(now: datetime) -> OutboxQuerySet:
    """Those that should have left long ago; one that failed is put off, but no less late for it."""
    late = now - UNSENT_AFTER
    return OutboxMessage.objects.waiting().filter(
        Q(tries=0, available_at__lt=late) | Q(tries__gt=0, created_at__lt=late)
    )


def double_owned(now: datetime) -> Iterator[Finding]:
    """The database makes it impossible; looked at all the same, for the newest owners."""
    newest = list(Assignment.objects.order_by("-pk").values_list("lead", flat=True)[:NEWEST])
    current = Assignment.objects.current().filter(lead__in=newest).order_by().values("lead")
    if number := how_many(current.annotate(owners=Count("pk")).filter(owners__gt=1), "lead"):
        yield Finding(Kind.DOUBLE_OWNED, f"{number} with two owners.")


def heartbeats(now: datetime) -> Iterator[Finding]:
    """Processes that stand still, or of which there should be one and is none."""
    for name, beat_at in silent(now=now):
        if beat_at is None:
            yield Finding(Kind.HEARTBEAT, f"No process does the work of “{name}”.", name)
        else:
            text = f"The process “{name}” last went round at {beat_at:%Y-%m-%d %H:%M:%S} UTC: it hangs, or is gone."
            yield Finding(Kind.HEARTBEAT, text, name)
