"""What monitoring asks: is the process alive, is the system ready, what waits; and the page after an error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.defaults import server_error as plain_server_error
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from routing import doorbell
from routing.clock import current_time
from routing.models import Heartbeat, Lead, OutboxMessage

OLDEST_LEAD = timedelta(seconds=60)
OLDEST_ALERT = timedelta(seconds=120)
OLDEST_HEARTBEAT = timedelta(seconds=60)
EXPECTED = frozenset({"clock routing", "clock alerts", "clock sweep"})
"""Without these nobody does what a doorbell did not; other processes count while they have a row."""
RETRY_AFTER_SECONDS = 5
BUG = {
    "type": "about:blank",
    "title": "Internal Server Error",
    "status": 500,
    "detail": "This is a bug, and the server's log says more. What the request was to change may have been done all "
    "the same: look before you send it again.",
}


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready unless the database or its tables are missing; degraded, with causes, while something lags behind."""
    try:
        _check_migrations()
        causes = list(_causes(current_time()))
    except NotMigrated:
        return _unavailable(JsonResponse({"status": "unavailable", "causes": ["migrations"]}))
    except DatabaseError:
        return _unavailable(JsonResponse({"status": "unavailable", "causes": ["database"]}))
    strict = request.GET.get("strict", "") not in ("", "0")
    body = {"status": "degraded" if causes else "ok", "causes": causes}
    return JsonResponse(body, status=503 if causes and strict else 200)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Gauges for Prometheus, counted in the database when asked."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Backlog(current_time()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page after an exception: 503 and when to come back while the database is away, else 500."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError) and not _database_answers():
        page = "The database cannot be reached right now. Nothing was changed; try again in a moment.\n"
        return _unavailable(HttpResponse(page, content_type="text/plain; charset=utf-8"))
    if request.path_info.startswith("/api/"):
        return JsonResponse(BUG, status=500, content_type="application/problem+json")
    return plain_server_error(request)


def _database_answers() -> bool:
    """A database that answers was not away: the error lies in what it was asked."""
    try:
        connection.ensure_connection()
        return bool(connection.is_usable())
    except DatabaseError:
        return False


def _unavailable(response: HttpResponse) -> HttpResponse:
    response.status_code = 503
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


class NotMigrated(Exception):
    """The tables are not as this code expects them."""


@cache
def _check_migrations() -> None:
    """Raises NotMigrated. Once it does not, it is not asked again in this process."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotMigrated


def _causes(now: datetime) -> Iterator[str]:
    if not doorbell.is_heard():
        yield "redis"
    if Lead.objects.pending(now - OLDEST_LEAD).exists():
        yield "oldest unrouted lead"
    if _late_messages(now).exists():
        yield "oldest unsent alert"
    beats = dict(Heartbeat.objects.values_list("name", "beat_at"))
    for name in sorted(EXPECTED | beats.keys()):
        if name not in beats or beats[name] < now - OLDEST_HEARTBEAT:
            yield f"heartbeat of {name}"


def _late_messages(now: datetime) -> models.QuerySet[OutboxMessage]:
    """Those that should have left long ago; one that failed is put off, but no less late for it."""
    late = now - OLDEST_ALERT
    return OutboxMessage.objects.waiting().filter(
        Q(tries=0, available_at__lt=late) | Q(tries__gt=0, created_at__lt=late)
    )


class Backlog(Collector):
    """What waits, how long already, and when each process last went round."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        pending = Lead.objects.pending(self.now)
        unsent = OutboxMessage.objects.waiting().filter(available_at__lte=self.now)
        yield _gauge("leads_pending", "Leads that are due and not routed", pending.count())
        yield _gauge("leads_held", "Leads that wait for somebody", Lead.objects.held().count())
        oldest_lead = pending.aggregate(oldest=Min("route_after"))["oldest"]
        yield _gauge("lead_oldest_seconds", "How long the oldest of them has been due", self._age(oldest_lead))
        yield _gauge("messages_unsent", "Messages that are due and not sent", unsent.count())
        oldest_message = unsent.aggregate(oldest=Min("available_at"))["oldest"]
        yield _gauge("message_oldest_seconds", "How long the oldest of them has been due", self._age(oldest_message))
        yield _gauge("redis_up", "Whether Redis answers", float(doorbell.is_heard()))
        beats = GaugeMetricFamily(
            "leadrouting_heartbeat_age_seconds", "How long ago a process last went round", labels=["process"]
        )
        for name, beat_at in Heartbeat.objects.values_list("name", "beat_at"):
            beats.add_metric([name], self._age(beat_at))
        yield beats

    def _age(self, instant: datetime | None) -> float:
        return max(0.0, (self.now - instant).total_seconds()) if instant else 0.0


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"leadrouting_{name}", meaning, value=value)
