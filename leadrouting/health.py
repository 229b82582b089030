"""What monitoring asks: is the process alive, is the system ready, what waits; and the page after an error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.defaults import server_error as plain_server_error
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from leadrouting.metrics import Figures
from routing import doorbell, spool
from routing.clock import current_time
from routing.models import Incident, Lead
from routing.services.audit.stuck import LATE, late_messages
from routing.services.heartbeats import silent

RETRY_AFTER_SECONDS = 5
MOST_INCIDENTS = 20
SPOOL_LATE = timedelta(seconds=10)
AWAY = "The database cannot be reached right now. Nothing was changed; try again in a moment."
AWAY_PROBLEM = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": AWAY}
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
    """Figures for Prometheus, counted in the database when asked."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(current_time()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page after an exception: 503 and when to come back while the database is away, else 500."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError) and not _database_answers():
        if request.path_info.startswith("/api/"):
            return _unavailable(JsonResponse(AWAY_PROBLEM, content_type="application/problem+json"))
        return _unavailable(HttpResponse(render_to_string("503.html", {"text": AWAY})))
    if request.path_info.startswith("/api/"):
        return JsonResponse(BUG, status=500, content_type="application/problem+json")
    return plain_server_error(request)


def _database_answers() -> bool:
    """A database that answers was not away: the error lies in what it was asked.

    Without a connection none could be made a moment ago; nobody waits for a second try.
    """
    return connection.connection is not None and bool(connection.is_usable())


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
    if Lead.objects.pending(now - LATE).exists():
        yield "oldest unrouted lead"
    if late_messages(now).exists():
        yield "oldest unsent alert"
    spooled, since = spool.oldest()
    if spooled and since < (now - SPOOL_LATE).timestamp():
        yield "submissions in the spool"
    for name, _ in silent(now=now):
        yield f"heartbeat of {name}"
    for kind, subject in Incident.objects.open().order_by("pk").values_list("kind", "subject")[:MOST_INCIDENTS]:
        yield f"incident: {kind} {subject}".rstrip()
