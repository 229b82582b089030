"""What is noticed once: that a lead was not answered in time, and that its owner could not even be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from reps.models import Rep
from routing import outbox
from routing.engine.types import Alert
from routing.models import Assignment, Lead, LeadEvent, OutboxMessage, WebhookEvent
from routing.models.assignments import AssignmentQuerySet
from routing.notifications.briefs import TELLS_THE_OWNER
from routing.notifications.ways import next_ways
from routing.services.free_leads import AT_ONCE, lock_free_leads
from routing.services.sla.digest import last_digest
from routing.services.sla.managers import managers_of
from routing.services.sla.messages import untold
from routing.services.sla.policies import load_policies
from routing.services.webhooks.publish import publish_lead_events

TARGETS_UNTOLD = 3
"""After so many times the time to answer, somebody hears that the owner could not be told."""


def note_breaches(*, now: datetime) -> int:
    """Assignments whose answer is overdue; how many. Their time goes on. Closed leads need none any more."""
    overdue = _unanswered().filter(due_at__lte=now, breached_at=None)
    return _note(overdue.order_by("due_at", "pk"), now) if overdue.exists() else 0


@transaction.atomic
def _note(overdue: AssignmentQuerySet, now: datetime) -> int:
    rows = _under_lock(overdue)
    if not rows:
        return 0
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(breached_at=now)
    open_ones = [row for row in rows if row.lead.status == Lead.Status.ASSIGNED]
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=row.lead,
            kind=LeadEvent.Kind.BREACHED,
            text=f"{row.rep.name} did not answer in time",
            happened_at=now,
        )
        for row in open_ones
    )
    publish_lead_events(WebhookEvent.LEAD_BREACHED, [row.lead_id for row in open_ones], now=now)
    return len(rows)


def tell_of_untold(*, now: datetime) -> int:
    """Owners who have had no alert for too long: it takes their next channel too, and a manager hears; how many.

    Their clocks do not run, and nobody takes the lead from them.
    """
    waiting = _unanswered().filter(clock_started_at=None, untold_at=None, assigned_at__lte=now)
    promises = list(waiting.order_by().values("rulebook_version", "sla", "alert").distinct())
    if not promises:
        return 0
    those = waiting.filter(_too_long([Assignment(**promise) for promise in promises], now))
    due = those.filter(rep__kind=Rep.Kind.HUMAN, lead__status=Lead.Status.ASSIGNED).order_by("assigned_at", "pk")
    return _tell(due, now) if due.exists() else 0


@transaction.atomic
def _tell(waiting: AssignmentQuerySet, now: datetime) -> int:
    rows = _under_lock(waiting)
    if not rows:
        return 0
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(untold_at=now)
    alerts = OutboxMessage.objects.waiting().filter(
        lead__in=[row.lead_id for row in rows], assignment__in=rows, kind__in=TELLS_THE_OWNER
    )
    managers = managers_of({row.rep_id for row in rows})
    others = next_ways(list(alerts), now=now).copies
    to_managers = [untold(row, above[0], now=now) for row in rows if (above := managers.get(row.rep_id))]
    outbox.publish([*others.values(), *to_managers])
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=row.lead,
            kind=LeadEvent.Kind.ALERT_FAILED,
            text=f"{row.rep.name} could not be told so far",
            happened_at=now,
        )
        for row in rows
    )
    return len(rows)


def _too_long(promises: Sequence[Assignment], now: datetime) -> Q:
    """Those that wait for too long, by what was promised: whoever has more time keeps nobody else waiting.

    Real time, as alerts leave at any hour; that of a digest counts from when it was due.
    """
    policies = load_policies(promises, start=now, hours=False)
    those = Q(pk__in=())
    for one in promises:
        since = now - TARGETS_UNTOLD * timedelta(minutes=policies.terms(one).first_response_minutes)
        since = last_digest(since) if one.alert == Alert.DIGEST else since
        those |= Q(rulebook_version=one.rulebook_version, sla=one.sla, alert=one.alert, assigned_at__lte=since)
    return those


def _unanswered() -> AssignmentQuerySet:
    return Assignment.objects.current().filter(responded_at=None)


def _under_lock(rows: AssignmentQuerySet) -> list[Assignment]:
    """Those of the rows that still are what was asked for once their leads are locked."""
    leads = lock_free_leads(Lead.objects.filter(pk__in=list(rows.values_list("lead_id", flat=True)[:AT_ONCE])))
    return list(rows.filter(lead__in=leads).select_related("rep", "lead")) if leads else []
