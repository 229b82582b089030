"""Figures for Prometheus: read from the database when asked, so that no restart and no number of processes alters them.

All are gauges. What happened is told of the last hour, as a gauge or as a histogram over that hour, so that each
query stays small however many leads there are; docs/operations.md says how to read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Avg, Count, F, Min
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from routing import doorbell, spool
from routing.insights.periods import Period, Rows, Seconds, counts_below
from routing.models import (
    Assignment,
    Decision,
    Heartbeat,
    Incident,
    Lead,
    LeadEvent,
    OutboxMessage,
    WebhookDelivery,
)

HOUR = timedelta(hours=1)
ALERT_EDGES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
SPEED_EDGES = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
ANSWER_EDGES = (30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 86400.0)
SLA_STEPS = (
    LeadEvent.Kind.REMINDED,
    LeadEvent.Kind.ESCALATED,
    LeadEvent.Kind.OFFERED,
    LeadEvent.Kind.TAKEN_AWAY,
    LeadEvent.Kind.REP_PAUSED,
    LeadEvent.Kind.BREACHED,
)


class Figures(Collector):
    """Everything that /metrics says at one moment."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.hour = Period.last(HOUR, now=now)

    def collect(self) -> Iterator[Metric]:
        yield from self._waiting()
        yield from self._decisions()
        yield from self._speed()
        yield from self._sla()
        yield from self._health()

    def _waiting(self) -> Iterator[Metric]:
        due = OutboxMessage.objects.waiting().filter(available_at__lte=self.now)
        pending, pending_for = self._queue(Lead.objects.pending(self.now), "route_after")
        unsent, unsent_for = self._queue(due, "available_at")
        webhooks, webhooks_for = self._queue(WebhookDelivery.objects.waiting(), "created_at")
        yield _gauge("leads_pending", "Leads that are due and not routed", pending)
        yield _gauge("leads_held", "Leads that wait for somebody", Lead.objects.held().count())
        yield _gauge("lead_oldest_seconds", "How long the oldest of the due ones has been due", pending_for)
        yield _gauge("messages_unsent", "Messages that are due and not sent", unsent)
        yield _gauge("message_oldest_seconds", "How long the oldest of them has been due", unsent_for)
        spooled, since = spool.oldest()
        spooled_for = max(0.0, self.now.timestamp() - since) if spooled else 0.0
        yield _gauge("submissions_spooled", "Submissions on this host's disk that wait for the database", spooled)
        yield _gauge("submission_spooled_oldest_seconds", "How long ago the oldest of them came", spooled_for)
        yield _gauge("submissions_aside", "Submissions on this host's disk that cannot be made leads of", spool.aside())
        yield _gauge("webhook_deliveries_waiting", "Webhook deliveries neither made nor given up", webhooks)
        yield _gauge("webhook_oldest_seconds", "How long ago the oldest of them was written", webhooks_for)

    def _decisions(self) -> Iterator[Metric]:
        decisions = Decision.objects.filter(decided_at__gte=self.hour.start, decided_at__lt=self.hour.end).order_by()
        by_outcome = decisions.values("outcome").annotate(count=Count("pk")).values_list("outcome", "count")
        yield _labelled("decisions_last_hour", "Decisions of the last hour", "outcome", by_outcome)
        batches = decisions.exclude(snapshot=None).values("snapshot").annotate(leads=Count("pk"))
        size = batches.aggregate(average=Avg("leads"))["average"]
        yield _gauge("batch_size", "Leads decided in one batch, on average of the last hour", size or 0.0)

    def _speed(self) -> Iterator[Metric]:
        arrived = Lead.objects.real().filter(submitted_at__gte=self.hour.start, submitted_at__lt=self.hour.end)
        owned = arrived.filter(first_owned_at__isnull=False)
        assigned = Assignment.objects.filter(
            assigned_at__gte=self.hour.start, assigned_at__lt=self.hour.end, lead__test=False
        )
        alerted = assigned.filter(alerted_at__gte=F("assigned_at"))
        answered = assigned.filter(responded_at__gte=F("lead__submitted_at"))
        yield _histogram(
            "speed_to_owner_seconds", "From arrival to an owner, of leads of the last hour",
            owned.annotate(seconds=Seconds("submitted_at", "first_owned_at")), SPEED_EDGES,
        )  # fmt: skip
        yield _histogram(
            "alert_latency_seconds", "From having an owner to the alert, of the last hour",
            alerted.annotate(seconds=Seconds("assigned_at", "alerted_at")), ALERT_EDGES,
        )  # fmt: skip
        yield _histogram(
            "speed_to_lead_seconds", "From arrival to the first answer, of leads given in the last hour",
            answered.annotate(seconds=Seconds("lead__submitted_at", "responded_at")), ANSWER_EDGES,
        )  # fmt: skip

    def _sla(self) -> Iterator[Metric]:
        assigned = Assignment.objects.filter(assigned_at__gte=self.hour.start).values("lead")
        steps = LeadEvent.objects.filter(
            lead__in=assigned, kind__in=SLA_STEPS, happened_at__gte=self.hour.start, happened_at__lt=self.hour.end
        )
        counted = steps.order_by().values("kind").annotate(count=Count("pk")).values_list("kind", "count")
        yield _labelled(
            "sla_steps_last_hour", "SLA steps taken in the last hour, of leads given in it", "step", counted
        )
        unanswered = Assignment.objects.current().filter(responded_at=None)
        late = unanswered.filter(due_at__lt=self.now, lead__status=Lead.Status.ASSIGNED, lead__test=False)
        yield _gauge("answers_late", "Owners who should have answered by now", late.count())
        yield _gauge("sla_steps_due", "SLA steps that are due now", unanswered.filter(step_at__lt=self.now).count())

    def _health(self) -> Iterator[Metric]:
        yield _gauge("redis_up", "Whether Redis answers", float(doorbell.is_heard()))
        open_now = Incident.objects.open().order_by().values("kind").annotate(count=Count("pk"))
        yield _labelled(
            "incidents_open", "What the auditor finds wrong now", "kind", open_now.values_list("kind", "count")
        )
        healed = Incident.objects.filter(healed=True, opened_at__gte=self.hour.start)
        yield _gauge("mended_last_hour", "What the auditor mended in the last hour", healed.count())
        ages = [(name, self._seconds(at)) for name, at in Heartbeat.objects.values_list("name", "beat_at")]
        yield _labelled("heartbeat_age_seconds", "How long ago a process last went round", "process", ages)

    def _queue(self, rows: Rows, column: str) -> tuple[int, float]:
        """How many wait, and for how many seconds the oldest has."""
        waiting = rows.order_by().aggregate(count=Count("pk"), oldest=Min(column))
        return waiting["count"], self._seconds(waiting["oldest"])

    def _seconds(self, instant: datetime | None) -> float:
        return max(0.0, (self.now - instant).total_seconds()) if instant else 0.0


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"leadrouting_{name}", meaning, value=value)


def _labelled(name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"leadrouting_{name}", meaning, labels=[label])
    for value, figure in values:
        family.add_metric([value], figure)
    return family


def _histogram(name: str, meaning: str, rows: Rows, edges: Sequence[float]) -> GaugeHistogramMetricFamily:
    """How many of the rows lie below each edge, each counted in all that are higher."""
    below, count = counts_below(rows, "seconds", edges)
    buckets = [(f"{edge:g}", float(number)) for edge, number in zip(edges, below, strict=True)]
    return GaugeHistogramMetricFamily(
        f"leadrouting_{name}", meaning, buckets=[*buckets, ("+Inf", float(count))], gsum_value=0
    )
